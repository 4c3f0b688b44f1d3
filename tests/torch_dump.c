/* Runs networks forward and backward as the trainer does, and writes all that came of it into a
 * safetensors file, for torch_compare.py to do again with PyTorch: torch_dump FILE */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/blas.h"
#include "model/safetensors.h"
#include "net/net.h"
#include "recipe/interchange.h"

enum { MAX_TENSORS = 1024 };

static const struct {
    const char *name, *layers;
    int n_in, n_steps, n_streams;
    bool training; /* batch norm by the batch's own moments */
} cases[] = {
    {"lstm",
     "[{'kind':'dense','units':5},{'kind':'lstm','units':6},{'kind':'lstm','units':4},"
     "{'kind':'dense','units':3}]",
     4, 9, 3, false},
    {"bilstm",
     "[{'kind':'dense','units':5},{'kind':'bilstm','units':6},{'kind':'bilstm','units':3},"
     "{'kind':'pool_time'},{'kind':'dense','units':3}]",
     4, 9, 3, false},
    {"conv2d",
     "[{'kind':'conv2d','channels':3,'kernel_time':3,'kernel_bands':5},{'kind':'tanh'},"
     "{'kind':'conv2d','channels':4,'kernel_time':5,'kernel_bands':3,'stride_bands':2},"
     "{'kind':'elu'},{'kind':'avgpool','kernel_time':2,'kernel_bands':2},"
     "{'kind':'conv2d','channels':2,'kernel_time':3,'kernel_bands':1,'padding':'valid'},"
     "{'kind':'pool_time'},{'kind':'dense','units':3}]",
     12, 14, 3, false},
    {"batchnorm",
     "[{'kind':'conv2d','channels':4,'kernel_time':3,'kernel_bands':3},{'kind':'batchnorm'},"
     "{'kind':'relu'},{'kind':'maxpool','kernel_time':2,'kernel_bands':3},"
     "{'kind':'conv2d','channels':3,'kernel_time':3,'kernel_bands':3},{'kind':'batchnorm'},"
     "{'kind':'sigmoid'},{'kind':'pool_time'},{'kind':'dense','units':3}]",
     12, 10, 4, true},
    {"batchnorm_fixed",
     "[{'kind':'conv2d','channels':4,'kernel_time':3,'kernel_bands':3},{'kind':'batchnorm'},"
     "{'kind':'relu'},{'kind':'pool_time'},{'kind':'dense','units':3}]",
     8, 10, 2, false},
};

static GenreTensorSource sources[MAX_TENSORS];
static size_t n_sources;

/* Copies: what is given may change before all is written. */
static void add(const char *name, const char *tensor, int n_dims, const size_t shape[4],
                const float *data) {
    char *full = malloc(160);
    size_t n = 1;
    for (int d = 0; d < n_dims; d++)
        n *= shape[d];
    float *kept = malloc(n * sizeof *kept);
    if (!full || !kept || n_sources == MAX_TENSORS)
        abort();
    snprintf(full, 160, "%s/%s", name, tensor);
    memcpy(kept, data, n * sizeof *kept);
    GenreTensorSource *source = &sources[n_sources++];
    *source = (GenreTensorSource){
        .name = full, .type = "F32", .n_dims = n_dims, .data = kept, .n_bytes = n * sizeof *kept};
    memcpy(source->shape, shape, (size_t)n_dims * sizeof *shape);
}

/* Values laid out like the network's weights, under PyTorch's names. */
static void add_weights(const GenreNet *net, const char *name, const char *prefix,
                        const float *values) {
    static InterchangeTensor tensors[INTERCHANGE_MAX_TENSORS];
    static float zeros[1 << 16];
    const size_t n = interchange_tensors(net, tensors);
    for (size_t i = 0; i < n; i++) {
        char full[128];
        size_t shape[4];
        snprintf(full, sizeof full, "%s/%.95s", prefix, tensors[i].name);
        for (int d = 0; d < tensors[i].n_dims; d++)
            shape[d] = (size_t)tensors[i].shape[d];
        add(name, full, tensors[i].n_dims, shape,
            tensors[i].second ? zeros : values + tensors[i].offset);
    }
}

