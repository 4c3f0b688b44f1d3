/* Converts between sample rates that stand in a simple ratio (48000 : 22050 = 320 : 147): one short
 * filter per phase, tabulated. Several times as fast as Speex's resampler, which interpolates its
 * filter anew for every sample, and which does the rest: see resample.c. */
#ifndef GENRE_AUDIO_POLYPHASE_H
#define GENRE_AUDIO_POLYPHASE_H

#include "genrecast.h"

typedef struct GenrePolyphase GenrePolyphase;

/* Whether the ratio is simple enough that the table stays small (under 0.5 MB). [any] */
bool genre_polyphase_fits(unsigned in_hz, unsigned out_hz);

/* For such a ratio. NULL: out of memory. [set-up] */
GenrePolyphase *genre_polyphase_new(unsigned in_hz, unsigned out_hz);
void genre_polyphase_free(GenrePolyphase *polyphase);
void genre_polyphase_reset(GenrePolyphase *polyphase); /* [real time] */

/* Takes `n` samples, at most 64; returns how many it wrote to `out`: at most 64 * out / in + 1. The
 * first sample out lies at the time of the first one in. [real time] */
size_t genre_polyphase_push(GenrePolyphase *polyphase, const float *samples, size_t n, float *out);

/* Samples to push after the last so that all of the signal has come out. [any] */
size_t genre_polyphase_latency(const GenrePolyphase *polyphase);

#endif
