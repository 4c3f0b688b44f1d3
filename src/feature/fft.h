/* Real FFT. The one place that knows KissFFT. */
#ifndef GENRE_FEATURE_FFT_H
#define GENRE_FEATURE_FFT_H

#include "genrecast.h"

typedef struct GenreFft GenreFft;

/* Sizes that this project uses: powers of two from 64 to 16384. (KissFFT would allocate inside a
 * transform for factors beyond 2, 3 and 5.) [any] */
bool genre_fft_size_ok(int n_fft);

GenreFft *genre_fft_new(int n_fft);         /* NULL: out of memory. [set-up] */
GenreFft *genre_fft_new_inverse(int n_fft); /* the same for the way back. [set-up] */
void genre_fft_free(GenreFft *fft);

/* Power spectrum |X[k]|^2 of `samples` (n_fft) into `power` (n_fft / 2 + 1). [real time] */
void genre_fft_power(GenreFft *fft, const float *samples, float *power);

/* Spectrum X of `samples` (n_fft) into `bins` (n_fft / 2 + 1, real and imaginary). [real time] */
void genre_fft_forward(GenreFft *fft, const float *samples, float *bins);

/* The way back, by one of genre_fft_new_inverse: after both, samples are what they were. [real
 * time] */
void genre_fft_inverse(GenreFft *fft, const float *bins, float *samples);

#endif
