/* A network: a list of layers, each fed by the one before it or by those that its "input" names.
 *
 *   [{"kind": "dct", "coefficients": 40, "name": "cepstra"},
 *    {"kind": "lstm", "units": 96, "name": "memory"},
 *    {"kind": "stats", "input": ["cepstra", "memory"]},
 *    {"kind": "dense", "units": 11}]
 *
 * Several inputs are joined end to end; "input" itself names what goes into the network.
 */
#ifndef GENRE_NET_NET_H
#define GENRE_NET_NET_H

#include <jansson.h>

#include "net/layer.h"

enum { GENRE_MAX_LAYERS = 64, GENRE_MAX_INPUTS = 8 };

/* A layer in its place. */
typedef struct {
    GenreLayer layer;
    int n_inputs;
    int inputs[GENRE_MAX_INPUTS]; /* layer indices, -1 = the network's own input */
    bool carries_gradient;        /* a layer with trained weights feeds this one, so dx is wanted */
} GenreNode;

typedef struct {
    int n_in, n_out;
    int n_nodes;
    GenreNode *nodes;
    int n_state; /* values of state of one stream */
    size_t n_weights;
    GenreReal *weights; /* (n_weights) every layer's tensors in order; all zero when made */
} GenreNet;

/* Makes the network for inputs of n_in values; shapes are checked here, and the error names the
 * layer. NULL on failure. [set-up] */
GenreNet *genre_net_new(const json_t *layers, int n_in, GenreError *error);
void genre_net_free(GenreNet *net);

/* Draws the weights anew. [set-up] */
void genre_net_init(GenreNet *net, GenreRng *rng);

/* What one run of up to (n_steps, n_streams) needs besides weights: every layer's output and
 * cache. One allocation, which the pointers point into. */
typedef struct {
    int n_steps, n_streams; /* at most */
    GenreReal *block;
    GenreReal **x;     /* per layer, its input (T, B, n_in); NULL: the network's own input */
    GenreReal **y;     /* per layer, its output (T, B, n_out) */
    GenreReal **cache; /* per layer (T, B, n_cache) */
} GenreTape;

GenreTape *genre_tape_new(const GenreNet *net, int n_steps, int n_streams); /* [set-up] */
void genre_tape_free(GenreTape *tape);

/* State (B, per layer) of fresh streams, n_streams * net->n_state values. [real time] */
void genre_net_reset(const GenreNet *net, int n_streams, GenreReal *state);

/* x (T, B, n_in) through all layers; returns the last one's output (T, B, n_out) in the tape.
 * run's T and B are at most the tape's. [real time with genre_math_portable] */
const GenreReal *genre_net_forward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                                   GenreReal *state, GenreTape *tape);

/* After genre_net_forward from fresh state with the same run, x and tape: adds the gradient of the
 * weights to `gradient` (n_weights), given that of the output, dy (T, B, n_out). `work` is a second
 * tape of the same size. */
void genre_net_backward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                        const GenreTape *tape, const GenreReal *dy, GenreReal *gradient,
                        GenreTape *work);

/* Index of the layer called `name`, -1 if there is none. */
int genre_net_find(const GenreNet *net, const char *name);

#endif