static float *draw(size_t n, GenreRng *rng) {
    float *values = malloc(n * sizeof *values);
    for (size_t i = 0; values && i < n; i++)
        values[i] = (float)genre_rng_normal(rng);
    return values;
}

static json_t *run_case(size_t index) {
    const char *name = cases[index].name;
    const size_t n_steps = (size_t)cases[index].n_steps, n_in = (size_t)cases[index].n_in;
    const size_t n_streams = (size_t)cases[index].n_streams;
    char *text = strdup(cases[index].layers);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *layers = json_loads(text, 0, NULL);
    GenreError error = {.text = ""};
    GenreRng rng = genre_rng(index, 1);
    int steps[GENRE_MAX_LAYERS];
    GenreNet *net = genre_net_new(layers, (int)n_in, &error);
    const int n_out = net ? genre_net_plan(net, (int)n_steps, steps, &error) : 0;
    if (n_out == 0) {
        fprintf(stderr, "%s: %s\n", name, error.text);
        exit(1);
    }
    genre_net_init(net, &rng);
    /* So that scales, offsets and running moments are not all 1 and 0. */
    for (size_t w = 0; w < net->n_weights; w++)
        net->weights[w] += (float)genre_rng_between(&rng, 0, 0.3);
    float *x = draw(n_steps * n_streams * n_in, &rng);
    float *dy = draw((size_t)n_out * n_streams * net->n_out, &rng);
    float *state = calloc(n_streams * net->n_state + 1, sizeof *state);
    float *gradient = calloc(net->n_weights, sizeof *gradient);
    GenreTape *tape = genre_tape_new(net, (int)n_steps, (int)n_streams);
    GenreTape *work = genre_tape_new_back(net, (int)n_steps, (int)n_streams);
    const GenreRun run = {.n_steps = (int)n_steps,
                          .n_streams = (int)n_streams,
                          .math = &blas_math,
                          .rng = cases[index].training ? &rng : NULL};
    genre_net_reset(net, (int)n_streams, state);
    const float *y = genre_net_forward(net, &run, x, state, tape);
    add(name, "x", 3, (size_t[4]){n_steps, n_streams, n_in}, x);
    add(name, "y", 3, (size_t[4]){(size_t)n_out, n_streams, (size_t)net->n_out}, y);
    add(name, "dy", 3, (size_t[4]){(size_t)n_out, n_streams, (size_t)net->n_out}, dy);
    add_weights(net, name, "weight", net->weights);
    genre_net_backward(net, &run, x, tape, dy, gradient, work);
    if (cases[index].training)
        genre_net_track(net, tape);
    add_weights(net, name, "gradient", gradient);
    add_weights(net, name, "after", net->weights);
    json_t *description = json_pack("{sosb}", "layers", layers, "training", cases[index].training);
    /* As a model of their positions' names: a layer without a name gets its kind and number. */
    for (int i = 0; i < net->n_nodes; i++)
        json_object_set_new(json_array_get(layers, (size_t)i), "name",
                            json_string(net->nodes[i].layer.name));
    genre_tape_free(work);
    genre_tape_free(tape);
    genre_net_free(net);
    free(gradient);
    free(state);
    free(dy);
    free(x);
    free(text);
    return description;
}

int main(int argc, char **argv) {
    GenreError error = {.text = ""};
    if (argc != 2)
        return 2;
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        json_object_set_new(all, cases[i].name, run_case(i));
    char *text = json_dumps(all, 0);
    json_t *metadata = json_pack("{ss}", "cases", text);
    const GenreStatus status =
        genre_safetensors_write(argv[1], metadata, sources, n_sources, &error);
    if (status)
        fprintf(stderr, "%s\n", error.text);
    json_decref(metadata);
    free(text);
    json_decref(all);
    for (size_t i = 0; i < n_sources; i++) {
        free((char *)sources[i].name);
        free((void *)sources[i].data);
    }
    return status ? 1 : 0;
}
