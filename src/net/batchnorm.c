/* Batch normalisation per channel (Ioffe and Szegedy 2015), as PyTorch's nn.BatchNorm1d and 2d:
 *
 *   y = weight (x - m) / sqrt(v + epsilon) + bias
 *
 * In training m and v are the moments of the channel over all steps, streams and bands of the run,
 * and `track` moves the running ones towards them; outside of it those are used, which makes the
 * layer a fixed scale and shift. A training run is one shard of a batch, so that shards stay
 * independent of each other: "ghost" batches (Hoffer et al. 2017).
 *
 * Cache, at its start: m, 1 / sqrt(v + epsilon) and the unbiased v, (3, channels); where it is
 * packed and not in training, nothing.
 */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VAR };

static const double epsilon = 1e-5;

typedef struct {
    double momentum;
    bool packed;
    GenreReal rows[]; /* (2, n_in): then scale and shift of each value, outside of training */
} BatchNorm;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    const int n = layer->n_channels_in;
    BatchNorm *norm = calloc(1, sizeof *norm + 2 * (size_t)layer->n_in * sizeof *norm->rows);
    layer->data = norm;
    if (!norm)
        return GENRE_ERR_NO_MEMORY;
    layer->n_out = layer->n_in;
    layer->n_cache = 3 * n;
    layer->n_work = 4 * layer->n_in;
    GenreTensor *weight = genre_layer_add_tensor(layer, "weight", 1, n, 1, 1);
    weight->init_low = 1;
    genre_layer_add_tensor(layer, "bias", 1, n, 1, 0);
    genre_layer_add_tensor(layer, "running_mean", 1, n, 1, 0)->fitted = true;
    GenreTensor *variance = genre_layer_add_tensor(layer, "running_var", 1, n, 1, 1);
    variance->init_low = 1;
    variance->fitted = true;
    return genre_option_real(options, "momentum", 0.001, 1, 0.1, &norm->momentum, error);
}

/* Channels may have few bands, and rows are many: what is done goes along the rows, all channels
 * at once, with what it takes of each channel repeated for its bands. */
static void repeat(int n_channels, int bands, const GenreReal *channel, GenreReal *row) {
    for (int c = 0; c < n_channels; c++)
        for (int k = 0; k < bands; k++)
            *row++ = channel[c];
}

static GenreReal sum(const GenreReal *x, int n) {
    GenreReal total = 0;
    for (int i = 0; i < n; i++)
        total += x[i];
    return total;
}

/* Some channels of all rows. */
typedef struct {
    size_t n_rows;
    int n_in;       /* from one row to the next */
    int first;      /* of a row's values */
    int n_channels; /* up to SOME */
    int bands;
} Part;

enum {
    SOME = 64,
    FEW_ROWS = 16 /* whose sums floats are good for; those of all rows are not */
};

/* Sums over each channel of u - u0 and (u - u0) (v - v0), where u0 and v0 are rows. */
static void add_up(const Part *part, const GenreReal *u, const GenreReal *u0, const GenreReal *v,
                   const GenreReal *v0, GenreReal *restrict some, GenreReal *restrict products,
                   double total[SOME], double product[SOME]) {
    const int n = part->n_channels * part->bands;
    for (int c = 0; c < part->n_channels; c++)
        total[c] = product[c] = 0;
    for (size_t r = 0; r < part->n_rows; r += FEW_ROWS) {
        const size_t end = r + FEW_ROWS < part->n_rows ? r + FEW_ROWS : part->n_rows;
        memset(some, 0, (size_t)n * sizeof *some);
        memset(products, 0, (size_t)n * sizeof *products);
        for (size_t k = r; k < end; k++) {
            const GenreReal *ur = u + k * part->n_in + part->first;
            const GenreReal *vr = v + k * part->n_in + part->first;
            for (int i = 0; i < n; i++) {
                some[i] += ur[i] - u0[i];
                products[i] += (ur[i] - u0[i]) * (vr[i] - v0[i]);
            }
        }
        for (int c = 0; c < part->n_channels; c++) {
            total[c] += sum(some + c * part->bands, part->bands);
            product[c] += sum(products + c * part->bands, part->bands);
        }
    }
}

