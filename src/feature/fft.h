/* Power spectrum of real samples. */
#ifndef GENRE_FEATURE_FFT_H
#define GENRE_FEATURE_FFT_H

#include "genrecast.h"

/* Tables, which are only read: any number of threads may use them at a time. */
typedef struct GenreFft GenreFft;

/* Sizes that this project uses: powers of two from 64 to 16384. (KissFFT would allocate inside a
 * transform for factors beyond 2, 3 and 5.) [any] */
bool genre_fft_size_ok(int n_fft);

GenreFft *genre_fft_new(int n_fft); /* NULL: out of memory. [set-up] */
void genre_fft_free(GenreFft *fft);

/* Power spectrum |X[k]|^2 of `samples` (n_fft) into `power` (n_fft / 2 + 1), which may lie in the
 * samples' place; `work` is of n_fft floats. [real time] */
void genre_fft_power(const GenreFft *fft, const float *samples, float *work, float *power);

#endif
