#include "net/net.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/kinds.h"
#include "status.h"

#define ENTRY(name) &genre_layer_##name,
static const GenreLayerKind *const kinds[] = {GENRE_LAYER_KINDS(ENTRY)};

/* Bounds what a hostile model can make us allocate. */
enum { MAX_WEIGHTS = 1 << 26 };

/* More frames a step than any network may have; times any layer's block it is still an int. */
enum { MANY_FRAMES = 1 << 20 };

/* Bytes of a cache line: vectors that lie across two of them take twice as long to load. */
enum { LINE = 64 };

static const GenreLayerKind *find_kind(const char *name) {
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

GenreTensor *genre_layer_add_tensor(GenreLayer *layer, const char *name, int n_dims, int rows,
                                    int columns, double init) {
    GenreTensor *tensor = &layer->tensors[layer->n_tensors++];
    *tensor = (GenreTensor){.name = name,
                            .n_dims = n_dims,
                            .shape = {rows, columns},
                            .n = (size_t)rows * (size_t)columns,
                            .init_low = -init,
                            .init_high = init};
    return tensor;
}

int genre_net_find(const GenreNet *net, const char *name) {
    for (int i = 0; i < net->n_nodes; i++)
        if (strcmp(net->nodes[i].layer.name, name) == 0)
            return i;
    return -1;
}

/* Adds the input called `name` to node `index`; its width is added to the layer's n_in. */
static GenreStatus add_input(GenreNet *net, int index, const char *name, GenreError *error) {
    GenreNode *node = &net->nodes[index];
    const char *layer = node->layer.name;
    if (!name || node->n_inputs == GENRE_MAX_INPUTS)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "layer \"%s\": \"input\" is not a name or a list of up to %d names",
                          layer, GENRE_MAX_INPUTS);
    int from = -1;
    if (strcmp(name, "input") != 0) {
        from = genre_net_find(net, name);
        if (from < 0 || from >= index)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "layer \"%s\": no earlier layer is called \"%.40s\"", layer, name);
    }
    node->inputs[node->n_inputs++] = from;
    node->layer.n_in += from < 0 ? net->n_in : net->nodes[from].layer.n_out;
    return GENRE_SUCCESS;
}

static GenreStatus read_inputs(GenreNet *net, int index, const json_t *input, GenreError *error) {
    if (!input)
        return add_input(net, index, index ? net->nodes[index - 1].layer.name : "input", error);
    if (!json_is_array(input))
        return add_input(net, index, json_string_value(input), error);
    size_t i;
    json_t *name;
    json_array_foreach(input, i, name) {
        const GenreStatus status = add_input(net, index, json_string_value(name), error);
        if (status)
            return status;
    }
    return net->nodes[index].n_inputs ? GENRE_SUCCESS : add_input(net, index, NULL, error);
}

/* Channels of a node's joined inputs. */
static int join_channels(const GenreNet *net, const GenreNode *node) {
    int n_channels = 0, bands = 0;
    for (int i = 0; i < node->n_inputs; i++) {
        const GenreLayer *from = node->inputs[i] < 0 ? NULL : &net->nodes[node->inputs[i]].layer;
        const int n = from ? from->n_channels : 1;
        const int its_bands = (from ? from->n_out : net->n_in) / n;
        if (i > 0 && its_bands != bands)
            return 1;
        bands = its_bands;
        n_channels += n;
    }
    return n_channels;
}

static GenreStatus read_name(GenreNet *net, int index, const json_t *json, GenreError *error) {
    GenreLayer *layer = &net->nodes[index].layer;
    const char *name = json_string_value(json);
    char made_up[sizeof layer->name];
    if (!json) {
        snprintf(made_up, sizeof made_up, "%s%d", layer->kind->name, index);
        name = made_up;
    }
    if (!name || !*name || strlen(name) >= sizeof layer->name || strcmp(name, "input") == 0 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "layer %d: a name is 1 to 31 of a-z, 0-9 and _, and not \"input\"",
                          index);
    if (genre_net_find(net, name) >= 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "two layers are called \"%s\"", name);
    strcpy(layer->name, name);
    return GENRE_SUCCESS;
}

static bool has_trained_weights(const GenreLayer *layer) {
    for (int i = 0; i < layer->n_tensors; i++)
        if (!layer->tensors[i].fitted)
            return true;
    return false;
}

