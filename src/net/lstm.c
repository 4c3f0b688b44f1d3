/* Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates after Gers et al.
 * 2000), gates in PyTorch's order and layout:
 *
 *   i, f, o = sigmoid(W x + U h' + b)      g = tanh(W x + U h' + b)
 *   c = f c' + i g                         h = o tanh(c)
 *
 * where ' marks the step before. State (h, c); cache per step (i, f, g, o, c, tanh c).
 */
#include "net/kinds.h"

#include <math.h>
#include <string.h>

enum { WEIGHT_IH, WEIGHT_HH, BIAS };

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    int n;
    const GenreStatus status =
        genre_option_int(options, "units", 1, GENRE_MAX_UNITS / 4, 0, &n, error);
    if (status)
        return status;
    layer->n_out = layer->n_channels = n;
    layer->n_state = 2 * n;
    layer->n_cache = 6 * n;
    const double init = 1 / sqrt(n);
    genre_layer_add_tensor(layer, "weight_ih", 2, 4 * n, layer->n_in, init)->in_products = true;
    genre_layer_add_tensor(layer, "weight_hh", 2, 4 * n, n, init)->in_products = true;
    genre_layer_add_tensor(layer, "bias", 1, 4 * n, 1, init);
    return GENRE_SUCCESS;
}

/* The cache is kept as three arrays over all steps rather than one record per step, so that the
 * gates of all steps form one matrix. */
typedef struct {
    GenreReal *gates; /* (T, B, 4 n) */
    GenreReal *c;     /* (T, B, n) */
    GenreReal *tanh_c;
} Cache;

static Cache split(const GenreRun *run, int n, GenreReal *cache) {
    const size_t rows = (size_t)run->n_steps * run->n_streams;
    return (Cache){cache, cache + rows * 4 * n, cache + rows * 5 * n};
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    const int n = layer->n_out, n_streams = run->n_streams, n_rows = run->n_steps * n_streams;
    const Cache all = split(run, n, cache);
    const GenreReal *bias = genre_layer_tensor(layer, BIAS);
    for (int r = 0; r < n_rows; r++)
        memcpy(all.gates + (size_t)r * 4 * n, bias, 4 * (size_t)n * sizeof *bias);
    /* What comes from the input is one product over all steps; only U h' must wait its turn. */
    genre_layer_add_product(layer, run->math, WEIGHT_IH, n_rows, x, all.gates);
    /* The state is (B, h | c); products want h dense, so the step before is read from y. */
    for (int t = 0; t < run->n_steps; t++) {
        GenreReal *const gates_t = all.gates + (size_t)t * n_streams * 4 * n;
        GenreReal *const y_t = y + (size_t)t * n_streams * n;
        if (t == 0)
            for (int b = 0; b < n_streams; b++)
                genre_layer_add_product(layer, run->math, WEIGHT_HH, 1, state + (size_t)b * 2 * n,
                                        gates_t + b * 4 * n);
        else
            genre_layer_add_product(layer, run->math, WEIGHT_HH, n_streams,
                                    y_t - (size_t)n_streams * n, gates_t);
        for (int b = 0; b < n_streams; b++) {
            const size_t row = (size_t)t * n_streams + b;
            run->math->lstm_cells(n, all.gates + row * 4 * n, state + (size_t)b * 2 * n + n,
                                  all.c + row * n, all.tanh_c + row * n, y + row * n);
        }
    }
    for (int b = 0; b < n_streams; b++)
        memcpy(state + (size_t)b * 2 * n, y + ((size_t)n_rows - n_streams + b) * n,
               (size_t)n * sizeof *y);
}

/* Turns the gates of step t in the cache into the gradient of what went into them, given dh of
 * that step; dc (n) comes from the step after and leaves for the step before. */
static void backward_cell(int n, const GenreReal *restrict dh, const GenreReal *restrict c_before,
                          const GenreReal *restrict tanh_c, GenreReal *restrict gate,
                          GenreReal *restrict dc) {
    for (int i = 0; i < n; i++) {
        const GenreReal in = gate[i], forget = gate[n + i], g = gate[2 * n + i],
                        out = gate[3 * n + i];
        const GenreReal before = c_before ? c_before[i] : 0;
        const GenreReal d = dc[i] + dh[i] * out * (1 - tanh_c[i] * tanh_c[i]);
        gate[i] = d * g * in * (1 - in);
        gate[n + i] = d * before * forget * (1 - forget);
        gate[2 * n + i] = d * in * (1 - g * g);
        gate[3 * n + i] = dh[i] * tanh_c[i] * out * (1 - out);
        dc[i] = d * forget;
    }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    const int n = layer->n_out, n_streams = run->n_streams, n_rows = run->n_steps * n_streams;
    const size_t step = (size_t)n_streams * n; /* values of one step */
    const Cache all = split(run, n, cache);
    /* tanh c of a step is not needed after that step, nor is the last step's c: the gradients that
     * travel back in time live in their places. */
    GenreReal *const dc = all.c + (size_t)(run->n_steps - 1) * step;
    memset(dc, 0, step * sizeof *dc);
    for (int t = run->n_steps - 1; t >= 0; t--) {
        GenreReal *const gates_t = all.gates + 4 * step * (size_t)t;
        GenreReal *const tanh_c = all.tanh_c + step * (size_t)t;
        const GenreReal *const dy_t = dy + step * (size_t)t;
        /* From the step after, whose tanh c place holds it. */
        const GenreReal *const dh_after = t + 1 < run->n_steps ? tanh_c + step : NULL;
        for (int b = 0; b < n_streams; b++) {
            GenreReal dh[n];
            for (int i = 0; i < n; i++)
                dh[i] = dy_t[b * n + i] + (dh_after ? dh_after[b * n + i] : 0);
            backward_cell(n, dh, t > 0 ? all.c + step * (size_t)(t - 1) + (size_t)b * n : NULL,
                          tanh_c + b * n, gates_t + b * 4 * n, dc + b * n);
        }
        memset(tanh_c, 0, step * sizeof *tanh_c);
        if (t > 0)
            run->math->add_nn(n_streams, n, 4 * n, gates_t, genre_layer_tensor(layer, WEIGHT_HH),
                              tanh_c);
    }
    GenreReal *const dbias = gradient + layer->tensors[BIAS].offset;
    for (int r = 0; r < n_rows; r++)
        for (int i = 0; i < 4 * n; i++)
            dbias[i] += all.gates[(size_t)r * 4 * n + i];
    run->math->add_tn(4 * n, layer->n_in, n_rows, all.gates, x,
                      gradient + layer->tensors[WEIGHT_IH].offset);
    run->math->add_tn(4 * n, n, n_rows - n_streams, all.gates + 4 * step, y,
                      gradient + layer->tensors[WEIGHT_HH].offset);
    if (!dx)
        return;
    memset(dx, 0, (size_t)n_rows * layer->n_in * sizeof *dx);
    run->math->add_nn(n_rows, layer->n_in, 4 * n, all.gates, genre_layer_tensor(layer, WEIGHT_IH),
                      dx);
}

const GenreLayerKind genre_layer_lstm = {
    .name = "lstm",
    .options = "units ",
    .looks_at_y = true,
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
