/* maxpool and avgpool: the largest value, or the mean, of each rectangle of kernel_time steps x
 * kernel_bands bands, channel by channel. Steps and bands left over at the end are left out. */
#include "net/sliding.h"

#include <stdlib.h>
#include <string.h>

#include "net/kinds.h"

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    GenreSliding *sliding = calloc(1, sizeof *sliding);
    layer->data = sliding;
    if (!sliding)
        return GENRE_ERR_NO_MEMORY;
    const GenreStatus status =
        genre_sliding_configure(sliding, layer, options, GENRE_PAD_VALID, 0, error);
    if (!status)
        layer->n_out = layer->n_channels * sliding->bands_out;
    return status;
}

static int n_steps_out(const GenreLayer *layer, int n_steps) {
    return genre_sliding_n_steps_out(layer->data, n_steps);
}

/* Where in x (T, B, n_in) the rectangle of output value (o, b, c, k) begins. */
static size_t corner(const GenreLayer *layer, const GenreRun *run, int o, int b, int c, int k) {
    const GenreSliding *s = layer->data;
    return ((size_t)o * s->stride_time * run->n_streams + b) * layer->n_in + c * s->bands_in +
           k * s->stride_bands;
}

/* Offset from there of the largest value, the first of equal ones. */
static size_t largest(const GenreLayer *layer, const GenreRun *run, const GenreReal *x) {
    const GenreSliding *s = layer->data;
    size_t best = 0;
    for (int j = 0; j < s->kernel_time; j++)
        for (int i = 0; i < s->kernel_bands; i++) {
            const size_t at = (size_t)j * run->n_streams * layer->n_in + i;
            best = x[at] > x[best] ? at : best;
        }
    return best;
}

/* Runs the body for each output value, in the order of y. */
#define EACH_VALUE(layer, run, s)                                                                  \
    for (int o = 0, n_o = n_steps_out(layer, (run)->n_steps); o < n_o; o++)                        \
        for (int b = 0; b < (run)->n_streams; b++)                                                 \
            for (int c = 0; c < (layer)->n_channels; c++)                                          \
                for (int k = 0; k < (s)->bands_out; k++)

static inline GenreReal larger(GenreReal a, GenreReal b) {
    return b > a ? b : a;
}

static inline GenreReal sum(GenreReal a, GenreReal b) {
    return a + b;
}

/* The n bands of a channel, y, from those of x that are `stride` apart: value by value of the
 * rectangle, for all bands at once. Inlined where `merge` and, mostly, `stride` are known. */
static inline __attribute__((always_inline)) void
pool_bands(const GenreSliding *s, size_t step, int n, int stride,
           GenreReal (*merge)(GenreReal, GenreReal), const GenreReal *restrict x,
           GenreReal *restrict y) {
    for (int k = 0; k < n; k++)
        y[k] = x[k * stride];
    for (int j = 0; j < s->kernel_time; j++)
        for (int i = j ? 0 : 1; i < s->kernel_bands; i++) {
            const GenreReal *from = x + (size_t)j * step + i;
            for (int k = 0; k < n; k++)
                y[k] = merge(y[k], from[k * stride]);
        }
}

/* Any pool: y (T out, B, n_out) from x (T, B, n_in). */
static inline __attribute__((always_inline)) void pool(const GenreLayer *layer, const GenreRun *run,
                                                       GenreReal (*merge)(GenreReal, GenreReal),
                                                       const GenreReal *x, GenreReal *y) {
    const GenreSliding *s = layer->data;
    const size_t step = (size_t)run->n_streams * layer->n_in;
    const int n_steps = n_steps_out(layer, run->n_steps);
    if (s->bands_out == s->bands_in) { /* all channels are as one */
        for (int r = 0; r < n_steps * run->n_streams; r++, y += layer->n_out)
            pool_bands(s, step, layer->n_out, 1, merge,
                       x + corner(layer, run, r / run->n_streams, r % run->n_streams, 0, 0), y);
        return;
    }
    for (int o = 0; o < n_steps; o++)
        for (int b = 0; b < run->n_streams; b++)
            for (int c = 0; c < layer->n_channels; c++, y += s->bands_out) {
                const GenreReal *from = x + corner(layer, run, o, b, c, 0);
                if (s->stride_bands == 2)
                    pool_bands(s, step, s->bands_out, 2, merge, from, y);
                else
                    pool_bands(s, step, s->bands_out, s->stride_bands, merge, from, y);
            }
}

static void max_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                        GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    pool(layer, run, larger, x, y);
}

static void max_backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                         const GenreReal *y, const GenreReal *dy, GenreReal *dx,
                         GenreReal *gradient, GenreReal *cache) {
    (void)y, (void)gradient, (void)cache;
    const GenreSliding *s = layer->data;
    if (!dx)
        return;
    memset(dx, 0, (size_t)run->n_steps * run->n_streams * layer->n_in * sizeof *dx);
    EACH_VALUE(layer, run, s) {
        const size_t at = corner(layer, run, o, b, c, k);
        dx[at + largest(layer, run, x + at)] += *dy++;
    }
}

const GenreLayerKind genre_layer_maxpool = {
    .name = "maxpool",
    .options = GENRE_SLIDING_OPTIONS,
    .wide = true,
    .configure = configure,
    .n_steps_out = n_steps_out,
    .forward = max_forward,
    .backward = max_backward,
};

static void avg_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                        GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const GenreSliding *s = layer->data;
    const GenreReal scale = (GenreReal)1 / (GenreReal)(s->kernel_time * s->kernel_bands);
    const size_t n = (size_t)n_steps_out(layer, run->n_steps) * run->n_streams * layer->n_out;
    pool(layer, run, sum, x, y);
    for (size_t i = 0; i < n; i++)
        y[i] *= scale;
}

static void avg_backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                         const GenreReal *y, const GenreReal *dy, GenreReal *dx,
                         GenreReal *gradient, GenreReal *cache) {
    (void)x, (void)y, (void)gradient, (void)cache;
    const GenreSliding *s = layer->data;
    const GenreReal scale = (GenreReal)1 / (GenreReal)(s->kernel_time * s->kernel_bands);
    if (!dx)
        return;
    memset(dx, 0, (size_t)run->n_steps * run->n_streams * layer->n_in * sizeof *dx);
    EACH_VALUE(layer, run, s) {
        GenreReal *to = dx + corner(layer, run, o, b, c, k);
        for (int j = 0; j < s->kernel_time; j++)
            for (int i = 0; i < s->kernel_bands; i++)
                to[(size_t)j * run->n_streams * layer->n_in + i] += scale * *dy;
        dy++;
    }
}

const GenreLayerKind genre_layer_avgpool = {
    .name = "avgpool",
    .options = GENRE_SLIDING_OPTIONS,
    .wide = true,
    .configure = configure,
    .n_steps_out = n_steps_out,
    .forward = avg_forward,
    .backward = avg_backward,
};