/* Frames for each step of a layer's output, or of the network's input. */
static int block_of(const GenreNet *net, int from) {
    return from < 0 ? 1 : net->nodes[from].frames_per_step;
}

/* What a causal network's blocks must be so that each yields one step. */
static GenreStatus check_blocks(GenreNet *net, GenreError *error) {
    net->frames_per_step = net->nodes[net->n_nodes - 1].frames_per_step;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreNode *node = &net->nodes[i];
        const char *name = node->layer.name;
        for (int k = 1; k < node->n_inputs; k++)
            if (block_of(net, node->inputs[k]) != block_of(net, node->inputs[0]))
                return genre_fail(error, GENRE_ERR_FORMAT,
                                  "layer \"%s\": of the inputs that it joins one has a step for %d "
                                  "frames and another for %d",
                                  name, block_of(net, node->inputs[0]),
                                  block_of(net, node->inputs[k]));
        if (node->frames_per_step > GENRE_MAX_BLOCK)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "layer \"%s\" has a step for more than %d frames", name,
                              GENRE_MAX_BLOCK);
        if (net->frames_per_step % node->frames_per_step != 0)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "layer \"%s\" has a step for %d frames, which does not fit the last "
                              "one's, for %d",
                              name, node->frames_per_step, net->frames_per_step);
    }
    return GENRE_SUCCESS;
}

/* Node `index` from its description. Errors that a kind reports get the layer's name in front. */
static GenreStatus add_node(GenreNet *net, int index, const json_t *json, GenreError *error) {
    GenreNode *node = &net->nodes[index];
    GenreLayer *layer = &node->layer;
    const char *kind = json_string_value(json_object_get(json, "kind"));
    char known[128];
    GenreError inner = {.text = "out of memory"};
    GenreStatus status;
    layer->kind = find_kind(kind);
    if (!layer->kind)
        return genre_fail(error, GENRE_ERR_UNSUPPORTED, "layer %d: there is no kind \"%.40s\"",
                          index, kind ? kind : "");
    if ((status = read_name(net, index, json_object_get(json, "name"), error)))
        return status;
    net->n_nodes = index + 1;
    snprintf(known, sizeof known, "kind name input %s", layer->kind->options);
    if ((status = read_inputs(net, index, json_object_get(json, "input"), error)))
        return status;
    const int widest = layer->kind->wide ? GENRE_MAX_ROW : GENRE_MAX_UNITS;
    if (layer->n_in > widest)
        return genre_fail(error, GENRE_ERR_FORMAT, "layer \"%s\": %d inputs are more than %d",
                          layer->name, layer->n_in, widest);
    layer->n_channels = layer->n_channels_in = join_channels(net, node);
    layer->block = 1;
    layer->n_work_back = -1;
    if ((status = genre_options_known(json, layer->kind->name, known, &inner)) ||
        (status = layer->kind->configure(layer, json, &inner)))
        return genre_fail(error, status, "layer \"%s\": %s", layer->name, inner.text);
    if (layer->n_work_back < 0)
        layer->n_work_back = layer->n_work;
    node->frames_per_step = layer->block * block_of(net, node->inputs[0]);
    if (node->frames_per_step > MANY_FRAMES)
        node->frames_per_step = MANY_FRAMES; /* refused later, where it matters */
    for (int i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] >= 0) {
            GenreNode *from = &net->nodes[node->inputs[i]];
            from->n_uses++;
            node->carries_gradient |= from->carries_gradient || has_trained_weights(&from->layer);
        }
    if (node->carries_gradient && !layer->kind->backward)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "layer \"%s\" (%s) cannot follow a layer with trained weights",
                          layer->name, layer->kind->name);
    for (int i = 0; i < layer->n_tensors; i++) {
        layer->tensors[i].offset = net->n_weights;
        net->n_weights += layer->tensors[i].n;
    }
    net->n_state += layer->n_state;
    net->causal &= !layer->window;
    if (net->n_weights > MAX_WEIGHTS || net->n_state > MAX_WEIGHTS)
        return genre_fail(error, GENRE_ERR_FORMAT, "layer \"%s\": the network grows too large",
                          layer->name);
    return GENRE_SUCCESS;
}

