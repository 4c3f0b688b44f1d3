#include "recipe/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

/* The network that grows. */
typedef struct {
    json_t *layers;
    json_t *options; /* list: each layer's without its name and inputs */
    int n;
    const GenreLayer *from[GENRE_MAX_LAYERS]; /* whose weights it takes; NULL: none's */
    int n_inputs[GENRE_MAX_LAYERS];
    int inputs[GENRE_MAX_LAYERS][GENRE_MAX_INPUTS]; /* as in GenreNode */
} Merge;

/* Where a part's layers are in it, as in GenreNode, and those that feed its last one. */
typedef struct {
    int at[GENRE_MAX_LAYERS];
    int n_ends, ends[GENRE_MAX_INPUTS];
} Places;

static int place_of(const Places *places, int index) {
    return index < 0 ? -1 : places->at[index];
}

static bool is_kind(const GenreLayer *layer, const char *kind) {
    return strcmp(layer->kind->name, kind) == 0;
}

/* Whether two layers of the same options and inputs have the same weights. */
static bool same_weights(const GenreLayer *a, const GenreLayer *b) {
    for (int k = 0; a && b && k < a->n_tensors; k++)
        if (memcmp(genre_layer_tensor(a, k), genre_layer_tensor(b, k),
                   a->tensors[k].n * sizeof(GenreReal)) != 0)
            return false;
    return true;
}

/* The layer that does what `layer` would; -1: none. */
static int find_same(const Merge *merge, const GenreLayer *layer, const json_t *options,
                     const int *inputs, int n_inputs) {
    for (int i = 0; i < merge->n; i++)
        if (merge->n_inputs[i] == n_inputs &&
            memcmp(merge->inputs[i], inputs, (size_t)n_inputs * sizeof *inputs) == 0 &&
            json_equal(json_array_get(merge->options, (size_t)i), options) &&
            same_weights(merge->from[i], layer))
            return i;
    return -1;
}

static const char *name_of(const Merge *merge, int index) {
    return index < 0 ? "input"
                     : json_string_value(
                           json_object_get(json_array_get(merge->layers, (size_t)index), "name"));
}

static bool is_taken(const Merge *merge, const char *name) {
    for (int i = 0; i < merge->n; i++)
        if (strcmp(name_of(merge, i), name) == 0)
            return true;
    return false;
}

/* Appends a layer called `name`, or where that is taken "name_2" ... */
static GenreStatus append(Merge *merge, const GenreLayer *from, const char *name,
                          const json_t *options, const int *inputs, int n_inputs,
                          GenreError *error) {
    char unique[sizeof from->name];
    if (merge->n == GENRE_MAX_LAYERS)
        return genre_fail(error, GENRE_ERR_FORMAT, "the members have more than %d layers together",
                          GENRE_MAX_LAYERS);
    snprintf(unique, sizeof unique, "%s", name);
    for (int k = 2; is_taken(merge, unique); k++)
        snprintf(unique, sizeof unique, "%.*s_%u", (int)sizeof unique - 4, name, (unsigned)k % 100);
    json_t *layer = json_copy((json_t *)options), *names = json_array();
    for (int i = 0; i < n_inputs; i++)
        json_array_append_new(names, json_string(name_of(merge, inputs[i])));
    json_object_set_new(layer, "name", json_string(unique));
    json_object_set_new(layer, "input", names);
    if (json_array_append_new(merge->layers, layer) ||
        json_array_append(merge->options, (json_t *)options))
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    memcpy(merge->inputs[merge->n], inputs, (size_t)n_inputs * sizeof *inputs);
    merge->n_inputs[merge->n] = n_inputs;
    merge->from[merge->n++] = from;
    return GENRE_SUCCESS;
}

