/* Passes through a network, and the state of streams. */
#include <string.h>

#include "net/tape.h"

void genre_net_reset(const GenreNet *net, int n_streams, GenreReal *state) {
    memset(state, 0, (size_t)net->n_state * n_streams * sizeof *state);
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int b = 0; b < n_streams; b++, state += layer->n_state)
            if (layer->kind->reset)
                layer->kind->reset(layer, state);
    }
}

void genre_net_put_state(const GenreNet *net, int n_streams, int index, const GenreReal *one,
                         GenreReal *all) {
    for (int i = 0; i < net->n_nodes; i++) {
        const size_t n = (size_t)net->nodes[i].layer.n_state;
        memcpy(all + (size_t)index * n, one, n * sizeof *one);
        all += (size_t)n_streams * n;
        one += n;
    }
}

void genre_net_get_state(const GenreNet *net, int n_streams, int index, const GenreReal *all,
                         GenreReal *one) {
    for (int i = 0; i < net->n_nodes; i++) {
        const size_t n = (size_t)net->nodes[i].layer.n_state;
        memcpy(one, all + (size_t)index * n, n * sizeof *one);
        all += (size_t)n_streams * n;
        one += n;
    }
}

double genre_net_novelty(const GenreNet *net, const GenreReal *state) {
    double sum = 0;
    int n = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const double its = layer->kind->novelty ? layer->kind->novelty(layer, state) : -1;
        if (its >= 0) { /* no number, after an overflow, is no sign of anything */
            sum += its;
            n++;
        }
        state += layer->n_state;
    }
    return n ? sum / n : 0;
}

int genre_net_renew(const GenreNet *net, GenreReal *state) {
    int n_frames = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        if (layer->kind->renew) {
            const int its = layer->kind->renew(layer, state) * net->nodes[i].frames_per_step;
            n_frames = its > n_frames ? its : n_frames;
        }
        state += layer->n_state;
    }
    return n_frames;
}

static int width(const GenreNet *net, int from) {
    return from < 0 ? net->n_in : net->nodes[from].layer.n_out;
}

/* Joins a node's inputs, each (rows, its width), end to end into `joined` (rows, n_in). */
static void join_inputs(const GenreNet *net, const GenreNode *node, size_t rows, const GenreReal *x,
                        GenreReal *const *y, GenreReal *joined) {
    for (int i = 0; i < node->n_inputs; i++) {
        const int n = width(net, node->inputs[i]);
        const GenreReal *part = node->inputs[i] < 0 ? x : y[node->inputs[i]];
        for (size_t r = 0; r < rows; r++)
            memcpy(joined + r * node->layer.n_in, part + r * n, (size_t)n * sizeof *part);
        joined += n;
    }
}

/* The reverse: adds each part of `joined` to the gradient of the layer that it came from. */
static void part_inputs(const GenreNet *net, const GenreNode *node, size_t rows,
                        const GenreReal *joined, GenreReal *const *dy) {
    for (int i = 0; i < node->n_inputs; i++) {
        const int n = width(net, node->inputs[i]);
        for (size_t r = 0; node->inputs[i] >= 0 && r < rows; r++)
            for (int k = 0; k < n; k++)
                dy[node->inputs[i]][r * n + k] += joined[r * node->layer.n_in + k];
        joined += n;
    }
}

const GenreReal *genre_net_forward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                                   GenreReal *state, GenreTape *tape) {
    int steps[GENRE_MAX_LAYERS];
    GenreRun its = *run;
    its.work = tape->work;
    genre_net_steps(net, run->n_steps, steps);
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreNode *node = &net->nodes[i];
        its.n_steps = genre_net_steps_in(net, steps, run->n_steps, i);
        if (node->n_inputs > 1)
            join_inputs(net, node, (size_t)its.n_steps * run->n_streams, x, tape->y, tape->x[i]);
        const GenreReal *const in = tape->x[i] ? tape->x[i] : x;
        if (!node->layer.done_before || run->rng)
            node->layer.kind->forward(&node->layer, &its, in, tape->y[i], state, tape->cache[i]);
        else if (tape->y[i] != in)
            memcpy(tape->y[i], in,
                   (size_t)its.n_steps * run->n_streams * node->layer.n_in * sizeof *in);
        state += (size_t)node->layer.n_state * run->n_streams;
    }
    return tape->y[net->n_nodes - 1];
}

/* Whether one layer alone gives the gradient of a node's output, and all of it. */
static bool gets_whole_gradient(const GenreNet *net, int index) {
    for (int i = index + 1; i < net->n_nodes; i++)
        if (genre_net_feeder(net, &net->nodes[i]) == index)
            return true;
    return false;
}

void genre_net_backward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                        const GenreTape *tape, const GenreReal *dy, GenreReal *gradient,
                        GenreTape *work) {
    int steps[GENRE_MAX_LAYERS];
    GenreRun its = *run;
    its.work = work->work;
    genre_net_steps(net, run->n_steps, steps);
    const int last = net->n_nodes - 1;
    for (int i = 0; i < net->n_nodes; i++)
        if (!gets_whole_gradient(net, i))
            memset(work->y[i], 0,
                   (size_t)steps[i] * run->n_streams * net->nodes[i].layer.n_out *
                       sizeof(GenreReal));
    memcpy(work->y[last], dy,
           (size_t)steps[last] * run->n_streams * net->n_out * sizeof(GenreReal));
    for (int i = last; i >= 0; i--) {
        const GenreNode *node = &net->nodes[i];
        if (!node->carries_gradient && !genre_layer_learns(&node->layer))
            continue;
        GenreReal *dx = node->carries_gradient ? work->x[i] : NULL;
        its.n_steps = genre_net_steps_in(net, steps, run->n_steps, i);
        node->layer.kind->backward(&node->layer, &its, tape->x[i] ? tape->x[i] : x, tape->y[i],
                                   work->y[i], dx, gradient, tape->cache[i]);
        if (dx && genre_net_feeder(net, node) < 0)
            part_inputs(net, node, (size_t)its.n_steps * run->n_streams, dx, work->y);
    }
}

void genre_net_track(GenreNet *net, const GenreTape *tape) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        if (layer->kind->track)
            layer->kind->track(layer, tape->cache[i], net->weights);
    }
}
