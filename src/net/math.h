/* Matrix products as a table of functions, so that the trainer can put BLAS in their place while
 * the layers stay the same code. */
#ifndef GENRE_NET_MATH_H
#define GENRE_NET_MATH_H

#include "net/real.h"

/* All matrices are row-major and dense; each product is added to c. */
typedef struct {
    /* c (m, n) += a (m, k) . transposed b (n, k) */
    void (*add_nt)(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c);
    /* c (m, n) += a (m, k) . b (k, n) */
    void (*add_nn)(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c);
    /* c (m, n) += transposed a (k, m) . b (k, n) */
    void (*add_tn)(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c);
} GenreMath;

/* Plain C, written so that compilers vectorise it. [real time] */
extern const GenreMath genre_math_portable;

/* In place, n values. Bounded approximations in float (relative error under 1e-6, tested), exact
 * in double. [real time] */
void genre_sigmoid(GenreReal *x, int n);
void genre_tanh(GenreReal *x, int n);

#endif