/* The same unless there is one already that does it. *index is which. */
static GenreStatus add(Merge *merge, const GenreLayer *from, const char *name,
                       const json_t *options, const int *inputs, int n_inputs, int *index,
                       GenreError *error) {
    *index = find_same(merge, from, options, inputs, n_inputs);
    if (*index >= 0)
        return GENRE_SUCCESS;
    *index = merge->n;
    return append(merge, from, name, options, inputs, n_inputs, error);
}

/* Outside of training these hand on what they get. One that joins inputs stays, for the join. */
static bool does_nothing(const GenreNode *node) {
    return node->n_inputs == 1 &&
           (is_kind(&node->layer, "dropout") || is_kind(&node->layer, "noise"));
}

static const GenreNode *last_of(const GenreModel *model) {
    return &model->net->nodes[model->net->n_nodes - 1];
}

/* Adds all layers of a part but its last, from its own description of them. */
static GenreStatus add_part(Merge *merge, const GenreModel *model, const json_t *layers,
                            Places *places, GenreError *error) {
    for (int i = 0; i < model->net->n_nodes - 1; i++) {
        const GenreNode *node = &model->net->nodes[i];
        int inputs[GENRE_MAX_INPUTS] = {0};
        for (int k = 0; k < node->n_inputs; k++)
            inputs[k] = place_of(places, node->inputs[k]);
        places->at[i] = inputs[0];
        if (does_nothing(node))
            continue;
        json_t *options = json_copy(json_array_get(layers, (size_t)i));
        json_object_del(options, "name");
        json_object_del(options, "input");
        const GenreStatus status = add(merge, &node->layer, node->layer.name, options, inputs,
                                       node->n_inputs, &places->at[i], error);
        json_decref(options);
        if (status)
            return status;
    }
    const GenreNode *last = last_of(model);
    places->n_ends = last->n_inputs;
    for (int k = 0; k < last->n_inputs; k++)
        places->ends[k] = place_of(places, last->inputs[k]);
    return GENRE_SUCCESS;
}

/* Takes what feeds a part's last layer down to a step for every `frames_per_step` frames. The last
 * layers are linear: it is the mean of its logits over these. */
static GenreStatus slow_down(Merge *merge, const MergePart *part, int frames_per_step,
                             Places *places, GenreError *error) {
    const int its = part->model->net->frames_per_step;
    if (its == frames_per_step)
        return GENRE_SUCCESS;
    if (frames_per_step % its != 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "member \"%s\" has a step for %d frames, which does not fit another's, "
                          "for %d",
                          part->name, its, frames_per_step);
    int pool;
    json_t *options = json_pack("{sssi}", "kind", "avgpool", "kernel_time", frames_per_step / its);
    const GenreStatus status =
        add(merge, NULL, "mean", options, places->ends, places->n_ends, &pool, error);
    json_decref(options);
    places->n_ends = 1;
    places->ends[0] = pool;
    return status;
}

/* Adds the dense layer that stands for the last ones of all parts. */
static GenreStatus add_last(Merge *merge, const GenreModel *model, const Places *places, int n,
                            GenreError *error) {
    int inputs[GENRE_MAX_INPUTS], n_inputs = 0;
    for (int m = 0; m < n; m++)
        for (int k = 0; k < places[m].n_ends; k++) {
            int i = 0;
            while (i < n_inputs && inputs[i] != places[m].ends[k])
                i++;
            if (i == GENRE_MAX_INPUTS)
                return genre_fail(error, GENRE_ERR_FORMAT,
                                  "the members' last layers have more than %d inputs together",
                                  GENRE_MAX_INPUTS);
            inputs[i] = places[m].ends[k];
            n_inputs += i == n_inputs;
        }
    json_t *options = json_pack("{sssi}", "kind", "dense", "units", model->net->n_out);
    const GenreStatus status = append(merge, NULL, "logits", options, inputs, n_inputs, error);
    json_decref(options);
    return status;
}

