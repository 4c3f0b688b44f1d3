#include "net/conv8.h"

#include <string.h>

/* A step of the input, rounded. */
typedef struct {
    GenreRound8 round;
    uint8_t bytes[]; /* (bands, channels in) */
} Row;

/* A layer's pass over one stream. */
typedef struct {
    const GenreLayer *layer;
    const GenreSliding *sliding;
    const GenreRun *run;
    const GenreReal *x; /* the stream's first step */
    int n_row;          /* values of a row */
    GenreReal *past;    /* (kernel_time - 1) rows, the state; NULL: zeros */
    GenreReal *ring;    /* (kernel_time) rows: step t is in the one of t % kernel_time */
    int next;           /* the first step that is not in the ring yet */
    uint8_t *flat;      /* (channels in, bands): a step that is being rounded */
    GenreReal *wide;    /* (positions, channels up to a whole block) */
} Pass;

/* Bands with what is padded, as far as the kernel gets. */
static int n_bands(const GenreSliding *sliding) {
    return (sliding->bands_out - 1) * sliding->stride_bands + sliding->kernel_bands;
}

static int n_padded(const GenreLayer *layer) {
    return (layer->n_channels + GENRE_BLOCK8 - 1) / GENRE_BLOCK8 * GENRE_BLOCK8;
}

int genre_conv8_row(const GenreLayer *layer, const GenreSliding *sliding) {
    /* Kernels may read on to the end of a group. */
    const size_t n_bytes =
        sizeof(Row) + (size_t)n_bands(sliding) * layer->n_channels_in + GENRE_GROUP8 - 1;
    return (int)((n_bytes + sizeof(float) - 1) / sizeof(float));
}

/* Values that a step's bytes take. */
static int n_flat(const GenreLayer *layer) {
    return (layer->n_in + (int)sizeof(float) - 1) / (int)sizeof(float);
}

int genre_conv8_room(const GenreLayer *layer, const GenreSliding *sliding) {
    return sliding->kernel_time * genre_conv8_row(layer, sliding) + n_flat(layer) +
           sliding->bands_out * n_padded(layer);
}

static Row *row_at(const Pass *pass, GenreReal *rows, int index) {
    return (Row *)(void *)(rows + (size_t)index * pass->n_row);
}

static void round_step(const Pass *pass, int step, Row *row) {
    const int n_channels = pass->layer->n_channels_in, n = pass->sliding->bands_in;
    const int before = pass->sliding->before_bands, n_seen = n_bands(pass->sliding) - before;
    const size_t at = (size_t)step * pass->run->n_streams * pass->layer->n_in;
    row->round = pass->run->math->round8(pass->layer->n_in, pass->x + at, pass->flat);
    memset(row->bytes, row->round.zero, (size_t)n_bands(pass->sliding) * n_channels);
    uint8_t *const to = row->bytes + (size_t)before * n_channels;
    for (int c = 0; c < n_channels; c++)
        for (int k = 0; k < n && k < n_seen; k++)
            to[(size_t)k * n_channels + c] = pass->flat[c * n + k];
}

/* NULL: there are only zeros. */
static const Row *see(Pass *pass, int step) {
    const int n_ring = pass->sliding->kernel_time;
    if (step >= pass->run->n_steps || (step < 0 && !pass->past))
        return NULL;
    if (step < 0)
        return row_at(pass, pass->past, n_ring - 1 + step);
    Row *const row = row_at(pass, pass->ring, step % n_ring);
    if (step >= pass->next) {
        round_step(pass, step, row);
        pass->next = step + 1;
    }
    return row;
}

static void make_step(Pass *pass, int step, const GenreRows8 *weight, const GenreReal *bias,
                      GenreReal *y) {
    const GenreSliding *s = pass->sliding;
    const int n_channels = pass->layer->n_channels, n = n_padded(pass->layer);
    memset(pass->wide, 0, (size_t)s->bands_out * n * sizeof *pass->wide);
    for (int k = 0; k < s->bands_out; k++)
        memcpy(pass->wide + (size_t)k * n, bias, (size_t)n_channels * sizeof *bias);
    for (int j = 0; j < s->kernel_time; j++) {
        const Row *row = see(pass, step * s->stride_time + j - s->before_time);
        if (row)
            pass->run->math->add_step8(s->bands_out,
                                       (size_t)s->stride_bands * pass->layer->n_channels_in,
                                       row->round, row->bytes, j, weight, pass->wide);
    }
    for (int f = 0; f < n_channels; f++)
        for (int k = 0; k < s->bands_out; k++)
            y[f * s->bands_out + k] = pass->wide[(size_t)k * n + f];
}

/* Moves the state on: of what was there and x, the last rows stay. */
static void remember(Pass *pass) {
    const int n_past = pass->sliding->kernel_time - 1, n_steps = pass->run->n_steps;
    const int n_new = n_steps < n_past ? n_steps : n_past;
    const size_t size = (size_t)pass->n_row * sizeof *pass->past;
    memmove(pass->past, row_at(pass, pass->past, n_new), (size_t)(n_past - n_new) * size);
    for (int k = 0; k < n_new; k++)
        memcpy(row_at(pass, pass->past, n_past - n_new + k), see(pass, n_steps - n_new + k), size);
}

void genre_conv8(const GenreLayer *layer, const GenreSliding *sliding, const GenreRows8 *weight,
                 const GenreReal *bias, const GenreRun *run, const GenreReal *x, GenreReal *y,
                 GenreReal *state) {
    const int n_steps = genre_sliding_n_steps_out(sliding, run->n_steps);
    for (int b = 0; b < run->n_streams; b++) {
        Pass pass = {.layer = layer,
                     .sliding = sliding,
                     .run = run,
                     .x = x + (size_t)b * layer->n_in,
                     .n_row = genre_conv8_row(layer, sliding),
                     .past = layer->n_state ? state + (size_t)b * layer->n_state : NULL,
                     .ring = run->work};
        GenreReal *const rest = pass.ring + (size_t)sliding->kernel_time * pass.n_row;
        pass.flat = (uint8_t *)rest;
        pass.wide = rest + n_flat(layer);
        for (int o = 0; o < n_steps; o++)
            make_step(&pass, o, weight, bias, y + ((size_t)o * run->n_streams + b) * layer->n_out);
        if (pass.past)
            remember(&pass);
    }
}
