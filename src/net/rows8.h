/* A matrix of weights in 8 bits with a scale per row: value (r, k) = scale[r] * q (r, k), q being
 * whole numbers from -127 to 127. Immutable, as the model that it belongs to.
 *
 * A product rounds the other side to 8 bits too, with a scale per row (and 4096 of its columns):
 * the dot products are those of whole numbers, exact, and the same with every kernel.
 *
 * They lie as kernels want them: rows by the block of 16, and in a block the first four columns of
 * all its rows, then the next four. What the last ones lack is 0.
 */
#ifndef GENRE_NET_ROWS8_H
#define GENRE_NET_ROWS8_H

#include <stddef.h>
#include <stdint.h>

#include "net/real.h"

enum {
    GENRE_BLOCK8 = 16,   /* rows of a block */
    GENRE_GROUP8 = 4,    /* columns that lie together */
    GENRE_CHUNK8 = 4096, /* columns that the other side has a scale for */
};

typedef struct GenreRows8 {
    int n_rows, n_columns;
    int n_blocks, n_groups; /* of rows; of columns */
    int8_t *packed;         /* (n_blocks, n_groups, 16, 4) */
    float *scale;           /* (16 n_blocks) */
    int32_t *sum;           /* (chunks, 16 n_blocks) of the numbers of a row in each chunk */
    void *block;            /* what these lie in */
} GenreRows8;

/* From numbers (n_rows, n_columns) that lie from -127 to 127, and scales (n_rows). NULL: out of
 * memory. [set-up] */
GenreRows8 *genre_rows8_new(int n_rows, int n_columns, const int8_t *numbers, const float *scale);
void genre_rows8_free(GenreRows8 *rows);

/* From weights (n_rows, n_columns): a row's largest becomes 127. [set-up] */
GenreRows8 *genre_rows8_round(int n_rows, int n_columns, const GenreReal *weights);

/* The number q (row, column). [any] */
int8_t genre_rows8_at(const GenreRows8 *rows, int row, int column);

#endif
