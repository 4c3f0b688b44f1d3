/* Any host rate and channel count in, mono at the model's rate out. */
#ifndef GENRE_AUDIO_RESAMPLE_H
#define GENRE_AUDIO_RESAMPLE_H

#include "genrecast.h"

typedef struct GenreResampler GenreResampler;

/* Output samples that one call can give at most; callers provide room for as many. */
enum { GENRE_RESAMPLE_MAX_OUT = 1536 };

/* From `in_hz` (8000 to 192000) and `n_channels` (1 to 64) to mono at `out_hz`. [set-up] */
GenreResampler *genre_resampler_new(double in_hz, int n_channels, double out_hz, GenreError *error);
void genre_resampler_free(GenreResampler *resampler);

/* As if just made; but for rounding at a few rates (192 kHz), whose ratio to the model's repeats
 * seldom. [real time] */
void genre_resampler_reset(GenreResampler *resampler);

/* Takes up to `n_frames` from (n_channels) arrays whose neighbouring samples lie `stride` floats
 * apart (so interleaved and planar audio both fit), writes the mean of the channels at the new
 * rate to `out` (GENRE_RESAMPLE_MAX_OUT). Returns the frames taken, which is at least 1 where
 * n_frames is; *n_out says how many samples came out. Non-finite samples count as 0, and what
 * lies beyond +-1000 is clamped. The output does not depend on block sizes, but may come in bursts
 * of some 20 ms. [real time] */
size_t genre_resampler_push(GenreResampler *resampler, const float *const *channels, size_t stride,
                            size_t n_frames, float *out, size_t *n_out);

/* After the last push: writes the next of what is still to come to `out` (GENRE_RESAMPLE_MAX_OUT)
 * and returns how many samples, 0 when all of the stream has come out. Reset before pushing again.
 * [real time] */
size_t genre_resampler_finish(GenreResampler *resampler, float *out);

#endif
