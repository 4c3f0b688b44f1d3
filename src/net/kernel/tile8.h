/* A tile of a convolution with weights of 8 bits: so many positions of so many channels, to which
 * one step of the input adds:
 *
 *   c (r, k) = start (r) + scale * row_scale (r) * (dot product (r, k) - zeros8 (r))
 *
 * where start is the bias, or c where there is none. */
#ifndef GENRE_NET_KERNEL_TILE8_H
#define GENRE_NET_KERNEL_TILE8_H

#include <stdint.h>

#include "net/rows8.h"

typedef struct {
    int n, n_rows;          /* positions and channels that there are, all of a tile or fewer */
    int n_groups;           /* of four columns */
    const int *at;          /* (n_groups) where each one's positions, of four bytes, begin in ... */
    const uint8_t *x;       /* ... this */
    const int8_t *weights;  /* (n_groups, 16, 4), from the first channel on */
    float scale;            /* the input's, ... */
    const float *row_scale; /* ... the channels', ... */
    int32_t zero;           /* ... what stands for 0 in x ... */
    const int32_t *sum;     /* ... and the channels' sums of weights */
    const GenreReal *bias;  /* (n_rows); NULL: none */
    GenreReal *c;           /* (n_rows, stride) */
    int stride;
} Tile8;

/* What a dot product with row r has too much. */
static inline int32_t zeros8(const Tile8 *tile, int r) {
    return (int32_t)((uint32_t)tile->zero * (uint32_t)tile->sum[r]);
}

#endif