static Part part_of(const GenreLayer *layer, const GenreRun *run, int c) {
    const int left = layer->n_channels - c, bands = layer->n_in / layer->n_channels;
    return (Part){.n_rows = (size_t)run->n_steps * run->n_streams,
                  .n_in = layer->n_in,
                  .first = c * bands,
                  .n_channels = left < SOME ? left : SOME,
                  .bands = bands};
}

/* The work space's rows. */
static GenreReal *work_row(const GenreLayer *layer, const GenreRun *run, int index) {
    return run->work + (size_t)index * layer->n_in;
}

/* Fills the cache. Numbers are taken from the mean of the first row, of which theirs will not be
 * far: their squares then do for the variance, in one go. */
static void measure(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                    GenreReal *cache) {
    GenreReal *const from = work_row(layer, run, 0);
    const int n_channels = layer->n_channels, bands = layer->n_in / n_channels;
    const double n = (double)run->n_steps * run->n_streams * bands;
    for (int c = 0; c < n_channels; c++)
        cache[c] = sum(x + (size_t)c * bands, bands) / (GenreReal)bands;
    repeat(n_channels, bands, cache, from);
    for (int first = 0; first < n_channels; first += SOME) {
        const Part part = part_of(layer, run, first);
        double total[SOME], square[SOME];
        add_up(&part, x, from + part.first, x, from + part.first, work_row(layer, run, 1),
               work_row(layer, run, 2), total, square);
        for (int k = 0; k < part.n_channels; k++) {
            const int c = first + k;
            const double off = total[k] / n, rest = fmax(square[k] - n * off * off, 0);
            cache[c] += (GenreReal)off;
            cache[n_channels + c] = (GenreReal)(1 / sqrt(rest / n + epsilon));
            cache[2 * n_channels + c] = (GenreReal)(n > 1 ? rest / (n - 1) : 1);
        }
    }
}

/* 1 / sqrt(v + epsilon) of a channel outside of training. */
static GenreReal running_inverse(const GenreLayer *layer, int c) {
    return (GenreReal)(1 / sqrt(fmax(genre_layer_tensor(layer, RUNNING_VAR)[c], 0) + epsilon));
}

/* Scale and shift of a channel. */
static void set_channel(const GenreLayer *layer, int c, GenreReal mean, GenreReal inverse,
                        GenreReal *scale, GenreReal *shift) {
    *scale = genre_layer_tensor(layer, WEIGHT)[c] * inverse;
    *shift = genre_layer_tensor(layer, BIAS)[c] - mean * *scale;
}

/* Of each channel, as it is outside of training. */
static void channels(const GenreLayer *layer, GenreReal *scale, GenreReal *shift) {
    for (int c = 0; c < layer->n_channels; c++)
        set_channel(layer, c, genre_layer_tensor(layer, RUNNING_MEAN)[c], running_inverse(layer, c),
                    scale + c, shift + c);
}

/* Of each value of a row of them (n_in). */
static void set_rows(const GenreLayer *layer, int c, GenreReal mean, GenreReal inverse,
                     GenreReal *scale, GenreReal *shift) {
    const int bands = layer->n_in / layer->n_channels;
    GenreReal its_scale, its_shift;
    set_channel(layer, c, mean, inverse, &its_scale, &its_shift);
    repeat(1, bands, &its_scale, scale + (size_t)c * bands);
    repeat(1, bands, &its_shift, shift + (size_t)c * bands);
}

