#include "net/patches.h"

#include <string.h>

/* Enough for a product. */
enum { POSITIONS = 512 };

/* With a stride over time, steps of the input that are a multiple of it apart lie one after the
 * other, so that a row still moves on by a step from one output to the next: the phases. */
static int n_phases(const GenreWay *way) {
    return way->stride_time < way->kernel_time ? way->stride_time : way->kernel_time;
}

/* Steps that patches hold in each phase for n_steps of the output. */
static int phase_steps(const GenreWay *way, int n_steps) {
    return n_steps + (way->kernel_time - 1) / way->stride_time;
}

int genre_way_patch(const GenreWay *way) {
    return way->channels_in * way->kernel_time * way->kernel_bands;
}

int genre_way_step_room(const GenreWay *way) {
    return way->channels_in * way->kernel_bands * n_phases(way) * phase_steps(way, 1) *
           way->bands_out;
}

int genre_way_room(const GenreWay *way) {
    return genre_way_step_room(way) * (way->most_positions / way->bands_out);
}

void genre_way_limit(GenreWay *way, int most) {
    const int fits = most / genre_way_step_room(way), enough = POSITIONS / way->bands_out;
    const int n = fits < enough ? fits : enough;
    way->most_positions = (n > 1 ? n : 1) * way->bands_out;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

/* As many steps as may be; of several streams only where these are whole. */
GenrePiece genre_piece_first(const GenreWay *way, int n_steps, int n_streams) {
    const int n = way->most_positions / way->bands_out;
    return (GenrePiece){.n_steps = least(n, n_steps),
                        .n_streams = n < n_steps ? 1 : least(n / n_steps, n_streams)};
}

bool genre_piece_next(const GenreWay *way, int n_steps, int n_streams, GenrePiece *piece) {
    const GenrePiece first = genre_piece_first(way, n_steps, n_streams);
    piece->step += piece->n_steps;
    if (piece->step == n_steps) {
        piece->step = 0;
        piece->stream += piece->n_streams;
    }
    piece->n_steps = least(first.n_steps, n_steps - piece->step);
    piece->n_streams = least(first.n_streams, n_streams - piece->stream);
    return piece->n_streams > 0;
}

/* Values from one step of the patches to the next, and of those of one channel and band. */
static int step_size(const GenreWay *way, const GenrePiece *piece) {
    return piece->n_streams * way->bands_out;
}

static int plane_size(const GenreWay *way, const GenrePiece *piece) {
    return n_phases(way) * phase_steps(way, piece->n_steps) * step_size(way, piece);
}

size_t genre_patches_size(const GenreWay *way, const GenrePiece *piece) {
    return (size_t)way->channels_in * way->kernel_bands * plane_size(way, piece);
}

void genre_patches_table(const GenreWay *way, const GenrePiece *piece, int *at) {
    const int plane = plane_size(way, piece), step = step_size(way, piece);
    const int phase = phase_steps(way, piece->n_steps) * step;
    for (int c = 0; c < way->channels_in; c++)
        for (int j = 0; j < way->kernel_time; j++)
            for (int i = 0; i < way->kernel_bands; i++)
                *at++ = (c * way->kernel_bands + i) * plane + j % way->stride_time * phase +
                        j / way->stride_time * step;
}

/* memcpy, but for so few values that calling it would take longer. */
static inline void copy(GenreReal *to, const GenreReal *from, int n) {
    enum { MANY = 8, FEW = 4 };
    if (n < FEW) {
        for (int k = 0; k < n; k++)
            to[k] = from[k];
    } else if (n < MANY) { /* two that overlap */
        memcpy(to, from, FEW * sizeof *to);
        memcpy(to + n - FEW, from + n - FEW, FEW * sizeof *to);
    } else {
        for (int k = 0; k + MANY < n; k += MANY)
            memcpy(to + k, from + k, MANY * sizeof *to);
        memcpy(to + n - MANY, from + n - MANY, MANY * sizeof *to);
    }
}

/* What comes out at bands [first, end) sees a band at place i of the kernel, if it is whole. */
static void inside(const GenreWay *way, int i, int *first, int *end) {
    const int from = way->before_bands - i, stride = way->stride_bands; /* k * stride >= from */
    const int last = (way->bands_in - 1) * way->spread_bands + from;    /* k * stride <= last */
    *first = from > 0 ? (from + stride - 1) / stride : 0;
    *end = last < 0 ? 0 : least(last / stride + 1, way->bands_out);
    *first = least(*first, *end);
}

/* One step's values at place i of the kernel, for all channels of `row`, `plane` apart in `to`. */
static void fill_bands(const GenreWay *way, int i, const GenreReal *row, int plane, GenreReal *to) {
    const int shift = i - way->before_bands, spread = way->spread_bands;
    int first, end;
    inside(way, i, &first, &end);
    for (int c = 0; c < way->channels_in; c++, row += way->bands_in, to += plane) {
        for (int k = 0; k < first; k++)
            to[k] = 0;
        for (int k = end; k < way->bands_out; k++)
            to[k] = 0;
        if (way->stride_bands == 1 && spread == 1) {
            copy(to + first, row + first + shift, end - first);
            continue;
        }
        for (int k = first; k < end; k++) {
            const int at = k * way->stride_bands + shift;
            to[k] = at % spread ? 0 : row[at / spread];
        }
    }
}

/* The row that a step is, counted before spreading; NULL: zeros. */
static const GenreReal *find_row(const GenreWay *way, const GenreSteps *in, int step, int stream) {
    const size_t n = (size_t)way->channels_in * way->bands_in;
    if (step < 0)
        return in->past
                   ? in->past + (size_t)stream * in->n_past + (size_t)(way->before_time + step) * n
                   : NULL;
    if (step % way->spread_time || step / way->spread_time >= in->n_steps)
        return NULL;
    return in->x + ((size_t)(step / way->spread_time) * in->n_streams + stream) * n;
}

void genre_patches_fill(const GenreWay *way, const GenrePiece *piece, const GenreSteps *in,
                        GenreReal *patches) {
    const int plane = plane_size(way, piece), n_planes = way->channels_in * way->kernel_bands;
    const int n_in_phase = phase_steps(way, piece->n_steps), n = way->bands_out;
    for (int phase = 0; phase < n_phases(way); phase++)
        for (int r = 0; r < n_in_phase; r++) {
            const int step = (piece->step + r) * way->stride_time + phase - way->before_time;
            for (int b = 0; b < piece->n_streams; b++, patches += n) {
                const GenreReal *row = find_row(way, in, step, piece->stream + b);
                for (int p = 0; !row && p < n_planes; p++)
                    memset(patches + (size_t)p * plane, 0, (size_t)n * sizeof *patches);
                for (int i = 0; row && i < way->kernel_bands; i++)
                    fill_bands(way, i, row, way->kernel_bands * plane, patches + (size_t)i * plane);
            }
        }
}

void genre_piece_read(const GenreWay *way, const GenrePiece *piece, const GenreReal *y,
                      int n_streams, GenreReal *wide) {
    const int n = way->bands_out, width = genre_piece_positions(way, piece);
    for (int r = 0; r < piece->n_steps * piece->n_streams; r++, wide += n) {
        const GenreReal *row = y + genre_piece_row(piece, r, n_streams) * way->channels_out * n;
        for (int f = 0; f < way->channels_out; f++)
            copy(wide + (size_t)f * width, row + f * n, n);
    }
}

void genre_piece_write(const GenreWay *way, const GenrePiece *piece, const GenreReal *wide,
                       int n_streams, GenreReal *y) {
    const int n = way->bands_out, width = genre_piece_positions(way, piece);
    for (int r = 0; r < piece->n_steps * piece->n_streams; r++, wide += n) {
        GenreReal *row = y + genre_piece_row(piece, r, n_streams) * way->channels_out * n;
        for (int f = 0; f < way->channels_out; f++)
            copy(row + f * n, wide + (size_t)f * width, n);
    }
}
