/* What a layer is to the network: the interface that each kind's file implements.
 *
 * A layer maps T steps of B streams from n_in to n_out values. Forward is the only one there is:
 * live audio calls it with one step of one stream or of several, training with whole clips in a
 * batch. Backward stands beside it in the same file. To add a kind: write one file with a
 * GenreLayerKind in it, and name it in the table of kinds.h.
 *
 * A layer that looks at steps to come is a window layer: a network with one in it runs over a whole
 * window at once, not step by step. One that makes a single step of every so many, its block, is
 * not: such a network goes on block by block.
 *
 * The values of a step are channels of bands, one channel after the other: value (c, k) stands at
 * c * bands + k. A frame is one channel of n_in bands; units are channels of one band.
 */
#ifndef GENRE_NET_LAYER_H
#define GENRE_NET_LAYER_H

#include <jansson.h>
#include <stddef.h>

#include "genrecast.h"
#include "net/math.h"
#include "net/real.h"
#include "options.h"
#include "rng.h"

enum {
    GENRE_MAX_TENSORS = 6,
    GENRE_MAX_UNITS = 4096,
    GENRE_MAX_ROW = 65536 /* values of a step where many channels make it wide */
};

/* One of a layer's weight tensors. */
typedef struct {
    const char *name;
    int n_dims;
    int shape[4];
    size_t n;            /* product of shape */
    size_t offset;       /* where it starts in the network's weights; the network sets it */
    bool in_products;    /* its rows only go into products, so they may be of 8 bits */
    GenreRows8 *rows8;   /* what products take in its place; NULL: the floats. The net's */
    GenrePanels *panels; /* or these, where they are, for as many rows as they have. The net's */
    bool fitted;         /* set from the training data's statistics instead of by gradients */
    double init_low;     /* drawn uniformly from here ... */
    double init_high;    /* ... to here */
} GenreTensor;

/* The columns of a matrix, or of a convolution's kernel. [any] */
static inline GenreColumns8 genre_tensor_columns(const GenreTensor *tensor) {
    return tensor->n_dims == 4
               ? (GenreColumns8){tensor->shape[1], tensor->shape[2], tensor->shape[3], true}
               : (GenreColumns8){(int)(tensor->n / (size_t)tensor->shape[0]), 1, 1, false};
}

/* How forward and backward are run. */
typedef struct {
    int n_steps;           /* T; to a layer, the steps that reach it */
    int n_streams;         /* B */
    const GenreMath *math; /* the kernel */
    GenreRng *rng;         /* for dropout and noise; NULL except in training */
    GenreReal *work;       /* what a layer asked for, from the tape; undefined content */
} GenreRun;

typedef struct GenreLayer GenreLayer;

/* Memory is what wide layers wait for, so those that make each value of the one in its place may do
 * it where that is: then dx is dy, and y is x, which backward is not told any more. */
typedef enum { GENRE_APART, GENRE_DX_IN_PLACE, GENRE_ALL_IN_PLACE } GenreInPlace;

typedef struct {
    const char *name;
    const char *options; /* names of the options it knows, each followed by a blank */
    bool wide;           /* takes rows of up to GENRE_MAX_ROW values, not just GENRE_MAX_UNITS */
    bool looks_at_y;     /* backward does, so that nothing else may be put there */
    bool finishes8;      /* where the first tensor is of 8 bits, forward does as `finish` says */
    GenreInPlace in_place;
    /* Reads the options and sets n_out, n_channels, n_state, n_cache, n_work and the like, window,
     * block, frame_s, tensors and data from n_in and n_channels_in. [set-up] */
    GenreStatus (*configure)(GenreLayer *layer, const json_t *options, GenreError *error);
    /* Steps that come out where n_steps > 0 go in; 0: too few. NULL: as many. [any] */
    int (*n_steps_out)(const GenreLayer *layer, int n_steps);
    /* State of one stream (n_state) before its first step; NULL: all zero. [real time] */
    void (*reset)(const GenreLayer *layer, GenreReal *state);
    /* x (T, B, n_in) -> y (T out, B, n_out), moving state (B, n_state) on; fills cache
     * (T, B, n_cache) with what backward needs. [real time] */
    void (*forward)(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache);
    /* dy (T out, B, n_out) -> dx (T, B, n_in; anything may be in it before; NULL: not wanted), and
     * adds to `gradient`, which is laid out like the network's weights. The state must have been
     * fresh before forward. Overwrites cache. NULL where there is no gradient: such a layer may
     * only follow others without weights. */
    void (*backward)(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache);
    /* Sets the fitted tensors from n rows of input, x (n, n_in); NULL: there are none. */
    void (*fit)(const GenreLayer *layer, const GenreReal *x, size_t n, GenreReal *weights);
    /* Moves running statistics on by what the forward pass in training that filled `cache` saw,
     * after backward too; NULL: it has none. */
    void (*track)(const GenreLayer *layer, const GenreReal *cache, GenreReal *weights);
    /* How far what it found of late is from what it found before, in one stream's state (n_state),
     * 0 being not at all; negative: it does not know. NULL: it never does. [real time] */
    double (*novelty)(const GenreLayer *layer, const GenreReal *state);
    /* Lets go of what came before that, and returns the steps that remain. NULL where novelty is.
     * [real time] */
    int (*renew)(const GenreLayer *layer, GenreReal *state);
    /* Works out from the weights what forward takes outside of training as long as they stay as
     * they are; not `packed`: they may change again. No backward pass follows a forward one that
     * took it. NULL: there is nothing. [set-up] */
    void (*pack)(GenreLayer *layer, bool packed);
    /* Where all that it does outside of training is to scale and shift each channel: by what
     * (n_channels each). NULL: it does something else. [set-up] */
    void (*channels)(const GenreLayer *layer, GenreReal *scale, GenreReal *shift);
} GenreLayerKind;

