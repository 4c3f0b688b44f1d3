/* How a rectangle of steps x bands moves over a layer's input: what convolution and pooling share.
 *
 * Output step o sees input steps o * stride_time - before_time + j, j = 0 ... kernel_time - 1, and
 * bands likewise. "valid" lets the rectangle stand inside the input only; "same" pads it with
 * zeros, (kernel - 1) / 2 before and the rest behind, so that a stride of 1 keeps the size;
 * "causal" is "same" over the bands but pads time before its start alone, so that no step to come
 * is seen.
 */
#ifndef GENRE_NET_SLIDING_H
#define GENRE_NET_SLIDING_H

#include "net/layer.h"

typedef enum { GENRE_PAD_SAME, GENRE_PAD_VALID, GENRE_PAD_CAUSAL } GenrePadding;

typedef struct {
    int kernel_time, kernel_bands;
    int stride_time, stride_bands;
    int before_time, before_bands; /* zeros before the first step and band */
    GenrePadding padding;
    int bands_in, bands_out;
} GenreSliding;

#define GENRE_SLIDING_OPTIONS "kernel_time kernel_bands stride_time stride_bands "

/* Reads those options (kernels 1; strides: `stride`, or the kernel's size where that is 0) and sets
 * layer->window, or layer->block where it moves on by whole kernels. [set-up] */
GenreStatus genre_sliding_configure(GenreSliding *sliding, GenreLayer *layer, const json_t *options,
                                    GenrePadding padding, int stride, GenreError *error);

/* Steps that come out of n_steps; 0: fewer went in than the kernel has. [any] */
int genre_sliding_n_steps_out(const GenreSliding *sliding, int n_steps);

#endif
