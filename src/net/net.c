#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/finish.h"
#include "net/kinds.h"
#include "status.h"

#define ENTRY(name) &genre_layer_##name,
static const GenreLayerKind *const kinds[] = {GENRE_LAYER_KINDS(ENTRY)};

/* Bounds what a hostile model can make us allocate. */

/* More frames a step than any network may have; times any layer's block it is still an int. */
enum { MANY_FRAMES = 1 << 20 };

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
            node->carries_gradient |= from->carries_gradient || genre_layer_learns(&from->layer);
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
    if (net->n_weights > GENRE_MAX_WEIGHTS || net->n_state > GENRE_MAX_WEIGHTS)
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
    net->block = calloc(1, net->n_weights * sizeof *net->weights + GENRE_LINE);
    if (!net->block)
        goto no_memory;
    net->weights = genre_line_in(net->block);
    for (int i = 0; i < net->n_nodes; i++)
        net->nodes[i].layer.weights = net->weights;
    return net;

no_memory:
    genre_net_free(net);
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return NULL;
}

static void drop_panels(GenreNet *net) {
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreTensor *tensor = &net->nodes[i].layer.tensors[k];
            genre_panels_free(tensor->panels);
            tensor->panels = NULL;
        }
}

void genre_net_free(GenreNet *net) {
    if (!net)
        return;
    genre_net_drop_rows8(net);
    drop_panels(net);
    for (int i = 0; i < net->n_nodes; i++)
        free(net->nodes[i].layer.data);
    free(net->nodes);
    free(net->block);
    free(net);
}

/* Tells each layer whether weights stay as they are. */
static void tell_packed(GenreNet *net, bool packed) {
    for (int i = 0; i < net->n_nodes; i++) {
        GenreLayer *layer = &net->nodes[i].layer;
        if (layer->kind->pack)
            layer->kind->pack(layer, packed);
    }
}

void genre_net_unpack(GenreNet *net) {
    tell_packed(net, false);
    genre_net_give_back(net);
    drop_panels(net);
}

GenreStatus genre_net_pack(GenreNet *net, GenreError *error) {
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreTensor *tensor = &net->nodes[i].layer.tensors[k];
            const int n_rows = tensor->shape[0];
            if (!tensor->in_products || tensor->n_dims != 2 || tensor->rows8 ||
                n_rows < GENRE_PANEL)
                continue;
            genre_panels_free(tensor->panels);
            tensor->panels = genre_panels_new(n_rows, (int)(tensor->n / (size_t)n_rows),
                                              net->weights + tensor->offset);
            if (!tensor->panels)
                return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        }
    tell_packed(net, true);
    return genre_net_take_over(net) ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory")
                                    : GENRE_SUCCESS;
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