struct GenreLayer {
    const GenreLayerKind *kind;
    char name[32];
    int n_in, n_out;
    int n_channels_in; /* of n_in / n_channels_in bands each; see above */
    int n_channels;    /* the same of the output; as many as come in unless configure sets it */
    bool window;       /* a window layer; see above */
    int block;         /* steps that it makes one of; 1 unless configure sets it */
    double frame_s;    /* from one step that reaches it to the next, as its options say; 0: any */
    int n_state;       /* values of state per stream */
    int n_state8;      /* where the first tensor is of 8 bits; 0: as many. The network swaps them */
    int n_cache;       /* values of cache per step and stream */
    int n_work;        /* values of work space per run ... */
    int n_work_step;   /* ... or, where that is less, per step and stream of the output; 0: no */
    int n_work8;     /* for forward where the first tensor is of 8 bits; 0: as many as of floats */
    int n_work_back; /* for backward; as many as n_work unless configure sets it */
    int n_tensors;
    GenreTensor tensors[GENRE_MAX_TENSORS];
    GenreFinish finish; /* what it does of layers behind it (net/finish.c); the bias is its own */
    bool done_before;   /* a layer before it does what it would do, outside of training */
    const GenreReal *weights; /* the network's; see genre_layer_tensor */
    void *data;               /* the kind's own; one block, freed with free() */
};

static inline const GenreReal *genre_layer_tensor(const GenreLayer *layer, int index) {
    return layer->weights + layer->tensors[index].offset;
}

/* Whether gradients move any of its weights. [any] */
static inline bool genre_layer_learns(const GenreLayer *layer) {
    for (int i = 0; i < layer->n_tensors; i++)
        if (!layer->tensors[i].fitted)
            return true;
    return false;
}

/* y (m, rows) += x (m, columns) . transposed tensor `index` (rows, columns), be it floats or 8
 * bits. [real time] */
static inline void genre_layer_add_product(const GenreLayer *layer, const GenreMath *math,
                                           int index, int m, const GenreReal *x, GenreReal *y) {
    const GenreTensor *tensor = &layer->tensors[index];
    const int n_rows = tensor->shape[0], n_columns = (int)(tensor->n / (size_t)n_rows);
    const GenreReal *weights = genre_layer_tensor(layer, index);
    if (tensor->rows8) {
        math->add_rows8(m, x, tensor->rows8, y);
    } else if (tensor->panels) {
        const int n = tensor->panels->n_panels * GENRE_PANEL;
        math->add_panels(m, n_rows, x, tensor->panels, y);
        for (int i = 0; i < m && n < n_rows; i++)
            math->add_nt(1, n_rows - n, n_columns, x + (size_t)i * n_columns,
                         weights + (size_t)n * n_columns, y + (size_t)i * n_rows + n);
    } else {
        math->add_nt(m, n_rows, n_columns, x, weights, y);
    }
}

/* For configure: adds a tensor with `n_dims` of (rows, columns), drawn from +-init at the start. */
GenreTensor *genre_layer_add_tensor(GenreLayer *layer, const char *name, int n_dims, int rows,
                                    int columns, double init);

#endif
