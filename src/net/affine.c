/* Fixed scaling per dimension: y = (x - mean) * scale, fitted to the training data so that the
 * next layer's input has mean 0 and deviation 1. */
#include "net/kinds.h"

#include <math.h>

enum { MEAN, SCALE };

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    (void)options, (void)error;
    layer->n_out = layer->n_in;
    genre_layer_add_tensor(layer, "mean", 1, layer->n_in, 1, 0)->fitted = true;
    genre_layer_add_tensor(layer, "scale", 1, layer->n_in, 1, 1)->fitted = true;
    return GENRE_SUCCESS;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const GenreReal *mean = genre_layer_tensor(layer, MEAN);
    const GenreReal *scale = genre_layer_tensor(layer, SCALE);
    const int n_rows = run->n_steps * run->n_streams, n = layer->n_in;
    for (int r = 0; r < n_rows; r++)
        for (int i = 0; i < n; i++)
            y[(size_t)r * n + i] = (x[(size_t)r * n + i] - mean[i]) * scale[i];
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)y, (void)gradient, (void)cache;
    const GenreReal *scale = genre_layer_tensor(layer, SCALE);
    const int n_rows = dx ? run->n_steps * run->n_streams : 0, n = layer->n_in;
    for (int r = 0; r < n_rows; r++)
        for (int i = 0; i < n; i++)
            dx[(size_t)r * n + i] = dy[(size_t)r * n + i] * scale[i];
}

static void fit(const GenreLayer *layer, const GenreReal *x, size_t n_rows, GenreReal *weights) {
    for (int i = 0; i < layer->n_in; i++) {
        double sum = 0, square = 0;
        for (size_t r = 0; r < n_rows; r++)
            sum += x[r * layer->n_in + i];
        const double mean = n_rows ? sum / (double)n_rows : 0;
        for (size_t r = 0; r < n_rows; r++)
            square += (x[r * layer->n_in + i] - mean) * (x[r * layer->n_in + i] - mean);
        const double deviation = n_rows ? sqrt(square / (double)n_rows) : 1;
        weights[layer->tensors[MEAN].offset + i] = (GenreReal)mean;
        /* A dimension that never moves carries nothing; leave it small instead of blowing it up. */
        weights[layer->tensors[SCALE].offset + i] =
            (GenreReal)(deviation > 1e-4 ? 1 / deviation : 1);
    }
}

const GenreLayerKind genre_layer_affine = {
    .name = "affine",
    .options = "",
    .in_place = GENRE_DX_IN_PLACE,
    .configure = configure,
    .forward = forward,
    .backward = backward,
    .fit = fit,
};
