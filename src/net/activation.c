/* Functions of each value alone:
 *
 *   relu     max(x, 0)
 *   elu      x where x > 0, else alpha (exp(x) - 1)   (Clevert et al. 2016)
 *   sigmoid  1 / (1 + exp(-x))
 *   tanh     tanh x
 *
 * Derivatives are taken from y, which holds them without another exp.
 */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    (void)options, (void)error;
    layer->n_out = layer->n_in;
    return GENRE_SUCCESS;
}

static size_t n_values(const GenreLayer *layer, const GenreRun *run) {
    return (size_t)run->n_steps * run->n_streams * layer->n_out;
}

#define EACH_VALUE(n) GENRE_INDEPENDENT for (size_t i = 0; i < (n); i++)

static void relu_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                         GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const size_t n = n_values(layer, run);
    EACH_VALUE(n)
    y[i] = x[i] > 0 ? x[i] : 0;
}

static void relu_backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                          const GenreReal *y, const GenreReal *dy, GenreReal *dx,
                          GenreReal *gradient, GenreReal *cache) {
    (void)x, (void)gradient, (void)cache;
    const size_t n = dx ? n_values(layer, run) : 0;
    EACH_VALUE(n) {
        const GenreReal d = dy[i]; /* in any case: a branch that is taken at random is dear */
        dx[i] = y[i] > 0 ? d : 0;
    }
}

const GenreLayerKind genre_layer_relu = {
    .name = "relu",
    .options = "",
    .wide = true,
    .looks_at_y = true,
    .in_place = GENRE_ALL_IN_PLACE,
    .configure = configure,
    .forward = relu_forward,
    .backward = relu_backward,
};

static GenreStatus elu_configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    double *alpha = calloc(1, sizeof *alpha);
    layer->data = alpha;
    layer->n_out = layer->n_in;
    return alpha ? genre_option_real(options, "alpha", 0.01, 100, 1, alpha, error)
                 : GENRE_ERR_NO_MEMORY;
}

static void elu_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                        GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const GenreReal alpha = (GenreReal) * (const double *)layer->data;
    const size_t n = n_values(layer, run);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : alpha * (GenreReal)expm1(x[i]);
}

static void elu_backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                         const GenreReal *y, const GenreReal *dy, GenreReal *dx,
                         GenreReal *gradient, GenreReal *cache) {
    (void)x, (void)gradient, (void)cache;
    const GenreReal alpha = (GenreReal) * (const double *)layer->data;
    const size_t n = dx ? n_values(layer, run) : 0;
    EACH_VALUE(n)
    dx[i] = dy[i] * (y[i] > 0 ? 1 : y[i] + alpha);
}

const GenreLayerKind genre_layer_elu = {
    .name = "elu",
    .options = "alpha ",
    .wide = true,
    .looks_at_y = true,
    .in_place = GENRE_ALL_IN_PLACE,
    .configure = elu_configure,
    .forward = elu_forward,
    .backward = elu_backward,
};

static void sigmoid_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                            GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const int n_rows = run->n_steps * run->n_streams, n = layer->n_out;
    if (y != x)
        memcpy(y, x, n_values(layer, run) * sizeof *y);
    for (int r = 0; r < n_rows; r++)
        run->math->sigmoid(y + (size_t)r * n, n);
}

static void sigmoid_backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                             const GenreReal *y, const GenreReal *dy, GenreReal *dx,
                             GenreReal *gradient, GenreReal *cache) {
    (void)x, (void)gradient, (void)cache;
    const size_t n = dx ? n_values(layer, run) : 0;
    EACH_VALUE(n)
    dx[i] = dy[i] * y[i] * (1 - y[i]);
}

const GenreLayerKind genre_layer_sigmoid = {
    .name = "sigmoid",
    .options = "",
    .wide = true,
    .looks_at_y = true,
    .in_place = GENRE_ALL_IN_PLACE,
    .configure = configure,
    .forward = sigmoid_forward,
    .backward = sigmoid_backward,
};

static void tanh_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                         GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const int n_rows = run->n_steps * run->n_streams, n = layer->n_out;
    if (y != x)
        memcpy(y, x, n_values(layer, run) * sizeof *y);
    for (int r = 0; r < n_rows; r++)
        run->math->tanh(y + (size_t)r * n, n);
}

static void tanh_backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                          const GenreReal *y, const GenreReal *dy, GenreReal *dx,
                          GenreReal *gradient, GenreReal *cache) {
    (void)x, (void)gradient, (void)cache;
    const size_t n = dx ? n_values(layer, run) : 0;
    EACH_VALUE(n)
    dx[i] = dy[i] * (1 - y[i] * y[i]);
}

const GenreLayerKind genre_layer_tanh = {
    .name = "tanh",
    .options = "",
    .wide = true,
    .looks_at_y = true,
    .in_place = GENRE_ALL_IN_PLACE,
    .configure = configure,
    .forward = tanh_forward,
    .backward = tanh_backward,
};
