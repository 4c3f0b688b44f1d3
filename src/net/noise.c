/* Gaussian noise of a given "deviation" added in training; nothing outside of it. */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    double *deviation = calloc(1, sizeof *deviation);
    layer->data = deviation;
    layer->n_out = layer->n_in;
    return deviation ? genre_option_real(options, "deviation", 0, 1000, NAN, deviation, error)
                     : GENRE_ERR_NO_MEMORY;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const double deviation = *(const double *)layer->data;
    const size_t n = (size_t)run->n_steps * run->n_streams * layer->n_in;
    for (size_t i = 0; i < n; i++)
        y[i] = run->rng ? x[i] + (GenreReal)(deviation * genre_rng_normal(run->rng)) : x[i];
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)y, (void)gradient, (void)cache;
    if (dx && dx != dy)
        memcpy(dx, dy, (size_t)run->n_steps * run->n_streams * layer->n_in * sizeof *dx);
}

const GenreLayerKind genre_layer_noise = {
    .name = "noise",
    .options = "deviation ",
    .wide = true,
    .in_place = GENRE_ALL_IN_PLACE,
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
