/* Convolution over time and bands (as networks mean it: no kernel is turned over):
 *
 *   y[o, f, k] = bias[f] + sum_(c, j, i) weight[f, c, j, i] x[o s_t + j - p_t, c, k s_b + i - p_b]
 *
 * with steps o, channels f and c, bands k; strides s and paddings p as sliding.h has them. The
 * weight's layout is that of PyTorch's nn.Conv2d with time as its height and bands as its width.
 *
 * Outputs are products of the weight (channels, K) with patches (K, positions); see patches.h. The
 * input's gradient is such a convolution too: of the output's gradient, by the kernel turned over.
 * State, with causal padding: the last kernel_time - 1 inputs, oldest first; with weights of 8 bits
 * they are rounded, see conv8.h.
 */
#include "net/sliding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/conv8.h"
#include "net/kinds.h"
#include "net/patches.h"
#include "status.h"

enum { WEIGHT, BIAS, MAX_CHANNELS = 4096, MAX_PATCHES = 1 << 24 /* values of a step's */ };

typedef struct {
    GenreSliding sliding;
    GenreWay forth, back;
} Conv;

static void set_ways(const GenreLayer *layer, Conv *conv) {
    const GenreSliding *s = &conv->sliding;
    conv->forth = (GenreWay){.channels_in = layer->n_channels_in,
                             .bands_in = s->bands_in,
                             .channels_out = layer->n_channels,
                             .bands_out = s->bands_out,
                             .kernel_time = s->kernel_time,
                             .kernel_bands = s->kernel_bands,
                             .stride_time = s->stride_time,
                             .stride_bands = s->stride_bands,
                             .spread_time = 1,
                             .spread_bands = 1,
                             .before_time = s->before_time,
                             .before_bands = s->before_bands};
    conv->back = (GenreWay){.channels_in = layer->n_channels,
                            .bands_in = s->bands_out,
                            .channels_out = layer->n_channels_in,
                            .bands_out = s->bands_in,
                            .kernel_time = s->kernel_time,
                            .kernel_bands = s->kernel_bands,
                            .stride_time = 1,
                            .stride_bands = 1,
                            .spread_time = s->stride_time,
                            .spread_bands = s->stride_bands,
                            .before_time = s->kernel_time - 1 - s->before_time,
                            .before_bands = s->kernel_bands - 1 - s->before_bands};
    genre_way_limit(&conv->forth, MAX_PATCHES);
    genre_way_limit(&conv->back, MAX_PATCHES);
}

/* Values of work space for a product: the table of its patches, these, and its result. */
static int product_room(const GenreWay *way) {
    return genre_way_patch(way) + genre_way_room(way) + way->channels_out * way->most_positions;
}

static void set_work(GenreLayer *layer, const Conv *conv) {
    const int n_patch = genre_way_patch(&conv->forth);
    layer->n_work = product_room(&conv->forth);
    layer->n_work_step = n_patch + genre_way_step_room(&conv->forth) + layer->n_out;
    layer->n_work8 = genre_conv8_room(layer, &conv->sliding);
    const int for_weight = product_room(&conv->forth);
    const int for_input = product_room(&conv->back) + n_patch * layer->n_channels; /* turned over */
    layer->n_work_back = for_weight > for_input ? for_weight : for_input;
}

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
    const double n_kernel = (double)s->kernel_time * s->kernel_bands;
    const double n_patch = layer->n_channels_in * n_kernel;
    if ((double)layer->n_channels * s->bands_out > GENRE_MAX_ROW ||
        n_patch * s->bands_out > MAX_PATCHES || n_patch * layer->n_channels > MAX_PATCHES ||
        n_kernel * layer->n_channels * s->bands_in > MAX_PATCHES)
        return genre_fail(error, GENRE_ERR_FORMAT, "%d channels of %d bands are too many",
                          layer->n_channels, s->bands_out);
    layer->n_out = layer->n_channels * s->bands_out;
    set_ways(layer, conv);
    set_work(layer, conv);
    if (padding == GENRE_PAD_CAUSAL) {
        layer->n_state = (s->kernel_time - 1) * layer->n_in;
        layer->n_state8 = (s->kernel_time - 1) * genre_conv8_row(layer, s);
    }
    const double init = 1 / sqrt(n_patch);
    GenreTensor *weight =
        genre_layer_add_tensor(layer, "weight", 4, layer->n_channels, (int)n_patch, init);
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

/* What a piece's product takes, in the work space. */
typedef struct {
    int width;          /* positions */
    int *at;            /* (K) where rows begin in ... */
    GenreReal *patches; /* ... these */
    GenreReal *wide;    /* (channels out, width) */
} Space;

static Space lay_out(const GenreWay *way, const GenrePiece *piece, GenreReal *work) {
    Space space = {.width = genre_piece_positions(way, piece), .at = (int *)(void *)work};
    space.patches = work + genre_way_patch(way);
    space.wide = space.patches + genre_patches_size(way, piece);
    genre_patches_table(way, piece, space.at);
    return space;
}

