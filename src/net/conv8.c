#include "net/conv8.h"

#include <stdbool.h>
#include <string.h>

/* A step of the input, rounded: (planes, positions, 4). */
typedef struct {
    GenreRound8 round;
    uint8_t bytes[];
} Row;

/* A layer's pass over one stream. */
typedef struct {
    const GenreLayer *layer;
    const GenreSliding *sliding;
    const GenreRun *run;
    const GenreReal *x; /* the stream's first step */
    int n_row;          /* values of a row */
    GenreReal *past;    /* (kernel_time - 1) rows, the state; NULL: zeros */
    GenreMet8 *met;     /* (kernel_time) */
    GenreReal *ring;    /* (kernel_time) rows: step t is in the one of t % kernel_time */
    int next;           /* the first step that is not in the ring yet */
    int *at;            /* (groups of a step) where each one's bytes begin in a row */
    uint8_t *flat;      /* (channels in, bands): a step that is being rounded */
} Pass;

/* A plane holds four channels, and a band of the kernel is its stretch from there on. Where
 * channels do not come by fours, or positions are not side by side, what the kernel sees is written
 * out instead: a plane holds what four columns of the weight meet. */
static bool by_fours(const GenreLayer *layer, const GenreSliding *sliding) {
    return layer->n_channels_in % GENRE_GROUP8 == 0 && sliding->stride_bands == 1;
}

static int n_positions(const GenreLayer *layer, const GenreSliding *sliding) {
    return sliding->bands_out + (by_fours(layer, sliding) ? sliding->kernel_bands - 1 : 0);
}

/* Groups of four columns that meet a step. */
static int n_groups(const GenreLayer *layer, const GenreSliding *sliding) {
    const int n = layer->n_channels_in * sliding->kernel_bands;
    return (n + GENRE_GROUP8 - 1) / GENRE_GROUP8;
}

static size_t n_bytes(const GenreLayer *layer, const GenreSliding *sliding) {
    const int n_planes =
        by_fours(layer, sliding) ? layer->n_channels_in / GENRE_GROUP8 : n_groups(layer, sliding);
    return (size_t)n_planes * n_positions(layer, sliding) * GENRE_GROUP8;
}

int genre_conv8_row(const GenreLayer *layer, const GenreSliding *sliding) {
    const size_t size = sizeof(Row) + n_bytes(layer, sliding) + GENRE_BEYOND8 * GENRE_GROUP8;
    return (int)((size + sizeof(float) - 1) / sizeof(float));
}

/* Values that a GenreMet8 takes. They come first, for the sake of the pointers in them. */
enum { MET_SIZE = (int)(sizeof(GenreMet8) / sizeof(float)) };

int genre_conv8_room(const GenreLayer *layer, const GenreSliding *sliding) {
    const int n_flat = (layer->n_in + (int)sizeof(float) - 1) / (int)sizeof(float);
    return sliding->kernel_time * (MET_SIZE + genre_conv8_row(layer, sliding)) +
           n_groups(layer, sliding) + n_flat;
}

static void set_places(const Pass *pass) {
    const GenreLayer *layer = pass->layer;
    const int n = n_groups(layer, pass->sliding), plane = n_positions(layer, pass->sliding);
    const int n_planes = by_fours(layer, pass->sliding) ? layer->n_channels_in / GENRE_GROUP8 : n;
    for (int g = 0, band = 0; g < n; band++)
        for (int p = 0; p < n_planes; p++)
            pass->at[g++] = (p * plane + band) * GENRE_GROUP8;
}

static Row *row_at(const Pass *pass, GenreReal *rows, int index) {
    return (Row *)(void *)(rows + (size_t)index * pass->n_row);
}

static void interleave(int n, const uint8_t *restrict from, uint8_t *restrict to) {
    for (int k = 0; k < n; k++)
        for (int l = 0; l < GENRE_GROUP8; l++)
            to[k * GENRE_GROUP8 + l] = from[l * n + k];
}

/* Four channels at a time, from `flat`. */
static void lay_out_fours(const Pass *pass, uint8_t *to) {
    const GenreSliding *s = pass->sliding;
    const int plane = n_positions(pass->layer, s);
    to += (size_t)s->before_bands * GENRE_GROUP8;
    for (int c = 0; c < pass->layer->n_channels_in; c += GENRE_GROUP8)
        interleave(s->bands_in, pass->flat + (size_t)c * s->bands_in, to + (size_t)c * plane);
}

/* Column by column of what the kernel sees, from `flat`. */
static void lay_out_columns(const Pass *pass, uint8_t *to) {
    const GenreSliding *s = pass->sliding;
    const int n_channels = pass->layer->n_channels_in;
    for (int column = 0; column < n_channels * s->kernel_bands; column++) {
        const int band = column / n_channels - s->before_bands;
        const uint8_t *from = pass->flat + (size_t)(column % n_channels) * s->bands_in;
        uint8_t *its = to + (size_t)(column / GENRE_GROUP8) * s->bands_out * GENRE_GROUP8 +
                       column % GENRE_GROUP8;
        for (int k = 0; k < s->bands_out; k++) {
            const int at = k * s->stride_bands + band;
            if (at >= 0 && at < s->bands_in)
                its[k * GENRE_GROUP8] = from[at];
        }
    }
}

static void round_step(const Pass *pass, int step, Row *row) {
    const size_t at = (size_t)step * pass->run->n_streams * pass->layer->n_in;
    row->round = pass->run->math->round8(pass->layer->n_in, pass->x + at, pass->flat);
    memset(row->bytes, row->round.zero, n_bytes(pass->layer, pass->sliding));
    if (by_fours(pass->layer, pass->sliding))
        lay_out_fours(pass, row->bytes);
    else
        lay_out_columns(pass, row->bytes);
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

static void make_step(Pass *pass, int step, const GenreRows8 *weight, const GenreFinish *finish,
                      GenreReal *y) {
    const GenreSliding *s = pass->sliding;
    int n_met = 0;
    for (int j = 0; j < s->kernel_time; j++) {
        const Row *row = see(pass, step * s->stride_time + j - s->before_time);
        if (row)
            pass->met[n_met++] = (GenreMet8){j, row->round, row->bytes};
    }
    pass->run->math->make_step8(s->bands_out, pass->at, n_met, pass->met, weight, finish, y);
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
                 const GenreFinish *finish, const GenreRun *run, const GenreReal *x, GenreReal *y,
                 GenreReal *state) {
    const int n_steps = genre_sliding_n_steps_out(sliding, run->n_steps);
    Pass pass = {.layer = layer,
                 .sliding = sliding,
                 .run = run,
                 .n_row = genre_conv8_row(layer, sliding),
                 .met = (GenreMet8 *)(void *)run->work};
    pass.ring = (GenreReal *)(pass.met + sliding->kernel_time);
    pass.at = (int *)(void *)(pass.ring + (size_t)sliding->kernel_time * pass.n_row);
    pass.flat = (uint8_t *)(pass.at + n_groups(layer, sliding));
    set_places(&pass);
    for (int b = 0; b < run->n_streams; b++) {
        pass.x = x + (size_t)b * layer->n_in;
        pass.past = layer->n_state ? state + (size_t)b * layer->n_state : NULL;
        pass.next = 0;
        for (int o = 0; o < n_steps; o++)
            make_step(&pass, o, weight, finish,
                      y + ((size_t)o * run->n_streams + b) * layer->n_out);
        if (pass.past)
            remember(&pass);
    }
}
