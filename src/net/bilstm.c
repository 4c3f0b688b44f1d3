/* Bidirectional LSTM (Graves and Schmidhuber 2005): one LSTM over the window from its start, one
 * from its end, outputs side by side, h forward | h backward. Each is lstm.c itself, lent three of
 * the tensors. */
#include "net/kinds.h"

#include <math.h>
#include <string.h>

enum { N_TENSORS = 3 }; /* per direction */

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    static const char *const names[2][N_TENSORS] = {
        {"weight_ih", "weight_hh", "bias"},
        {"weight_ih_reverse", "weight_hh_reverse", "bias_reverse"}};
    int n;
    const GenreStatus status =
        genre_option_int(options, "units", 1, GENRE_MAX_UNITS / 4, 0, &n, error);
    if (status)
        return status;
    layer->n_out = layer->n_channels = 2 * n;
    layer->window = true;
    layer->n_state = 2 * 2 * n;
    layer->n_cache = 2 * 6 * n + 3 * n + 2 * layer->n_in; /* see Parts */
    const double init = 1 / sqrt(n);
    for (int d = 0; d < 2; d++) {
        genre_layer_add_tensor(layer, names[d][0], 2, 4 * n, layer->n_in, init)->in_products = true;
        genre_layer_add_tensor(layer, names[d][1], 2, 4 * n, n, init)->in_products = true;
        genre_layer_add_tensor(layer, names[d][2], 1, 4 * n, 1, init);
    }
    return GENRE_SUCCESS;
}

/* One direction as the layer that lstm.c takes it for. */
static GenreLayer lend(const GenreLayer *layer, int direction) {
    const int n = layer->n_out / 2;
    GenreLayer lstm = {.kind = &genre_layer_lstm,
                       .n_in = layer->n_in,
                       .n_out = n,
                       .n_state = 2 * n,
                       .n_cache = 6 * n,
                       .n_tensors = N_TENSORS,
                       .weights = layer->weights};
    memcpy(lstm.tensors, layer->tensors + (size_t)direction * N_TENSORS,
           N_TENSORS * sizeof *lstm.tensors);
    return lstm;
}

/* The cache, cut up. */
typedef struct {
    GenreReal *lstm[2]; /* (T, B, 6 n) each */
    GenreReal *y[2];    /* (T, B, n), the second backward in time */
    GenreReal *dy;      /* (T, B, n) */
    GenreReal *x, *dx;  /* (T, B, n_in), backward in time */
} Parts;

static Parts cut(const GenreLayer *layer, const GenreRun *run, GenreReal *cache) {
    const size_t rows = (size_t)run->n_steps * run->n_streams, n = (size_t)layer->n_out / 2;
    Parts parts = {.lstm = {cache, cache + 6 * n * rows}};
    parts.y[0] = cache + 12 * n * rows;
    parts.y[1] = parts.y[0] + n * rows;
    parts.dy = parts.y[1] + n * rows;
    parts.x = parts.dy + n * rows;
    parts.dx = parts.x + rows * layer->n_in;
    return parts;
}

/* Step t of a direction in time. */
static int place(const GenreRun *run, int direction, int t) {
    return direction ? run->n_steps - 1 - t : t;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    const Parts parts = cut(layer, run, cache);
    const size_t n = (size_t)layer->n_out / 2, n_streams = (size_t)run->n_streams;
    const size_t step = n_streams * layer->n_in;
    for (int t = 0; t < run->n_steps; t++)
        memcpy(parts.x + (size_t)t * step, x + (size_t)place(run, 1, t) * step, step * sizeof *x);
    /* A window is all that there is: nothing is carried over from the one before. */
    memset(state, 0, n_streams * layer->n_state * sizeof *state);
    for (int d = 0; d < 2; d++) {
        const GenreLayer lstm = lend(layer, d);
        lstm.kind->forward(&lstm, run, d ? parts.x : x, parts.y[d],
                           state + (size_t)d * n_streams * lstm.n_state, parts.lstm[d]);
        for (int t = 0; t < run->n_steps; t++)
            for (size_t b = 0; b < n_streams; b++)
                memcpy(y + ((size_t)place(run, d, t) * n_streams + b) * 2 * n + d * n,
                       parts.y[d] + ((size_t)t * n_streams + b) * n, n * sizeof *y);
    }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y;
    const Parts parts = cut(layer, run, cache);
    const size_t n = (size_t)layer->n_out / 2, n_streams = (size_t)run->n_streams;
    const size_t step = n_streams * layer->n_in;
    for (int d = 0; d < 2; d++) {
        const GenreLayer lstm = lend(layer, d);
        for (int t = 0; t < run->n_steps; t++)
            for (size_t b = 0; b < n_streams; b++)
                memcpy(parts.dy + ((size_t)t * n_streams + b) * n,
                       dy + ((size_t)place(run, d, t) * n_streams + b) * 2 * n + d * n,
                       n * sizeof *dy);
        lstm.kind->backward(&lstm, run, d ? parts.x : x, parts.y[d], parts.dy,
                            dx && d ? parts.dx : dx, gradient, parts.lstm[d]);
    }
    for (int t = 0; dx && t < run->n_steps; t++)
        for (size_t i = 0; i < step; i++)
            dx[(size_t)place(run, 1, t) * step + i] += parts.dx[(size_t)t * step + i];
}

const GenreLayerKind genre_layer_bilstm = {
    .name = "bilstm",
    .options = "units ",
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
