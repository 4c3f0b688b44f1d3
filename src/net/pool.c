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

static GenreReal sum(const GenreLayer *layer, const GenreRun *run, const GenreReal *x) {
    const GenreSliding *s = layer->data;
    GenreReal total = 0;
    for (int j = 0; j < s->kernel_time; j++)
        for (int i = 0; i < s->kernel_bands; i++)
            total += x[(size_t)j * run->n_streams * layer->n_in + i];
    return total;
}

/* Runs the body for each output value, in the order of y. */
#define EACH_VALUE(layer, run, s)                                                                  \
    for (int o = 0, n_o = n_steps_out(layer, (run)->n_steps); o < n_o; o++)                        \
        for (int b = 0; b < (run)->n_streams; b++)                                                 \
            for (int c = 0; c < (layer)->n_channels; c++)                                          \
                for (int k = 0; k < (s)->bands_out; k++)

static void max_forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                        GenreReal *y, GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const GenreSliding *s = layer->data;
    EACH_VALUE(layer, run, s) {
        const GenreReal *from = x + corner(layer, run, o, b, c, k);
        *y++ = from[largest(layer, run, from)];
    }
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
    EACH_VALUE(layer, run, s)
    *y++ = scale * sum(layer, run, x + corner(layer, run, o, b, c, k));
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
