/* Fully connected: y = W x + b. */
#include "net/kinds.h"

#include <math.h>
#include <string.h>

enum { WEIGHT, BIAS };

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    const GenreStatus status =
        genre_option_int(options, "units", 1, GENRE_MAX_UNITS, 0, &layer->n_out, error);
    if (status)
        return status;
    layer->n_channels = layer->n_out;
    const double init = 1 / sqrt(layer->n_in);
    genre_layer_add_tensor(layer, "weight", 2, layer->n_out, layer->n_in, init)->in_products = true;
    genre_layer_add_tensor(layer, "bias", 1, layer->n_out, 1, init);
    return GENRE_SUCCESS;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const int n_rows = run->n_steps * run->n_streams, n_out = layer->n_out;
    const GenreReal *bias = genre_layer_tensor(layer, BIAS);
    for (int r = 0; r < n_rows; r++)
        memcpy(y + (size_t)r * n_out, bias, (size_t)n_out * sizeof *y);
    genre_layer_add_product(layer, run->math, WEIGHT, n_rows, x, y);
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y, (void)cache;
    const int n_rows = run->n_steps * run->n_streams, n_out = layer->n_out, n_in = layer->n_in;
    GenreReal *dbias = gradient + layer->tensors[BIAS].offset;
    for (int r = 0; r < n_rows; r++)
        for (int i = 0; i < n_out; i++)
            dbias[i] += dy[(size_t)r * n_out + i];
    run->math->add_tn(n_out, n_in, n_rows, dy, x, gradient + layer->tensors[WEIGHT].offset);
    if (!dx)
        return;
    memset(dx, 0, (size_t)n_rows * n_in * sizeof *dx);
    run->math->add_nn(n_rows, n_in, n_out, dy, genre_layer_tensor(layer, WEIGHT), dx);
}

const GenreLayerKind genre_layer_dense = {
    .name = "dense",
    .options = "units ",
    .wide = true,
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
