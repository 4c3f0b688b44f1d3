/* Where a tape has what: a layer's output is let go of after its last reader. */
#include "net/tape.h"

#include <stdlib.h>

#include "status.h"

void genre_net_steps(const GenreNet *net, int n_steps, int steps[GENRE_MAX_LAYERS]) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const int n = genre_net_steps_in(net, steps, n_steps, i);
        steps[i] = n > 0 && layer->kind->n_steps_out ? layer->kind->n_steps_out(layer, n) : n;
    }
}

int genre_net_plan(const GenreNet *net, int n_steps, int steps[GENRE_MAX_LAYERS],
                   GenreError *error) {
    genre_net_steps(net, n_steps, steps);
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreNode *node = &net->nodes[i];
        const int n = genre_net_steps_in(net, steps, n_steps, i);
        for (int k = 1; k < node->n_inputs; k++) {
            const int other = node->inputs[k] < 0 ? n_steps : steps[node->inputs[k]];
            if (other != n) {
                genre_fail(error, GENRE_ERR_FORMAT,
                           "layer \"%s\": of the inputs that it joins one has %d steps and another "
                           "%d",
                           node->layer.name, n, other);
                return 0;
            }
        }
        if (steps[i] < 1) {
            genre_fail(error, GENRE_ERR_FORMAT, "layer \"%s\": %d steps are too few for it",
                       node->layer.name, n);
            return 0;
        }
    }
    return steps[net->n_nodes - 1];
}

int genre_net_feeder(const GenreNet *net, const GenreNode *node) {
    const int from = node->n_inputs == 1 ? node->inputs[0] : -1;
    return from >= 0 && net->nodes[from].n_uses == 1 ? from : -1;
}

/* What a tape is for: forward with backward to come, forward alone, or backward. */
typedef enum { FORTH_AND_BACK, FORTH, BACK } Use;

/* Whether a node's output lies in the place of its input, and the gradients of both likewise. */
static bool in_place(const GenreNet *net, const GenreNode *node, Use use) {
    const int from = genre_net_feeder(net, node);
    if (from >= 0 && use == FORTH && node->layer.done_before)
        return true;
    if (from < 0 || node->layer.kind->in_place == GENRE_APART)
        return false;
    return use == BACK || (node->layer.kind->in_place == GENRE_ALL_IN_PLACE &&
                           !net->nodes[from].layer.kind->looks_at_y);
}

/* Values of the tape for one node: its output, its cache, its input where that is not as it is the
 * output of another. */
typedef struct {
    size_t y, cache, x;
} NodeSize;

static NodeSize node_size(const GenreNet *net, const int *steps, int n_steps, int n_streams,
                          int index, Use use) {
    const GenreNode *node = &net->nodes[index];
    const size_t in = (size_t)genre_net_steps_in(net, steps, n_steps, index) * n_streams;
    const size_t out = (size_t)steps[index] * n_streams;
    const bool joins = use == BACK ? node->carries_gradient && genre_net_feeder(net, node) < 0
                                   : node->n_inputs > 1;
    return (NodeSize){.y = in_place(net, node, use) ? 0 : out * node->layer.n_out,
                      .cache = use == BACK ? 0 : in * node->layer.n_cache,
                      .x = joins ? in * node->layer.n_in : 0};
}

/* The most work space that a layer needs. */
static size_t work_size(const GenreNet *net, const int *steps, int n_streams, Use use) {
    size_t most = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const size_t all = (size_t)layer->n_work_step * steps[i] * n_streams;
        const size_t n8 = layer->tensors[0].rows8 ? (size_t)layer->n_work8 : 0;
        size_t n = layer->n_work_step && all < (size_t)layer->n_work ? all : (size_t)layer->n_work;
        if (use == BACK)
            n = (size_t)layer->n_work_back;
        else if (use == FORTH && n8)
            n = n8;
        else
            n = n8 > n ? n8 : n; /* trainers may let go of the 8 bits */
        most = n > most ? n : most;
    }
    return most;
}

/* A stretch of the tape, and the last layer that needs what is in it. */
typedef struct {
    size_t at, end;
    int last;
} Place;

/* Where everything is, as values from the tape's start. The work space comes first. */
typedef struct {
    size_t y[GENRE_MAX_LAYERS], cache[GENRE_MAX_LAYERS], x[GENRE_MAX_LAYERS];
    size_t all;
    int n_places;
    Place places[3 * GENRE_MAX_LAYERS + 1];
} Layout;

