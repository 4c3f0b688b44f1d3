/* Convolution over time and bands (as networks mean it: no kernel is turned over):
 *
 *   y[o, f, k] = bias[f] + sum_(c, j, i) weight[f, c, j, i] x[o s_t + j - p_t, c, k s_b + i - p_b]
 *
 * with steps o, channels f and c, bands k; strides s and paddings p as sliding.h has them. The
 * weight's layout is that of PyTorch's nn.Conv2d with time as its height and bands as its width.
 *
 * The output of one step of one stream, a tile, is a matrix product: weight (channels, K) times
 * patches (K, bands), where column k of the patches is what the kernel sees there, K = channels in
 * * kernel_time * kernel_bands. Tiles are taken side by side, some hundred columns at a time, as
 * products of few columns are slow. State, with causal padding: the last kernel_time - 1 inputs,
 * oldest first.
 */
#include "net/sliding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/kinds.h"
#include "status.h"

enum {
    WEIGHT,
    BIAS,
    MAX_CHANNELS = 4096,
    MAX_PATCHES = 1 << 24, /* values of a product's */
    COLUMNS = 256 /* of a product: enough for BLAS, few enough that the patches stay in cache */
};

typedef struct {
    GenreSliding sliding;
    int n_patch; /* K */
    int n_tiles; /* that a product takes at most */
} Conv;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    static const char *const paddings[] = {"same", "valid", "causal", NULL};
    Conv *conv = calloc(1, sizeof *conv);
    GenreStatus status;
    int padding;
    layer->data = conv;
    if (!conv)
        return GENRE_ERR_NO_MEMORY;
    GenreSliding *s = &conv->sliding;
    if ((status = genre_option_int(options, "channels", 1, MAX_CHANNELS, 0, &layer->n_channels,
                                   error)) ||
        (status =
             genre_option_choice(options, "padding", paddings, GENRE_PAD_SAME, &padding, error)) ||
        (status = genre_sliding_configure(s, layer, options, (GenrePadding)padding, 1, error)))
        return status;
    const double n_patch = (double)layer->n_channels_in * s->kernel_time * s->kernel_bands;
    if ((double)layer->n_channels * s->bands_out > GENRE_MAX_ROW ||
        n_patch * s->bands_out > MAX_PATCHES || n_patch * layer->n_channels > MAX_PATCHES)
        return genre_fail(error, GENRE_ERR_FORMAT, "%d channels of %d bands are too many",
                          layer->n_channels, s->bands_out);
    conv->n_patch = (int)n_patch;
    layer->n_out = layer->n_channels * s->bands_out;
    const int n_good = COLUMNS / s->bands_out;
    const int n_room = MAX_PATCHES / (conv->n_patch * s->bands_out);
    conv->n_tiles = n_good < 1 ? 1 : n_good < n_room ? n_good : n_room;
    layer->n_work_step = (2 * conv->n_patch + layer->n_channels) * s->bands_out;
    layer->n_work_spare = conv->n_patch * s->bands_out;
    layer->n_work = layer->n_work_step * conv->n_tiles;
    if (padding == GENRE_PAD_CAUSAL)
        layer->n_state = (s->kernel_time - 1) * layer->n_in;
    const double init = 1 / sqrt(n_patch);
    GenreTensor *weight =
        genre_layer_add_tensor(layer, "weight", 4, layer->n_channels, conv->n_patch, init);
    weight->in_products = true;
    weight->shape[1] = layer->n_channels_in;
    weight->shape[2] = s->kernel_time;
    weight->shape[3] = s->kernel_bands;
    genre_layer_add_tensor(layer, "bias", 1, layer->n_channels, 1, init);
    return GENRE_SUCCESS;
}

static int n_steps_out(const GenreLayer *layer, int n_steps) {
    return genre_sliding_n_steps_out(&((const Conv *)layer->data)->sliding, n_steps);
}

/* The output bands first ... end - 1 whose `i`-th input band is one, not padding. */
static void inside(const GenreSliding *s, int i, int *first, int *end) {
    const int from = s->before_bands - i, stride = s->stride_bands; /* k * stride >= from */
    *first = from > 0 ? (from + stride - 1) / stride : 0;
    const int last = s->bands_in - 1 + from; /* k * stride <= last */
    *end = last < 0 ? 0 : last / stride + 1;
    *end = *end < s->bands_out ? *end : s->bands_out;
    *first = *first < *end ? *first : *end;
}