GenreNet *genre_net_new(const json_t *layers, int n_in, GenreError *error) {
    const size_t n = json_array_size(layers);
    if (n < 1 || n > GENRE_MAX_LAYERS) {
        genre_fail(error, GENRE_ERR_FORMAT, "\"layers\" is not a list of 1 to %d layers",
                   GENRE_MAX_LAYERS);
        return NULL;
    }
    GenreNet *net = calloc(1, sizeof *net);
    if (net)
        net->nodes = calloc(n, sizeof *net->nodes);
    if (!net || !net->nodes)
        goto no_memory;
    net->n_in = n_in;
    net->causal = true;
    net->frames_per_step = 1;
    for (size_t i = 0; i < n; i++)
        if (add_node(net, (int)i, json_array_get(layers, i), error)) {
            genre_net_free(net);
            return NULL;
        }
    if (net->causal && check_blocks(net, error)) {
        genre_net_free(net);
        return NULL;
    }
    net->n_out = net->nodes[n - 1].layer.n_out;
    net->block = calloc(1, net->n_weights * sizeof *net->weights + LINE);
    if (!net->block)
        goto no_memory;
    net->weights = (GenreReal *)(((uintptr_t)net->block + LINE - 1) / LINE * LINE);
    for (int i = 0; i < net->n_nodes; i++)
        net->nodes[i].layer.weights = net->weights;
    return net;

no_memory:
    genre_net_free(net);
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return NULL;
}

void genre_net_free(GenreNet *net) {
    if (!net)
        return;
    genre_net_drop_rows8(net);
    for (int i = 0; i < net->n_nodes; i++) {
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++)
            genre_panels_free(net->nodes[i].layer.tensors[k].panels);
        free(net->nodes[i].layer.data);
    }
    free(net->nodes);
    free(net->block);
    free(net);
}

GenreStatus genre_net_pack(GenreNet *net, GenreError *error) {
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreTensor *tensor = &net->nodes[i].layer.tensors[k];
            const int n_rows = tensor->shape[0];
            if (!tensor->in_products || tensor->n_dims != 2 || tensor->rows8 ||
                n_rows < GENRE_PANEL)
                continue;
            tensor->panels = genre_panels_new(n_rows, (int)(tensor->n / (size_t)n_rows),
                                              net->weights + tensor->offset);
            if (!tensor->panels)
                return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        }
    return GENRE_SUCCESS;
}

void genre_net_init(GenreNet *net, GenreRng *rng) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreTensor *tensor = &layer->tensors[k];
            for (size_t w = 0; w < tensor->n; w++)
                net->weights[tensor->offset + w] =
                    (GenreReal)genre_rng_between(rng, tensor->init_low, tensor->init_high);
        }
    }
}

/* genre_net_plan without errors: layers behind one that gets too few steps have 0. */
static void plan(const GenreNet *net, int n_steps, int steps[GENRE_MAX_LAYERS]) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const int n = genre_net_steps_in(net, steps, n_steps, i);
        steps[i] = n > 0 && layer->kind->n_steps_out ? layer->kind->n_steps_out(layer, n) : n;
    }
}

