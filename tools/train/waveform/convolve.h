/* Convolution with a long response, by FFT. */
#ifndef GENRE_TRAIN_CONVOLVE_H
#define GENRE_TRAIN_CONVOLVE_H

#include <stddef.h>

#include "genrecast.h"

/* samples (n) become their convolution with `response` (n_response), of which what comes after the
 * n-th sample is cut off. */
GenreStatus convolve(float *samples, size_t n, const float *response, size_t n_response,
                     GenreError *error);

#endif