/* Input step `at` of stream b; NULL where that is padding. `past`: the stream's state, or NULL. */
static const GenreReal *input_row(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                                  const GenreReal *past, int at, int b) {
    const Conv *conv = layer->data;
    if (at >= 0 && at < run->n_steps)
        return x + ((size_t)at * run->n_streams + b) * layer->n_in;
    if (at < 0 && past)
        return past + (size_t)(conv->sliding.kernel_time - 1 + at) * layer->n_in;
    return NULL;
}

/* Fills the columns of a tile in patches (K, width). `state`: the streams', NULL for fresh ones. */
static void gather(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                   const GenreReal *state, int tile, int width, GenreReal *patches) {
    const Conv *conv = layer->data;
    const GenreSliding *s = &conv->sliding;
    const int o = tile / run->n_streams, b = tile % run->n_streams;
    const GenreReal *past = layer->n_state && state ? state + (size_t)b * layer->n_state : NULL;
    for (int j = 0; j < s->kernel_time; j++) {
        const GenreReal *row =
            input_row(layer, run, x, past, o * s->stride_time - s->before_time + j, b);
        for (int c = 0; c < layer->n_channels_in; c++)
            for (int i = 0; i < s->kernel_bands; i++) {
                GenreReal *to =
                    patches + (size_t)((c * s->kernel_time + j) * s->kernel_bands + i) * width;
                if (!row) {
                    memset(to, 0, (size_t)s->bands_out * sizeof *to);
                    continue;
                }
                int first, end;
                inside(s, i, &first, &end);
                for (int k = 0; k < first; k++)
                    to[k] = 0;
                const GenreReal *from = row + c * s->bands_in + i - s->before_bands;
                if (s->stride_bands == 1)
                    memcpy(to + first, from + first, (size_t)(end - first) * sizeof *to);
                else
                    for (int k = first; k < end; k++)
                        to[k] = from[k * s->stride_bands];
                for (int k = end; k < s->bands_out; k++)
                    to[k] = 0;
            }
    }
}

/* The reverse: adds the patches' gradient to that of the input they were taken from. */
static void scatter(const GenreLayer *layer, const GenreRun *run, const GenreReal *patches,
                    int tile, int width, GenreReal *dx) {
    const Conv *conv = layer->data;
    const GenreSliding *s = &conv->sliding;
    const int o = tile / run->n_streams, b = tile % run->n_streams;
    for (int j = 0; j < s->kernel_time; j++) {
        const int at = o * s->stride_time - s->before_time + j;
        if (at < 0 || at >= run->n_steps)
            continue;
        GenreReal *row = dx + ((size_t)at * run->n_streams + b) * layer->n_in;
        for (int c = 0; c < layer->n_channels_in; c++)
            for (int i = 0; i < s->kernel_bands; i++) {
                const GenreReal *from =
                    patches + (size_t)((c * s->kernel_time + j) * s->kernel_bands + i) * width;
                GenreReal *to = row + c * s->bands_in + i - s->before_bands;
                int first, end;
                inside(s, i, &first, &end);
                for (int k = first; k < end; k++)
                    to[k * s->stride_bands] += from[k];
            }
    }
}

/* Moves a stream's state on: of what was there and x, the last kernel_time - 1 rows stay. */
static void remember(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, int b,
                     GenreReal *past) {
    const size_t n = (size_t)layer->n_in;
    const int n_past = ((const Conv *)layer->data)->sliding.kernel_time - 1;
    const int n_new = run->n_steps < n_past ? run->n_steps : n_past;
    memmove(past, past + (size_t)n_new * n, (size_t)(n_past - n_new) * n * sizeof *past);
    for (int k = 0; k < n_new; k++)
        memcpy(past + (size_t)(n_past - n_new + k) * n,
               x + ((size_t)(run->n_steps - n_new + k) * run->n_streams + b) * n, n * sizeof *past);
}

/* Copies between the layer's rows, one of (channels, bands) per tile, and one wide matrix
 * (channels, width). */
static void widen(const GenreReal *rows, int n_channels, int bands, int n_tiles, GenreReal *wide) {
    for (int f = 0; f < n_channels; f++)
        for (int t = 0; t < n_tiles; t++, wide += bands)
            memcpy(wide, rows + ((size_t)t * n_channels + f) * bands, bands * sizeof *wide);
}

static void narrow(const GenreReal *wide, int n_channels, int bands, int n_tiles, GenreReal *rows) {
    for (int f = 0; f < n_channels; f++)
        for (int t = 0; t < n_tiles; t++, wide += bands)
            memcpy(rows + ((size_t)t * n_channels + f) * bands, wide, bands * sizeof *wide);
}