/* The first place for n values from layer `now` to `last` that nothing takes meanwhile. */
static size_t take_place(Layout *layout, size_t n, int now, int last) {
    Place *const mine = &layout->places[layout->n_places];
    *mine = (Place){0, n, last};
    for (int i = 0; i < layout->n_places; i++) {
        const Place *other = &layout->places[i];
        if (other->last < now || other->at >= mine->end || other->end <= mine->at)
            continue;
        *mine = (Place){other->end, other->end + n, last};
        i = -1; /* it may be in the way of another now */
    }
    layout->n_places++;
    layout->all = mine->end > layout->all ? mine->end : layout->all;
    return mine->at;
}

/* The last layer that reads what layer `index` makes in a tape for forward alone, or what others
 * make of it in its place; one beyond the last, where that is the network's output. */
static int last_reader(const GenreNet *net, int index) {
    int last = index == net->n_nodes - 1 ? net->n_nodes : index;
    for (int i = index + 1; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            if (net->nodes[i].inputs[k] == index)
                last = i;
    const bool is_taken =
        last > index && last < net->n_nodes && in_place(net, &net->nodes[last], FORTH);
    return is_taken ? last_reader(net, last) : last;
}

/* For forward alone, what no later layer reads gives its place to others. */
static void lay_out(const GenreNet *net, int n_steps, int n_streams, Use use, Layout *layout) {
    int steps[GENRE_MAX_LAYERS];
    const int end = net->n_nodes;
    genre_net_steps(net, n_steps, steps);
    *layout = (Layout){.all = 0};
    take_place(layout, work_size(net, steps, n_streams, use), 0, end);
    for (int i = 0; i < end; i++) {
        const GenreNode *node = &net->nodes[i];
        const NodeSize size = node_size(net, steps, n_steps, n_streams, i, use);
        layout->y[i] =
            in_place(net, node, use)
                ? layout->y[node->inputs[0]]
                : take_place(layout, size.y, i, use == FORTH ? last_reader(net, i) : end);
        layout->cache[i] = take_place(layout, size.cache, i, use == FORTH ? i : end);
        layout->x[i] = take_place(layout, size.x, i, use == FORTH ? i : end);
        if (size.x == 0 && node->inputs[0] >= 0)
            layout->x[i] = layout->y[node->inputs[0]];
    }
}

static size_t tape_size(const GenreNet *net, int n_steps, int n_streams, Use use) {
    Layout layout;
    lay_out(net, n_steps, n_streams, use, &layout);
    return layout.all;
}

size_t genre_tape_size(const GenreNet *net, int n_steps, int n_streams) {
    return tape_size(net, n_steps, n_streams, FORTH_AND_BACK);
}

size_t genre_tape_size_forward(const GenreNet *net, int n_steps, int n_streams) {
    return tape_size(net, n_steps, n_streams, FORTH);
}

static GenreTape *new_tape(const GenreNet *net, int n_steps, int n_streams, Use use) {
    Layout layout;
    GenreTape *tape = calloc(1, sizeof *tape);
    if (!tape)
        return NULL;
    lay_out(net, n_steps, n_streams, use, &layout);
    tape->n_steps = n_steps;
    tape->n_streams = n_streams;
    tape->block = calloc(layout.all, sizeof *tape->block);
    tape->x = calloc(3 * (size_t)net->n_nodes, sizeof *tape->x);
    if (!tape->block || !tape->x) {
        genre_tape_free(tape);
        return NULL;
    }
    tape->y = tape->x + net->n_nodes;
    tape->cache = tape->y + net->n_nodes;
    tape->work = tape->block;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreNode *node = &net->nodes[i];
        const bool is_input = node->n_inputs == 1 && node->inputs[0] < 0;
        tape->y[i] = tape->block + layout.y[i];
        tape->cache[i] = tape->block + layout.cache[i];
        tape->x[i] = is_input ? NULL : tape->block + layout.x[i];
    }
    return tape;
}

GenreTape *genre_tape_new(const GenreNet *net, int n_steps, int n_streams) {
    return new_tape(net, n_steps, n_streams, FORTH_AND_BACK);
}

GenreTape *genre_tape_new_forward(const GenreNet *net, int n_steps, int n_streams) {
    return new_tape(net, n_steps, n_streams, FORTH);
}

GenreTape *genre_tape_new_back(const GenreNet *net, int n_steps, int n_streams) {
    return new_tape(net, n_steps, n_streams, BACK);
}

void genre_tape_free(GenreTape *tape) {
    if (!tape)
        return;
    free(tape->block);
    free(tape->x);
    free(tape);
}
