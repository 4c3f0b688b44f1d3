/* A tile of a convolution with weights of 8 bits: so many positions of so many channels, of a step:
 *
 *   c (r, k) = finish (bias (r) + sum over the steps of the input that are met of
 *              scale * row_scale (r) * (dot product (r, k) - zeros8 (r)))
 */
#ifndef GENRE_NET_KERNEL_TILE8_H
#define GENRE_NET_KERNEL_TILE8_H

#include <stdint.h>

#include "net/rows8.h"

typedef struct {
    int n, n_rows;     /* positions and channels that there are, all of a tile or fewer */
    int position, row; /* the first of them */
    const int *at;     /* (step groups) where each one's positions begin in a step's bytes */
    int n_met;         /* steps of the input ... */
    const GenreMet8 *met;
    const GenreRows8 *b; /* ... that meet these weights */
    const GenreFinish *finish;
    GenreReal *c; /* (n_rows, stride) */
    int stride;
} Tile8;

/* Of the tile's first channel on, the weights that the i-th of the steps meets (step groups, 16,
 * 4). */
static inline const int8_t *weights8(const Tile8 *tile, int i) {
    const GenreRows8 *b = tile->b;
    const size_t block = (size_t)(tile->row / GENRE_BLOCK8) * (size_t)b->n_groups;
    const size_t group = block + (size_t)tile->met[i].j * (size_t)b->step_groups;
    return b->packed + (group * GENRE_BLOCK8 + (size_t)(tile->row % GENRE_BLOCK8)) * GENRE_GROUP8;
}

/* The bytes that it has for the tile's first position on. */
static inline const uint8_t *bytes8(const Tile8 *tile, int i) {
    return tile->met[i].bytes + (size_t)GENRE_GROUP8 * (size_t)tile->position;
}

/* What its dot product with row r of the tile has too much. */
static inline int32_t zeros8(const Tile8 *tile, int i, int r) {
    const size_t row =
        (size_t)tile->met[i].j * (size_t)tile->b->n_blocks * GENRE_BLOCK8 + (size_t)(tile->row + r);
    return (int32_t)((uint32_t)tile->met[i].round.zero * (uint32_t)tile->b->sum[row]);
}

/* And the scale of what is left. */
static inline float scale8(const Tile8 *tile, int i, int r) {
    return tile->met[i].round.scale * tile->b->scale[tile->row + r];
}

#endif