/* to (columns, rows) from `from` (rows, columns). */
static void turn(const GenreReal *from, int n_rows, int n_columns, GenreReal *to) {
    for (int r = 0; r < n_rows; r++)
        for (int k = 0; k < n_columns; k++)
            to[(size_t)k * n_rows + r] = from[(size_t)r * n_columns + k];
}

/* Outputs y of some tiles from their patches (K, width); `free_work` follows these. */
static void multiply(const GenreLayer *layer, const GenreRun *run, const GenreReal *patches,
                     int n_tiles, GenreReal *free_work, GenreReal *y) {
    const Conv *conv = layer->data;
    const int n_channels = layer->n_channels, bands = conv->sliding.bands_out;
    const int width = n_tiles * bands;
    const GenreReal *bias = genre_layer_tensor(layer, BIAS);
    GenreReal *const wide = free_work, *const columns = wide + (size_t)n_channels * width;
    if (layer->tensors[WEIGHT].rows8) { /* the weight has to be the second: all on its side */
        turn(patches, conv->n_patch, width, columns);
        for (int k = 0; k < width; k++)
            memcpy(wide + (size_t)k * n_channels, bias, (size_t)n_channels * sizeof *bias);
        genre_layer_add_product(layer, run->math, WEIGHT, width, columns, wide);
        for (int t = 0; t < n_tiles; t++)
            turn(wide + (size_t)t * bands * n_channels, bands, n_channels,
                 y + (size_t)t * layer->n_out);
        return;
    }
    for (int f = 0; f < n_channels; f++)
        for (int k = 0; k < width; k++)
            wide[f * width + k] = bias[f];
    run->math->add_nn(n_channels, width, conv->n_patch, genre_layer_tensor(layer, WEIGHT), patches,
                      wide);
    narrow(wide, n_channels, bands, n_tiles, y);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)cache;
    const Conv *conv = layer->data;
    const int bands = conv->sliding.bands_out;
    const int n_all = n_steps_out(layer, run->n_steps) * run->n_streams;
    GenreReal *const patches = run->work;
    for (int tile = 0; tile < n_all; tile += conv->n_tiles) {
        const int n_tiles = n_all - tile < conv->n_tiles ? n_all - tile : conv->n_tiles;
        const int width = n_tiles * bands;
        for (int t = 0; t < n_tiles; t++)
            gather(layer, run, x, state, tile + t, width, patches + t * bands);
        multiply(layer, run, patches, n_tiles, patches + (size_t)conv->n_patch * width,
                 y + (size_t)tile * layer->n_out);
    }
    for (int b = 0; layer->n_state && b < run->n_streams; b++)
        remember(layer, run, x, b, state + (size_t)b * layer->n_state);
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y, (void)cache;
    const Conv *conv = layer->data;
    const int bands = conv->sliding.bands_out;
    const int n_all = n_steps_out(layer, run->n_steps) * run->n_streams;
    GenreReal *const dbias = gradient + layer->tensors[BIAS].offset;
    for (int tile = 0; tile < n_all; tile += conv->n_tiles) {
        const int n_tiles = n_all - tile < conv->n_tiles ? n_all - tile : conv->n_tiles;
        const int width = n_tiles * bands;
        const size_t n_patches = (size_t)conv->n_patch * width;
        GenreReal *const patches = run->work, *const dpatches = patches + n_patches;
        GenreReal *const wide = dpatches + n_patches;
        for (int t = 0; t < n_tiles; t++)
            gather(layer, run, x, NULL, tile + t, width, patches + t * bands);
        widen(dy + (size_t)tile * layer->n_out, layer->n_channels, bands, n_tiles, wide);
        for (int f = 0; f < layer->n_channels; f++)
            for (int k = 0; k < width; k++)
                dbias[f] += wide[f * width + k];
        run->math->add_nt(layer->n_channels, conv->n_patch, width, wide, patches,
                          gradient + layer->tensors[WEIGHT].offset);
        if (!dx)
            continue;
        memset(dpatches, 0, n_patches * sizeof *dpatches);
        run->math->add_tn(conv->n_patch, width, layer->n_channels,
                          genre_layer_tensor(layer, WEIGHT), wide, dpatches);
        for (int t = 0; t < n_tiles; t++)
            scatter(layer, run, dpatches + t * bands, tile + t, width, dx);
    }
}

const GenreLayerKind genre_layer_conv2d = {
    .name = "conv2d",
    .options = "channels padding " GENRE_SLIDING_OPTIONS,
    .wide = true,
    .configure = configure,
    .n_steps_out = n_steps_out,
    .forward = forward,
    .backward = backward,
};