static void multiply(const GenreLayer *layer, const GenreRun *run, const GenrePiece *piece,
                     const Space *space, GenreReal *y) {
    const GenreWay *way = &((const Conv *)layer->data)->forth;
    const GenreReal *bias = genre_layer_tensor(layer, BIAS);
    for (int f = 0; f < layer->n_channels; f++)
        for (int k = 0; k < space->width; k++)
            space->wide[(size_t)f * space->width + k] = bias[f];
    run->math->add_nn_at(layer->n_channels, space->width, genre_way_patch(way),
                         genre_layer_tensor(layer, WEIGHT), space->patches, space->at, space->wide);
    genre_piece_write(way, piece, space->wide, run->n_streams, y);
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

static void forward_float(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                          GenreReal *y, GenreReal *state) {
    const GenreWay *way = &((const Conv *)layer->data)->forth;
    const GenreSteps in = {x, run->n_steps, run->n_streams, layer->n_state ? state : NULL,
                           layer->n_state};
    const int n_steps = n_steps_out(layer, run->n_steps);
    GenrePiece piece = genre_piece_first(way, n_steps, run->n_streams);
    do {
        const Space space = lay_out(way, &piece, run->work);
        genre_patches_fill(way, &piece, &in, space.patches);
        multiply(layer, run, &piece, &space, y);
    } while (genre_piece_next(way, n_steps, run->n_streams, &piece));
    for (int b = 0; layer->n_state && b < run->n_streams; b++)
        remember(layer, run, x, b, state + (size_t)b * layer->n_state);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)cache;
    GenreFinish finish = run->rng ? (GenreFinish){0} : layer->finish;
    finish.bias = genre_layer_tensor(layer, BIAS);
    if (layer->tensors[WEIGHT].rows8)
        genre_conv8(layer, &((const Conv *)layer->data)->sliding, layer->tensors[WEIGHT].rows8,
                    &finish, run, x, y, state);
    else
        forward_float(layer, run, x, y, state);
}

static GenreReal sum(const GenreReal *x, int n) {
    enum { LANES = 8 };
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

/* Adds the gradients of weight and bias. */
static void backward_weight(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                            const GenreReal *dy, GenreReal *gradient) {
    const GenreWay *way = &((const Conv *)layer->data)->forth;
    const GenreSteps in = {x, run->n_steps, run->n_streams, NULL, 0};
    const int n_steps = n_steps_out(layer, run->n_steps);
    GenrePiece piece = genre_piece_first(way, n_steps, run->n_streams);
    do {
        const Space space = lay_out(way, &piece, run->work);
        genre_patches_fill(way, &piece, &in, space.patches);
        genre_piece_read(way, &piece, dy, run->n_streams, space.wide);
        for (int f = 0; f < layer->n_channels; f++)
            gradient[layer->tensors[BIAS].offset + (size_t)f] +=
                sum(space.wide + (size_t)f * space.width, space.width);
        run->math->add_nt_at(layer->n_channels, genre_way_patch(way), space.width, space.wide,
                             space.patches, space.at, gradient + layer->tensors[WEIGHT].offset);
    } while (genre_piece_next(way, n_steps, run->n_streams, &piece));
}

/* The weight with the kernel turned over, from (channels, channels in, kernel) to (channels in,
 * channels, kernel). */
static void turn_over(const GenreLayer *layer, GenreReal *to) {
    const GenreWay *way = &((const Conv *)layer->data)->back;
    const int n = way->kernel_time * way->kernel_bands;
    const GenreReal *weight = genre_layer_tensor(layer, WEIGHT);
    for (int c = 0; c < way->channels_out; c++)
        for (int f = 0; f < way->channels_in; f++, to += n)
            for (int k = 0; k < n; k++)
                to[k] = weight[((size_t)f * way->channels_out + c) * n + n - 1 - k];
}

static void backward_input(const GenreLayer *layer, const GenreRun *run, const GenreReal *dy,
                           GenreReal *dx) {
    const GenreWay *way = &((const Conv *)layer->data)->back;
    const GenreSteps in = {dy, n_steps_out(layer, run->n_steps), run->n_streams, NULL, 0};
    const int n_patch = genre_way_patch(way);
    GenreReal *const turned = run->work, *const work = turned + (size_t)way->channels_out * n_patch;
    turn_over(layer, turned);
    GenrePiece piece = genre_piece_first(way, run->n_steps, run->n_streams);
    do {
        const Space space = lay_out(way, &piece, work);
        genre_patches_fill(way, &piece, &in, space.patches);
        memset(space.wide, 0, (size_t)way->channels_out * space.width * sizeof *space.wide);
        run->math->add_nn_at(way->channels_out, space.width, n_patch, turned, space.patches,
                             space.at, space.wide);
        genre_piece_write(way, &piece, space.wide, run->n_streams, dx);
    } while (genre_piece_next(way, run->n_steps, run->n_streams, &piece));
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)y, (void)cache;
    backward_weight(layer, run, x, dy, gradient);
    if (dx)
        backward_input(layer, run, dy, dx);
}

const GenreLayerKind genre_layer_conv2d = {
    .name = "conv2d",
    .options = "channels padding " GENRE_SLIDING_OPTIONS,
    .wide = true,
    .finishes8 = true,
    .configure = configure,
    .n_steps_out = n_steps_out,
    .forward = forward,
    .backward = backward,
};
