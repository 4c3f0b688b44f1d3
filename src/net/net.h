/* A network: a list of layers, each fed by the one before it or by those that its "input" names.
 *
 *   [{"kind": "dct", "coefficients": 40, "name": "cepstra"},
 *    {"kind": "lstm", "units": 96, "name": "memory"},
 *    {"kind": "stats", "input": ["cepstra", "memory"]},
 *    {"kind": "dense", "units": 11}]
 *
 * Several inputs are joined end to end; "input" itself names what goes into the network. Inputs of
 * equally many bands are joined channel by channel, others to one channel of all values.
 *
 * A network of layers that go on step by step is causal. Where some of them make one step of
 * several (such as pooling over time), it goes on block by block: of `block` frames at a time it
 * makes one step. One with a window layer in it (layer.h) is run over a window at once, each time
 * from fresh state; its layers need not all have equally many steps, and genre_net_plan says how
 * many each has.
 */
#ifndef GENRE_NET_NET_H
#define GENRE_NET_NET_H

#include <jansson.h>

#include "net/layer.h"

enum {
    GENRE_MAX_LAYERS = 128,
    GENRE_MAX_INPUTS = 8,
    GENRE_MAX_BLOCK = 64,
    GENRE_MAX_WEIGHTS = 1 << 26 /* and values of a stream's state */
};

/* A layer in its place. */
typedef struct {
    GenreLayer layer;
    int n_inputs;
    int inputs[GENRE_MAX_INPUTS]; /* layer indices, -1 = the network's own input */
    int n_uses;                   /* layers that it feeds */
    bool carries_gradient;        /* a layer with trained weights feeds this one, so dx is wanted */
    int frames_per_step;          /* frames of the network's input for each step it makes */
} GenreNode;

typedef struct {
    int n_in, n_out;
    int n_nodes;
    GenreNode *nodes;
    bool causal;         /* no window layer */
    int frames_per_step; /* that a causal one takes at a time, to make one step of; else 1 */
    int n_state;         /* values of state of one stream */
    size_t n_weights;
    GenreReal *weights; /* (n_weights) every layer's tensors in order; all zero when made */
    void *block;        /* what they lie in */
} GenreNet;

/* Makes the network for inputs of n_in values; shapes are checked here, and the error names the
 * layer. NULL on failure. [set-up] */
GenreNet *genre_net_new(const json_t *layers, int n_in, GenreError *error);
void genre_net_free(GenreNet *net);

/* Lays tensors that only products take out for them (panels.h), where they are large enough, and
 * has layers work out what they take of their weights, and convolutions of 8 bits do what layers
 * behind them would (finish.h): their outputs in a tape are then the finished ones. Weights must
 * not change while they are. [set-up] */
GenreStatus genre_net_pack(GenreNet *net, GenreError *error);

/* Lets go of that, so that weights may change. [set-up] */
void genre_net_unpack(GenreNet *net);

/* Rounds every tensor of the first n_layers that only products take to 8 bits (rows8.h). The
 * weights remain as floats too, with the values that they are rounded to. [set-up] */
GenreStatus genre_net_round(GenreNet *net, int n_layers, GenreError *error);

/* Gives a tensor of one of the network's layers its 8-bit form; NULL is out of memory. How much
 * state there is may change; it fails where that becomes too much. [set-up] */
GenreStatus genre_net_take_rows8(GenreNet *net, GenreLayer *layer, GenreTensor *tensor,
                                 GenreRows8 *rows, GenreError *error);

/* Leaves the weights as floats alone: to be called before they are changed, as genre_net_unpack is.
 * How much state there is may change. [set-up] */
void genre_net_drop_rows8(GenreNet *net);

/* Draws the weights anew. [set-up] */
void genre_net_init(GenreNet *net, GenreRng *rng);

/* Steps that come out of each layer, steps (n_nodes), when n_steps go in. Returns those of the last
 * one; 0 where it cannot be run so: the error names the layer. [set-up] */