int genre_net_plan(const GenreNet *net, int n_steps, int steps[GENRE_MAX_LAYERS],
                   GenreError *error) {
    plan(net, n_steps, steps);
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

/* The layer whose output a node takes as it is and alone; -1: none. */
static int feeder(const GenreNet *net, const GenreNode *node) {
    const int from = node->n_inputs == 1 ? node->inputs[0] : -1;
    return from >= 0 && net->nodes[from].n_uses == 1 ? from : -1;
}

/* Whether a node's output lies in the place of its input, and the gradients of both likewise. */
static bool in_place(const GenreNet *net, const GenreNode *node, bool back) {
    const int from = feeder(net, node);
    if (from < 0 || node->layer.kind->in_place == GENRE_APART)
        return false;
    return back || (node->layer.kind->in_place == GENRE_ALL_IN_PLACE &&
                    !net->nodes[from].layer.kind->looks_at_y);
}

/* Values of the tape for one node: its output, its cache, its input where that is not as it is the
 * output of another. */
typedef struct {
    size_t y, cache, x;
} NodeSize;

static NodeSize node_size(const GenreNet *net, const int *steps, int n_steps, int n_streams,
                          int index, bool back) {
    const GenreNode *node = &net->nodes[index];
    const size_t in = (size_t)genre_net_steps_in(net, steps, n_steps, index) * n_streams;
    const size_t out = (size_t)steps[index] * n_streams;
    const bool joins = back ? node->carries_gradient && feeder(net, node) < 0 : node->n_inputs > 1;
    return (NodeSize){.y = in_place(net, node, back) ? 0 : out * node->layer.n_out,
                      .cache = back ? 0 : in * node->layer.n_cache,
                      .x = joins ? in * node->layer.n_in : 0};
}

/* What a tape is for: forward with backward to come, forward alone, or backward. */
typedef enum { FORTH_AND_BACK, FORTH, BACK } Use;

/* The most work space that a layer needs. */
static size_t work_size(const GenreNet *net, const int *steps, int n_streams, Use use) {
    size_t most = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        size_t n = (size_t)layer->n_work, step = (size_t)layer->n_work_step;
        if (use == BACK) {
            n = (size_t)layer->n_work_back;
            step = 0;
        } else if (use == FORTH && !layer->tensors[0].rows8) {
            n -= (size_t)layer->n_work_spare;
            step -= (size_t)layer->n_work_step_spare;
        }
        const size_t all = step * steps[i] * n_streams;
        n = step && all < n ? all : n;
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

/* The last layer that reads what layer `index` makes, or what others make of it in its place; one
 * beyond the last, where that is the network's output. */
static int last_reader(const GenreNet *net, int index) {
    int last = index == net->n_nodes - 1 ? net->n_nodes : index;
    for (int i = index + 1; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            if (net->nodes[i].inputs[k] == index)
                last = i;
    const bool is_taken =
        last > index && last < net->n_nodes && in_place(net, &net->nodes[last], false);
    return is_taken ? last_reader(net, last) : last;
}

/* For forward alone, what no later layer reads gives its place to others. */
static void lay_out(const GenreNet *net, int n_steps, int n_streams, Use use, Layout *layout) {
    int steps[GENRE_MAX_LAYERS];
    const int end = net->n_nodes;
    plan(net, n_steps, steps);
    *layout = (Layout){.all = 0};
    take_place(layout, work_size(net, steps, n_streams, use), 0, end);
    for (int i = 0; i < end; i++) {
        const GenreNode *node = &net->nodes[i];
        const NodeSize size = node_size(net, steps, n_steps, n_streams, i, use == BACK);
        layout->y[i] =
            in_place(net, node, use == BACK)
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
    plan(net, run->n_steps, steps);
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreNode *node = &net->nodes[i];
        its.n_steps = genre_net_steps_in(net, steps, run->n_steps, i);
        if (node->n_inputs > 1)
            join_inputs(net, node, (size_t)its.n_steps * run->n_streams, x, tape->y, tape->x[i]);
        node->layer.kind->forward(&node->layer, &its, tape->x[i] ? tape->x[i] : x, tape->y[i],
                                  state, tape->cache[i]);
        state += (size_t)node->layer.n_state * run->n_streams;
    }
    return tape->y[net->n_nodes - 1];
}

/* Whether one layer alone gives the gradient of a node's output, and all of it. */
static bool gets_whole_gradient(const GenreNet *net, int index) {
    for (int i = index + 1; i < net->n_nodes; i++)
        if (feeder(net, &net->nodes[i]) == index)
            return true;
    return false;
}

void genre_net_backward(const GenreNet *net, const GenreRun *run, const GenreReal *x,
                        const GenreTape *tape, const GenreReal *dy, GenreReal *gradient,
                        GenreTape *work) {
    int steps[GENRE_MAX_LAYERS];
    GenreRun its = *run;
    its.work = work->work;
    plan(net, run->n_steps, steps);
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
        if (!node->carries_gradient && !has_trained_weights(&node->layer))
            continue;
        GenreReal *dx = node->carries_gradient ? work->x[i] : NULL;
        its.n_steps = genre_net_steps_in(net, steps, run->n_steps, i);
        node->layer.kind->backward(&node->layer, &its, tape->x[i] ? tape->x[i] : x, tape->y[i],
                                   work->y[i], dx, gradient, tape->cache[i]);
        if (dx && feeder(net, node) < 0)
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
