/* What a layer is to the network: the interface that each kind's file implements.
 *
 * A layer maps T steps of B streams from n_in to n_out values. Forward is the only one there is:
 * live audio calls it with T = B = 1, training with whole clips in a batch. Backward stands beside
 * it in the same file. To add a kind: write one file with a GenreLayerKind in it, and name it in
 * the table of kinds.h.
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

enum { GENRE_MAX_TENSORS = 4, GENRE_MAX_UNITS = 4096 };

/* One of a layer's weight tensors. */
typedef struct {
    const char *name;
    int n_dims;
    int shape[2];
    size_t n;         /* product of shape */
    size_t offset;    /* where it starts in the network's weights; the network sets it */
    bool fitted;      /* set once from the training data's statistics instead of by gradients */
    double init_low;  /* drawn uniformly from here ... */
    double init_high; /* ... to here */
} GenreTensor;

/* How forward and backward are run. */
typedef struct {
    int n_steps;           /* T */
    int n_streams;         /* B */
    const GenreMath *math; /* matrix products */
    GenreRng *rng;         /* for dropout; NULL except in training */
} GenreRun;

typedef struct GenreLayer GenreLayer;

typedef struct {
    const char *name;
    const char *options; /* names of the options it knows, each followed by a blank */
    /* Reads the options and sets n_out, n_state, n_cache, tensors and data from n_in. [set-up] */
    GenreStatus (*configure)(GenreLayer *layer, const json_t *options, GenreError *error);
    /* State of one stream (n_state) before its first step; NULL: all zero. [real time] */
    void (*reset)(const GenreLayer *layer, GenreReal *state);
    /* x (T, B, n_in) -> y (T, B, n_out), moving state (B, n_state) on; fills cache
     * (T, B, n_cache) with what backward needs. [real time] */
    void (*forward)(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache);
    /* dy (T, B, n_out) -> adds to dx (T, B, n_in; NULL: not wanted) and to `gradient`, laid out
     * like the network's weights. The state must have been fresh before forward. Overwrites cache.
     * NULL where there is no gradient: such a layer may only follow others without weights. */
    void (*backward)(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache);
    /* Sets the fitted tensors from n rows of input, x (n, n_in); NULL: there are none. */
    void (*fit)(const GenreLayer *layer, const GenreReal *x, size_t n, GenreReal *weights);
} GenreLayerKind;

struct GenreLayer {
    const GenreLayerKind *kind;
    char name[32];
    int n_in, n_out;
    int n_state; /* values of state per stream */
    int n_cache; /* values of cache per step and stream */
    int n_tensors;
    GenreTensor tensors[GENRE_MAX_TENSORS];
    const GenreReal *weights; /* the network's; see genre_layer_tensor */
    void *data;               /* the kind's own; one block, freed with free() */
};

static inline const GenreReal *genre_layer_tensor(const GenreLayer *layer, int index) {
    return layer->weights + layer->tensors[index].offset;
}

/* For configure: adds a tensor with `n_dims` of (rows, columns), drawn from +-init at the start. */
GenreTensor *genre_layer_add_tensor(GenreLayer *layer, const char *name, int n_dims, int rows,
                                    int columns, double init);

#endif
