/* Dropout (Srivastava et al. 2014): in training each value is 0 with probability "rate", else
 * scaled up by 1 / (1 - rate), so that outside of training it is the identity. */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    double *rate = calloc(1, sizeof *rate);
    layer->data = rate;
    layer->n_out = layer->n_in;
    layer->n_cache = layer->n_in; /* the mask */
    return rate ? genre_option_real(options, "rate", 0, 0.95, NAN, rate, error)
                : GENRE_ERR_NO_MEMORY;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state;
    const double rate = *(const double *)layer->data;
    const size_t n = (size_t)run->n_steps * run->n_streams * layer->n_in;
    if (!run->rng) {
        if (y != x)
            memcpy(y, x, n * sizeof *y);
        return;
    }
    const uint32_t threshold = (uint32_t)(rate * 0x1p32);
    const GenreReal scale = (GenreReal)(1 / (1 - rate));
    for (size_t i = 0; i < n; i++) {
        cache[i] = genre_rng_u32(run->rng) < threshold ? 0 : scale;
        y[i] = x[i] * cache[i];
    }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)y, (void)gradient;
    const size_t n = dx ? (size_t)run->n_steps * run->n_streams * layer->n_in : 0;
    for (size_t i = 0; i < n; i++)
        dx[i] = run->rng ? dy[i] * cache[i] : dy[i];
}

const GenreLayerKind genre_layer_dropout = {
    .name = "dropout",
    .options = "rate ",
    .wide = true,
    .in_place = GENRE_ALL_IN_PLACE,
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