/* Where what comes from layer `place` begins in the rows that reach a node; *width = how much. */
static int column_of(const GenreNet *net, const GenreNode *node, int place, int *width) {
    int column = 0;
    for (int i = 0;; i++, column += *width) {
        *width = node->inputs[i] < 0 ? net->n_in : net->nodes[node->inputs[i]].layer.n_out;
        if (node->inputs[i] == place)
            return column;
    }
}

/* Adds a part's share of the mean, 1 / n, to the last layer's weight and bias. */
static void add_share(GenreNet *net, const GenreModel *model, const Places *places, int n) {
    const GenreNode *to = &net->nodes[net->n_nodes - 1], *from = last_of(model);
    GenreReal *weight = net->weights + to->layer.tensors[0].offset;
    GenreReal *bias = net->weights + to->layer.tensors[1].offset;
    const GenreReal *its_weight = genre_layer_tensor(&from->layer, 0);
    const GenreReal *its_bias = genre_layer_tensor(&from->layer, 1);
    int column = 0, width;
    for (int k = 0; k < places->n_ends; k++, column += width) {
        const int to_column = column_of(net, to, places->ends[k], &width);
        for (int r = 0; r < net->n_out; r++)
            for (int c = 0; c < width; c++)
                weight[r * to->layer.n_in + to_column + c] +=
                    its_weight[r * from->layer.n_in + column + c] / (GenreReal)n;
    }
    for (int r = 0; r < net->n_out; r++)
        bias[r] += its_bias[r] / (GenreReal)n;
}

/* The model of what was merged, its weights set. */
static GenreModel *finish(const Merge *merge, const MergePart *parts, const Places *places, int n,
                          GenreError *error) {
    json_t *metadata = json_copy(parts[0].model->metadata);
    char *text = json_dumps(merge->layers, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_object_del(metadata, "calibration");
    json_object_del(metadata, "training");
    json_object_set_new(metadata, "layers", json_string(text));
    free(text);
    GenreModel *model = genre_model_new(metadata, error);
    json_decref(metadata);
    for (int i = 0; model && i < merge->n; i++) {
        const GenreLayer *to = &model->net->nodes[i].layer;
        for (int k = 0; merge->from[i] && k < to->n_tensors; k++)
            memcpy(model->net->weights + to->tensors[k].offset,
                   genre_layer_tensor(merge->from[i], k), to->tensors[k].n * sizeof(GenreReal));
    }
    for (int m = 0; model && m < n; m++)
        add_share(model->net, parts[m].model, &places[m], n);
    return model;
}

int merge_frames_per_step(const MergePart *parts, int n) {
    int most = 1;
    for (int m = 0; m < n; m++)
        if (parts[m].model->net->frames_per_step > most)
            most = parts[m].model->net->frames_per_step;
    return most;
}

GenreModel *merge_models(const MergePart *parts, int n, GenreError *error) {
    Merge merge = {.layers = json_array(), .options = json_array()};
    Places places[MERGE_MAX_PARTS];
    GenreModel *model = NULL;
    GenreStatus status = GENRE_SUCCESS;
    for (int m = 0; m < n && !status; m++) {
        json_t *layers = json_loads(genre_model_metadata(parts[m].model, "layers"), 0, NULL);
        if (!is_kind(&last_of(parts[m].model)->layer, "dense"))
            status = genre_fail(error, GENRE_ERR_FORMAT,
                                "member \"%s\": its last layer is not dense, and the mean is made "
                                "of such alone",
                                parts[m].name);
        if (!status)
            status = add_part(&merge, parts[m].model, layers, &places[m], error);
        if (!status)
            status =
                slow_down(&merge, &parts[m], merge_frames_per_step(parts, n), &places[m], error);
        json_decref(layers);
    }
    if (!status)
        status = add_last(&merge, parts[0].model, places, n, error);
    if (!status)
        model = finish(&merge, parts, places, n, error);
    json_decref(merge.layers);
    json_decref(merge.options);
    return model;
}