int genre_net_plan(const GenreNet *net, int n_steps, int steps[GENRE_MAX_LAYERS],
                   GenreError *error);

/* Steps that reach node `index` by such a plan. */
static inline int genre_net_steps_in(const GenreNet *net, const int *steps, int n_steps,
                                     int index) {
    const int from = net->nodes[index].inputs[0];
    return from < 0 ? n_steps : steps[from];
}

/* Values that a tape of that size holds. [set-up] */
size_t genre_tape_size(const GenreNet *net, int n_steps, int n_streams);

/* What one run of up to (n_steps, n_streams) needs besides weights: every layer's output and
 * cache. One allocation, which the pointers point into; a layer that can make its output where its
 * input is does, so outputs but the last may not remain. Steps that the network can be run with. */
typedef struct {
    int n_steps, n_streams; /* at most */
    GenreReal *block;
    GenreReal **x;     /* per layer, its input (T, B, n_in); NULL: the network's own input */
    GenreReal **y;     /* per layer, its output (T out, B, n_out) */
    GenreReal **cache; /* per layer (T, B, n_cache) */
    GenreReal *work;   /* as much as the neediest layer wants */
} GenreTape;

GenreTape *genre_tape_new(const GenreNet *net, int n_steps, int n_streams); /* [set-up] */
/* One for a backward pass: what it holds are gradients, and it has no caches. [set-up] */
GenreTape *genre_tape_new_back(const GenreNet *net, int n_steps, int n_streams);
void genre_tape_free(GenreTape *tape);

/* One for genre_net_forward alone, a fraction as large: of the layers' outputs only the last one's
 * is there afterwards, and no layer's cache is. [set-up] */
GenreTape *genre_tape_new_forward(const GenreNet *net, int n_steps, int n_streams);

/* Values that such a tape holds. [set-up] */
size_t genre_tape_size_forward(const GenreNet *net, int n_steps, int n_streams);

/* State (B, per layer) of fresh streams, n_streams * net->n_state values. [real time] */
void genre_net_reset(const GenreNet *net, int n_streams, GenreReal *state);

/* The state of one stream (n_state) to the place of stream `index` among those of n_streams, and
 * back. [real time] */
void genre_net_put_state(const GenreNet *net, int n_streams, int index, const GenreReal *one,
                         GenreReal *all);
void genre_net_get_state(const GenreNet *net, int n_streams, int index, const GenreReal *all,
                         GenreReal *one);

/* How far what the network found of late, in the state of one stream (n_state), is from what it
 * found before: the mean over the layers that keep the two apart (FORMAT.md, `recent`); 0 where
 * none does. [real time] */
double genre_net_novelty(const GenreNet *net, const GenreReal *state);

/* Lets these layers begin again from what they found of late. Returns the frames that they then
 * rest on: the most of any. [real time] */
int genre_net_renew(const GenreNet *net, GenreReal *state);

/* x (T, B, n_in) through all layers; returns the last one's output (T out, B, n_out) in the tape.
 * run's T and B are at most the tape's; T is whole blocks, and a network that is not causal can be
 * run with T. [real
 * time, with BLAS not] */
const GenreReal *genre_net_forward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                                   GenreReal *state, GenreTape *tape);

/* After genre_net_forward from fresh state with the same run, x and tape: adds the gradient of the
 * weights to `gradient` (n_weights), given that of the output, dy (T out, B, n_out). `work` is of
 * genre_tape_new_back, and of the same size. */
void genre_net_backward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                        const GenreTape *tape, const GenreReal *dy, GenreReal *gradient,
                        GenreTape *work);

/* After genre_net_forward in training: moves the layers' running statistics on. */
void genre_net_track(GenreNet *net, const GenreTape *tape);

/* Index of the layer called `name`, -1 if there is none. */
int genre_net_find(const GenreNet *net, const char *name);

#endif
