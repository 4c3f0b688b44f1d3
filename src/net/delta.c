/* Each dimension's slope over the last 2 "reach" + 1 steps, by linear regression (Furui 1986),
 * causally: the slope lags "reach" steps behind.
 *
 *   y_t = sum_k k (x_(t-r+k) - x_(t-r-k)) / (2 sum_k k^2),   k = 1 ... r
 *
 * Before the first step the input is taken to have been what the first step is.
 * State: the last 2 r inputs, oldest first, then how many there have been (only 0 matters).
 */
#include "net/kinds.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    int reach;
} Delta;

static int past_steps(const GenreLayer *layer) {
    return 2 * ((const Delta *)layer->data)->reach;
}

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    Delta *delta = calloc(1, sizeof *delta);
    layer->data = delta;
    if (!delta)
        return GENRE_ERR_NO_MEMORY;
    const GenreStatus status = genre_option_int(options, "reach", 1, 16, 2, &delta->reach, error);
    layer->n_out = layer->n_in;
    layer->n_state = past_steps(layer) * layer->n_in + 1;
    return status;
}

/* Weight of the input `age` steps ago in the slope. */
static GenreReal weight(int reach, int age) {
    GenreReal squares = 0;
    for (int k = 1; k <= reach; k++)
        squares += (GenreReal)(2 * k * k);
    return (GenreReal)(reach - age) / squares;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)cache;
    const int n = layer->n_in, n_past = past_steps(layer), reach = n_past / 2;
    for (int t = 0; t < run->n_steps; t++)
        for (int b = 0; b < run->n_streams; b++) {
            const size_t row = (size_t)t * run->n_streams + b;
            const GenreReal *now = x + row * n;
            GenreReal *slope = y + row * n;
            GenreReal *past = state + (size_t)b * layer->n_state, *seen = past + n_past * n;
            if (*seen == 0)
                for (int p = 0; p < n_past; p++)
                    memcpy(past + p * n, now, (size_t)n * sizeof *now);
            *seen = 1;
            memset(slope, 0, (size_t)n * sizeof *slope);
            for (int age = 0; age <= n_past; age++) {
                const GenreReal *then = age == 0 ? now : past + (n_past - age) * n;
                const GenreReal w = weight(reach, age);
                for (int i = 0; i < n; i++)
                    slope[i] += w * then[i];
            }
            memmove(past, past + n, (size_t)(n_past - 1) * n * sizeof *past);
            memcpy(past + (n_past - 1) * n, now, (size_t)n * sizeof *now);
        }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)y, (void)gradient, (void)cache;
    const int n = layer->n_in, n_past = past_steps(layer), reach = n_past / 2;
    if (dx)
        memset(dx, 0, (size_t)run->n_steps * run->n_streams * n * sizeof *dx);
    for (int t = 0; dx && t < run->n_steps; t++)
        for (int b = 0; b < run->n_streams; b++) {
            const GenreReal *dout = dy + ((size_t)t * run->n_streams + b) * n;
            for (int age = 0; age <= n_past; age++) {
                const int then = t > age ? t - age : 0;
                GenreReal *din = dx + ((size_t)then * run->n_streams + b) * n;
                const GenreReal w = weight(reach, age);
                for (int i = 0; i < n; i++)
                    din[i] += w * dout[i];
            }
        }
}

const GenreLayerKind genre_layer_delta = {
    .name = "delta",
    .options = "reach ",
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
