/* Matrix products by BLAS for the layers, in place of genre_math_portable. */
#ifndef GENRE_TRAIN_BLAS_H
#define GENRE_TRAIN_BLAS_H

#include "net/math.h"

extern const GenreMath blas_math;

/* Starts the program anew with OpenBLAS told what the processor can do, where it would not find out
 * by itself: 0.3.21 takes recent processors with AVX-512 for much older ones and runs at a fraction
 * of their speed. It looks only while it is loaded, hence the new start. Call first in main. */
void blas_prepare(char **argv);

/* One line on the library and the processor that it takes this one for. */
const char *blas_about(void);

#endif
