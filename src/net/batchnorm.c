/* Batch normalisation per channel (Ioffe and Szegedy 2015), as PyTorch's nn.BatchNorm1d and 2d:
 *
 *   y = weight (x - m) / sqrt(v + epsilon) + bias
 *
 * In training m and v are the moments of the channel over all steps, streams and bands of the run,
 * and `track` moves the running ones towards them; outside of it those are used, which makes the
 * layer a fixed scale and shift. A training run is one shard of a batch, so that shards stay
 * independent of each other: "ghost" batches (Hoffer et al. 2017).
 *
 * Cache, at its start: m, 1 / sqrt(v + epsilon) and the unbiased v, (3, channels).
 */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VAR };

static const double epsilon = 1e-5;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    const int n = layer->n_channels_in;
    double *momentum = calloc(1, sizeof *momentum);
    layer->data = momentum;
    if (!momentum)
        return GENRE_ERR_NO_MEMORY;
    layer->n_out = layer->n_in;
    layer->n_cache = 3 * n;
    GenreTensor *weight = genre_layer_add_tensor(layer, "weight", 1, n, 1, 1);
    weight->init_low = 1;
    genre_layer_add_tensor(layer, "bias", 1, n, 1, 0);
    genre_layer_add_tensor(layer, "running_mean", 1, n, 1, 0)->fitted = true;
    GenreTensor *variance = genre_layer_add_tensor(layer, "running_var", 1, n, 1, 1);
    variance->init_low = 1;
    variance->fitted = true;
    return genre_option_real(options, "momentum", 0.001, 1, 0.1, momentum, error);
}

/* Runs the body for each value of channel c: r its row, i its place in the row. */
#define EACH_IN_CHANNEL(layer, n_rows, bands, c)                                                   \
    for (size_t r = 0; r < (n_rows); r++)                                                          \
        for (int i = (c) * (bands); i < ((c) + 1) * (bands); i++)

/* Sums over n values, in lanes, of which compilers make vectors; a row is short enough for sums in
 * floats, all rows are not. */
enum { LANES = 8 };

static GenreReal sum(const GenreReal *x, int n) {
    GenreReal lanes[LANES] = {0}, total = 0;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++)
            lanes[k] += x[i + k];
    for (; i < n; i++)
        total += x[i];
    for (int k = 0; k < LANES; k++)
        total += lanes[k];
    return total;
}

/* Of (a[i] - from_a) (b[i] - from_b). */
static GenreReal sum_products(const GenreReal *a, GenreReal from_a, const GenreReal *b,
                              GenreReal from_b, int n) {
    GenreReal lanes[LANES] = {0}, total = 0;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++)
            lanes[k] += (a[i + k] - from_a) * (b[i + k] - from_b);
    for (; i < n; i++)
        total += (a[i] - from_a) * (b[i] - from_b);
    for (int k = 0; k < LANES; k++)
        total += lanes[k];
    return total;
}

static void measure(const GenreLayer *layer, size_t n_rows, int c, const GenreReal *x,
                    GenreReal *cache) {
    const int n_channels = layer->n_channels, bands = layer->n_in / n_channels;
    const double n = (double)n_rows * bands;
    double total = 0, square = 0;
    x += (size_t)c * bands;
    for (size_t r = 0; r < n_rows; r++)
        total += sum(x + r * layer->n_in, bands);
    const GenreReal mean = (GenreReal)(total / n);
    for (size_t r = 0; r < n_rows; r++)
        square += sum_products(x + r * layer->n_in, mean, x + r * layer->n_in, mean, bands);
    cache[c] = mean;
    cache[n_channels + c] = (GenreReal)(1 / sqrt(square / n + epsilon));
    cache[2 * n_channels + c] = (GenreReal)(n > 1 ? square / (n - 1) : 1);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state;
    const int n_channels = layer->n_channels, bands = layer->n_in / n_channels;
    const size_t n_rows = (size_t)run->n_steps * run->n_streams;
    const GenreReal *weight = genre_layer_tensor(layer, WEIGHT);
    const GenreReal *bias = genre_layer_tensor(layer, BIAS);
    const GenreReal *running_mean = genre_layer_tensor(layer, RUNNING_MEAN);
    const GenreReal *running_var = genre_layer_tensor(layer, RUNNING_VAR);
    for (int c = 0; c < n_channels; c++) {
        if (run->rng) {
            measure(layer, n_rows, c, x, cache);
        } else {
            cache[c] = running_mean[c];
            cache[n_channels + c] = (GenreReal)(1 / sqrt(fmax(running_var[c], 0) + epsilon));
        }
        const GenreReal scale = weight[c] * cache[n_channels + c];
        const GenreReal shift = bias[c] - cache[c] * scale;
        EACH_IN_CHANNEL(layer, n_rows, bands, c)
        y[r * layer->n_in + i] = x[r * layer->n_in + i] * scale + shift;
    }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y;
    const int n_channels = layer->n_channels, bands = layer->n_in / n_channels;
    const size_t n_rows = (size_t)run->n_steps * run->n_streams;
    const GenreReal *weight = genre_layer_tensor(layer, WEIGHT);
    for (int c = 0; c < n_channels; c++) {
        const GenreReal mean = cache[c], inverse = cache[n_channels + c];
        const size_t first = (size_t)c * bands;
        double total = 0, product = 0; /* of dy, and of dy with the normalised x */
        for (size_t r = 0; r < n_rows; r++) {
            const size_t at = r * layer->n_in + first;
            total += sum(dy + at, bands);
            product += sum_products(dy + at, 0, x + at, mean, bands);
        }
        product *= inverse;
        gradient[layer->tensors[WEIGHT].offset + (size_t)c] += (GenreReal)product;
        gradient[layer->tensors[BIAS].offset + (size_t)c] += (GenreReal)total;
        if (!dx)
            continue;
        /* In training m and v depend on x, too. */
        const double share = run->rng ? 1 / ((double)n_rows * bands) : 0;
        const GenreReal scale = weight[c] * inverse;
        const GenreReal offset = (GenreReal)(scale * share * total);
        const GenreReal slope = (GenreReal)(scale * share * product * inverse);
        EACH_IN_CHANNEL(layer, n_rows, bands, c) {
            const size_t at = r * layer->n_in + i;
            dx[at] += scale * dy[at] - offset - slope * (x[at] - mean);
        }
    }
}

static void track(const GenreLayer *layer, const GenreReal *cache, GenreReal *weights) {
    const GenreReal momentum = (GenreReal) * (const double *)layer->data;
    GenreReal *mean = weights + layer->tensors[RUNNING_MEAN].offset;
    GenreReal *variance = weights + layer->tensors[RUNNING_VAR].offset;
    for (int c = 0; c < layer->n_channels; c++) {
        mean[c] += momentum * (cache[c] - mean[c]);
        variance[c] += momentum * (cache[2 * layer->n_channels + c] - variance[c]);
    }
}

const GenreLayerKind genre_layer_batchnorm = {
    .name = "batchnorm",
    .options = "momentum ",
    .wide = true,
    .configure = configure,
    .forward = forward,
    .backward = backward,
    .track = track,
};