static void pack(GenreLayer *layer, bool packed) {
    BatchNorm *norm = layer->data;
    norm->packed = packed;
    for (int c = 0; packed && c < layer->n_channels; c++)
        set_rows(layer, c, genre_layer_tensor(layer, RUNNING_MEAN)[c], running_inverse(layer, c),
                 norm->rows, norm->rows + layer->n_in);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state;
    const BatchNorm *norm = layer->data;
    const int n_channels = layer->n_channels;
    const size_t n_rows = (size_t)run->n_steps * run->n_streams;
    const GenreReal *scale = norm->rows, *shift = norm->rows + layer->n_in;
    if (!norm->packed || run->rng) {
        GenreReal *const rows = work_row(layer, run, 0);
        if (run->rng)
            measure(layer, run, x, cache);
        for (int c = 0; c < n_channels; c++) {
            if (!run->rng) {
                cache[c] = genre_layer_tensor(layer, RUNNING_MEAN)[c];
                cache[n_channels + c] = running_inverse(layer, c);
            }
            set_rows(layer, c, cache[c], cache[n_channels + c], rows, rows + layer->n_in);
        }
        scale = rows;
        shift = rows + layer->n_in;
    }
    for (size_t r = 0; r < n_rows; r++, x += layer->n_in, y += layer->n_in)
        for (int i = 0; i < layer->n_in; i++)
            y[i] = x[i] * scale[i] + shift[i];
}

/* dx = scale (dy - mean of dy - normalised x * mean of dy normalised x), as m and v depend on x
 * too; outside of training they do not. */
static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y;
    const int n_channels = layer->n_channels, bands = layer->n_in / n_channels;
    const size_t n_rows = (size_t)run->n_steps * run->n_streams;
    const double share = run->rng ? 1 / ((double)n_rows * bands) : 0;
    const GenreReal *weight = genre_layer_tensor(layer, WEIGHT);
    GenreReal *const mean = work_row(layer, run, 0), *const scale = work_row(layer, run, 1);
    GenreReal *const offset = work_row(layer, run, 2), *const slope = work_row(layer, run, 3);
    repeat(n_channels, bands, cache, mean);
    memset(scale, 0, (size_t)layer->n_in * sizeof *scale);
    for (int first = 0; first < n_channels; first += SOME) {
        const Part part = part_of(layer, run, first);
        double total[SOME], product[SOME];
        add_up(&part, dy, scale + part.first, x, mean + part.first, offset + part.first,
               slope + part.first, total, product);
        for (int k = 0; k < part.n_channels; k++) {
            const int c = first + k;
            const GenreReal inverse = cache[n_channels + c], its_scale = weight[c] * inverse;
            const double normal = product[k] * inverse;
            const GenreReal its_offset = (GenreReal)(its_scale * share * total[k]);
            const GenreReal its_slope = (GenreReal)(its_scale * share * normal * inverse);
            gradient[layer->tensors[WEIGHT].offset + (size_t)c] += (GenreReal)normal;
            gradient[layer->tensors[BIAS].offset + (size_t)c] += (GenreReal)total[k];
            repeat(1, bands, &its_scale, scale + (size_t)c * bands);
            repeat(1, bands, &its_offset, offset + (size_t)c * bands);
            repeat(1, bands, &its_slope, slope + (size_t)c * bands);
        }
    }
    if (!dx)
        return;
    for (size_t r = 0; r < n_rows; r++, x += layer->n_in, dy += layer->n_in, dx += layer->n_in)
        GENRE_INDEPENDENT /* dx may be dy */
            for (int i = 0; i < layer->n_in; i++) dx[i] =
                scale[i] * dy[i] - offset[i] - slope[i] * (x[i] - mean[i]);
}

static void track(const GenreLayer *layer, const GenreReal *cache, GenreReal *weights) {
    const GenreReal momentum = (GenreReal)((const BatchNorm *)layer->data)->momentum;
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
    .in_place = GENRE_DX_IN_PLACE,
    .configure = configure,
    .forward = forward,
    .backward = backward,
    .track = track,
    .pack = pack,
    .channels = channels,
};
