/* A matrix of weights in 8 bits with a scale per row: value (r, k) = scale[r] * q (r, k), q being
 * whole numbers from -127 to 127. Immutable, as the model that it belongs to.
 *
 * A product rounds the other side to 8 bits too, piece by piece with a scale each: the dot products
 * of a piece are those of whole numbers, exact, and the same with every kernel. A piece is 4096
 * columns; of a convolution's kernel it is what meets one step of the input.
 *
 * They lie as kernels want them: rows by the block of 16, and in a block the first four columns of
 * all its rows, then the next four. A convolution's columns (channels, steps, bands) lie in the
 * order (steps, bands, channels), so that four of them meet four channels of a step at one band, or
 * what there is. What the last rows, and the last four columns of a step, lack is 0.
 */
#ifndef GENRE_NET_ROWS8_H
#define GENRE_NET_ROWS8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/real.h"

enum {
    GENRE_BLOCK8 = 16,   /* rows of a block */
    GENRE_GROUP8 = 4,    /* columns that lie together */
    GENRE_PIECE8 = 4096, /* columns of a matrix that the other side has a scale for */
    GENRE_BEYOND8 = 7,   /* positions that a convolution's kernel may read on */
};

/* What the columns are: of a matrix, so many channels of one step and band. */
typedef struct {
    int channels, steps, bands;
    bool of_kernel; /* a convolution's, be it of one step and band */
} GenreColumns8;

typedef struct GenreRows8 {
    int n_rows, n_columns;
    GenreColumns8 columns;
    int n_blocks;    /* of rows */
    int n_groups;    /* of four columns, in all ... */
    int step_groups; /* ... and of a step */
    int8_t *packed;  /* (n_blocks, n_groups, 16, 4) */
    float *scale;    /* (16 n_blocks) */
    int32_t *sum;    /* (pieces, 16 n_blocks) of the numbers of a row in each piece */
    void *block;     /* what these lie in */
} GenreRows8;

/* How the other side was rounded: a number q stands for scale * (q - zero). A scale of NaN: one of
 * them was not finite. */
typedef struct {
    float scale;
    int32_t zero;
} GenreRound8;

/* A step of a convolution's input, rounded, and which step of the kernel it meets. */
typedef struct {
    int j;
    GenreRound8 round;
    const uint8_t *bytes;
} GenreMet8;

/* What becomes of a channel's products: the bias is added, then the sum scaled and shifted, where
 * there is a scale, then, with `cut`, cut off below zero. */
typedef struct {
    const GenreReal *bias;          /* (channels) */
    const GenreReal *scale, *shift; /* (channels); NULL: there are none */
    bool cut;
} GenreFinish;

/* From numbers (n_rows, columns) that lie from -127 to 127, and scales (n_rows). NULL: out of
 * memory. [set-up] */
GenreRows8 *genre_rows8_new(int n_rows, GenreColumns8 columns, const int8_t *numbers,
                            const float *scale);
void genre_rows8_free(GenreRows8 *rows);

/* From weights (n_rows, columns): a row's largest becomes 127. [set-up] */
GenreRows8 *genre_rows8_round(int n_rows, GenreColumns8 columns, const GenreReal *weights);

/* The number q (row, column), columns in the order that they came in. [any] */
int8_t genre_rows8_at(const GenreRows8 *rows, int row, int column);

/* What the numbers stand for, as weights (n_rows, n_columns). [any] */
void genre_rows8_weights(const GenreRows8 *rows, GenreReal *weights);

#endif
