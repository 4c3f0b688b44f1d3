/* Rectifier: y = max(x, 0). */
#include "net/kinds.h"

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    (void)options, (void)error;
    layer->n_out = layer->n_in;
    return GENRE_SUCCESS;
}

static size_t n_values(const GenreLayer *layer, const GenreRun *run) {
    return (size_t)run->n_steps * run->n_streams * layer->n_out;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const size_t n = n_values(layer, run);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : 0;
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y, (void)gradient, (void)cache;
    const size_t n = dx ? n_values(layer, run) : 0;
    for (size_t i = 0; i < n; i++)
        dx[i] += x[i] > 0 ? dy[i] : 0;
}

const GenreLayerKind genre_layer_relu = {
    .name = "relu",
    .options = "",
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
