/* Short-time Fourier transform, incremental: any block size in, one power spectrum per hop out. */
#ifndef GENRE_FEATURE_STFT_H
#define GENRE_FEATURE_STFT_H

#include "genrecast.h"

typedef struct GenreStft GenreStft;

/* Periodic Hann window of `n_fft` samples (see genre_fft_size_ok), moved on by `hop` (1 to n_fft)
 * samples. The first spectrum is due after n_fft samples. NULL: out of memory. [set-up] */
GenreStft *genre_stft_new(int n_fft, int hop);

/* One more of the same, for another stream: tables are those of `first`, which must outlive it. In
 * the same thread they share work space too, and what genre_stft_power holds is the latest of them
 * all. [set-up] */
GenreStft *genre_stft_new_beside(const GenreStft *first, bool same_thread);

void genre_stft_free(GenreStft *stft);
void genre_stft_reset(GenreStft *stft); /* [real time] */

/* Takes samples until a spectrum is complete or all `n` are taken; returns how many, and sets
 * *ready where genre_stft_power holds a new spectrum. Call again with the rest. [real time] */
size_t genre_stft_push(GenreStft *stft, const float *samples, size_t n, bool *ready);

/* The latest power spectrum, (n_fft / 2 + 1), bin k at k * rate / n_fft Hz. [real time] */
const float *genre_stft_power(const GenreStft *stft);

#endif
