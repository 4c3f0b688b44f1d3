/* What the kernel of a convolution sees at each of its places, laid out for products.
 *
 * A product of a convolution is weight (channels, K) times patches (K, positions), where a column
 * of the patches is what the kernel sees at one position and K = channels in * kernel_time *
 * kernel_bands. Row (c, j, i) of the patches, for one step j of the kernel, is the one for the next
 * step moved on by a step: they overlap, and are one copy of the input per channel and band of the
 * kernel, (channels in, kernel_bands, steps, streams, bands out). Where each row begins in it, a
 * table tells (GenreMath's products with one).
 *
 * The outputs are taken piece by piece, some hundred positions at a time: enough for a product, and
 * few enough for the patches to stay in cache.
 */
#ifndef GENRE_NET_PATCHES_H
#define GENRE_NET_PATCHES_H

#include "net/layer.h"

/* A way through a convolution: from its input to its output, or in the gradient's direction. Place
 * (o, k) of what comes out sees, at (j, i) of the kernel, step (o * stride_time + j - before_time)
 * / spread_time of what goes in, or zero where that is not whole or there is no such step; and
 * bands likewise. */
typedef struct {
    int channels_in, bands_in;
    int channels_out, bands_out;
    int kernel_time, kernel_bands;
    int stride_time, stride_bands;
    int spread_time, spread_bands;
    int before_time, before_bands;
    int most_positions; /* of a piece */
} GenreWay;

/* Sets most_positions so that patches have no more than `most` values, or are those of one step.
 * [set-up] */
void genre_way_limit(GenreWay *way, int most);

/* Columns of the weight: K. [any] */
int genre_way_patch(const GenreWay *way);

/* The most values that a piece's patches have, and those of a single step. [any] */
int genre_way_room(const GenreWay *way);
int genre_way_step_room(const GenreWay *way);

/* Some steps of some streams of what comes out. */
typedef struct {
    int step, stream; /* the first ones */
    int n_steps, n_streams;
} GenrePiece;

/* The first piece of (n_steps, n_streams), and the one after a piece; false: that was the last.
 * [real time] */
GenrePiece genre_piece_first(const GenreWay *way, int n_steps, int n_streams);
bool genre_piece_next(const GenreWay *way, int n_steps, int n_streams, GenrePiece *piece);

/* Columns of a piece's patches. [any] */
static inline int genre_piece_positions(const GenreWay *way, const GenrePiece *piece) {
    return piece->n_steps * piece->n_streams * way->bands_out;
}

/* Which of all rows, n_streams a step, the piece's r-th is. [any] */
static inline size_t genre_piece_row(const GenrePiece *piece, int r, int n_streams) {
    return (size_t)(piece->step + r / piece->n_streams) * n_streams + piece->stream +
           r % piece->n_streams;
}

/* Values that a piece's patches have. [any] */
size_t genre_patches_size(const GenreWay *way, const GenrePiece *piece);

/* Where in a piece's patches their rows begin, at (K). [real time] */
void genre_patches_table(const GenreWay *way, const GenrePiece *piece, int *at);

/* What goes in. */
typedef struct {
    const GenreReal *x; /* (n_steps, n_streams, channels_in * bands_in) */
    int n_steps, n_streams;
    const GenreReal *past; /* (n_streams, n_past): the before_time steps before, oldest first; NULL:
                            * zeros */
    int n_past;
} GenreSteps;

/* Fills a piece's patches. [real time] */
void genre_patches_fill(const GenreWay *way, const GenrePiece *piece, const GenreSteps *in,
                        GenreReal *patches);

/* From the rows of y (steps, n_streams, channels_out * bands_out) that a piece stands for to the
 * matrix of a product, wide (channels_out, positions), and back. [real time] */
void genre_piece_read(const GenreWay *way, const GenrePiece *piece, const GenreReal *y,
                      int n_streams, GenreReal *wide);
void genre_piece_write(const GenreWay *way, const GenrePiece *piece, const GenreReal *wide,
                       int n_streams, GenreReal *y);

#endif
