/* Products with a matrix of 8-bit rows (net/rows8.h), included by the file of each kernel. That
 * file defines
 *
 *   TARGET      the attribute that lets the compiler use the instructions
 *   OFFSET8     what is added to the other side's numbers, 0 or 128: some instructions take them
 *               without a sign
 *   BLOCKS8     blocks that dots8 takes at most at a time
 *   ROWS8, POSITIONS8   what tile8 makes: 16 rows are a multiple
 *
 * and
 *
 *   dots8(n_blocks, n_groups, x, rows, stride, dots): the dot products of x (n_groups, 4) with the
 *       rows of each block, `stride` bytes apart, into dots (BLOCKS8, 16), of which those beyond
 *       n_blocks may become anything;
 *   tile8(n_groups, at, x, weights, dots): those of a Tile8's positions and rows into dots (ROWS8,
 *       POSITIONS8). A file may do all of a tile in its own way instead: it then defines OWN_TILE8,
 *       tile_positions8, tile_rows8 and make_tile8 as they are below.
 *
 * The rest is plain C for the compiler to vectorise, without anything that could come out another
 * way.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "net/kernel/tile8.h"

enum { TOGETHER8 = 4 }; /* rows of the other side that take a part of the matrix while it is near */

/* Rounds x (n) to bytes: to -127 to 127 about OFFSET8, or where none of them is below zero, to all
 * 256 from the least byte on. */
TARGET static GenreRound8 round8(int n, const GenreReal *restrict x, uint8_t *restrict bytes) {
    uint32_t largest = 0; /* as bits: of two sizes the larger one's are, and NaN's beyond all */
    uint32_t below_zero = 0;
    for (int i = 0; i < n; i++) {
        const float v = (float)x[i];
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        below_zero |= bits > 0x80000000u ? bits : 0; /* not of -0 */
        bits &= 0x7fffffff;
        largest = bits > largest ? bits : largest;
    }
    const bool has_signs = below_zero >> 31;
    const int32_t zero = has_signs ? OFFSET8 : OFFSET8 - 128;
    float top;
    memcpy(&top, &largest, sizeof top);
    if (largest >= 0x7f800000 || top < 1e-30f) {
        memset(bytes, zero, (size_t)n);
        return (GenreRound8){largest >= 0x7f800000 ? NAN : 0, zero};
    }
    const float levels = has_signs ? 127 : 255, factor = levels / top;
    for (int i = 0; i < n; i++) {
        const float shifted = (float)x[i] * factor + 12582912.0f; /* 1.5 * 2^23 rounds it */
        uint32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        bytes[i] = (uint8_t)(bits + (uint32_t)zero);
    }
    return (GenreRound8){top / levels, zero};
}

/* The same up to a whole group. */
TARGET static GenreRound8 round_group8(int n, const GenreReal *x, uint8_t *bytes) {
    memset(bytes + n, 0, (size_t)((GENRE_GROUP8 - n % GENRE_GROUP8) % GENRE_GROUP8));
    return round8(n, x, bytes);
}

/* c (n) += scale * row_scale (n) * what dots (n) are once `zero` is taken off each number. */
TARGET static void add_dots8(int n, GenreRound8 round, const float *restrict row_scale,
                             const int32_t *restrict sum, const int32_t *restrict dots,
                             GenreReal *restrict c) {
    for (int j = 0; j < n; j++)
        c[j] += (round.scale * row_scale[j]) *
                (float)(int32_t)((uint32_t)dots[j] - (uint32_t)round.zero * (uint32_t)sum[j]);
}

#ifndef OWN_TILE8
_Static_assert(POSITIONS8 - 1 <= GENRE_BEYOND8, "x has room for what tile8 reads");

static inline int tile_positions8(int n) {
    (void)n;
    return POSITIONS8;
}

static inline int tile_rows8(int n_positions) {
    (void)n_positions;
    return ROWS8;
}

TARGET static void make_tile8(int n_positions, const Tile8 *t) {
    const GenreFinish *const finish = t->finish;
    GenreReal sums[ROWS8 * POSITIONS8];
    (void)n_positions;
    for (int r = 0; r < t->n_rows; r++)
        for (int k = 0; k < POSITIONS8; k++)
            sums[r * POSITIONS8 + k] = finish->bias[t->row + r];
    for (int i = 0; i < t->n_met; i++) {
        int32_t dots[ROWS8 * POSITIONS8];
        tile8(t->b->step_groups, t->at, bytes8(t, i), weights8(t, i), dots);
        for (int r = 0; r < t->n_rows; r++) {
            const float scale = scale8(t, i, r);
            const uint32_t zeros = (uint32_t)zeros8(t, i, r);
            for (int k = r * POSITIONS8; k < (r + 1) * POSITIONS8; k++)
                sums[k] += scale * (float)(int32_t)((uint32_t)dots[k] - zeros);
        }
    }
    for (int r = 0; finish->scale && r < t->n_rows; r++)
        for (int k = r * POSITIONS8; k < (r + 1) * POSITIONS8; k++)
            sums[k] = sums[k] * finish->scale[t->row + r] + finish->shift[t->row + r];
    for (int k = 0; finish->cut && k < t->n_rows * POSITIONS8; k++)
        sums[k] = sums[k] > 0 ? sums[k] : 0;
    for (int r = 0; r < t->n_rows; r++) {
        GenreReal *const c = t->c + (size_t)r * t->stride;
        if (t->n == POSITIONS8) /* no call, then */
            memcpy(c, sums + r * POSITIONS8, POSITIONS8 * sizeof *c);
        else
            memcpy(c, sums + r * POSITIONS8, (size_t)t->n * sizeof *c);
    }
}
#endif

TARGET static void make_step8(int n, const int *at, int n_met, const GenreMet8 *met,
                              const GenreRows8 *b, const GenreFinish *finish, GenreReal *c) {
    for (int k = 0, n_positions; k < n; k += n_positions) {
        n_positions = tile_positions8(n - k);
        const int n_rows = tile_rows8(n_positions);
        for (int row = 0; row < b->n_rows; row += n_rows) {
            const int n_left = b->n_rows - row;
            const Tile8 tile = {
                .n = n - k < n_positions ? n - k : n_positions,
                .n_rows = n_left < n_rows ? n_left : n_rows,
                .position = k,
                .row = row,
                .at = at,
                .n_met = n_met,
                .met = met,
                .b = b,
                .finish = finish,
                .c = c + (size_t)row * n + k,
                .stride = n,
            };
            make_tile8(n_positions, &tile);
        }
    }
}

TARGET static void add_rows8(int m, const GenreReal *a, const GenreRows8 *b, GenreReal *c) {
    uint8_t x[TOGETHER8][GENRE_PIECE8];
    GenreRound8 round[TOGETHER8];
    int32_t dots[BLOCKS8 * GENRE_BLOCK8];
    const size_t stride = (size_t)b->n_groups * GENRE_GROUP8 * GENRE_BLOCK8;
    const int32_t *sum = b->sum;
    for (int k = 0; k < b->n_columns; k += GENRE_PIECE8, sum += b->n_blocks * GENRE_BLOCK8) {
        const int n = b->n_columns - k < GENRE_PIECE8 ? b->n_columns - k : GENRE_PIECE8;
        const int n_groups = (n + GENRE_GROUP8 - 1) / GENRE_GROUP8;
        for (int i = 0; i < m; i += TOGETHER8) {
            const int n_together = m - i < TOGETHER8 ? m - i : TOGETHER8;
            for (int t = 0; t < n_together; t++)
                round[t] = round_group8(n, a + (size_t)(i + t) * b->n_columns + k, x[t]);
            for (int block = 0; block < b->n_blocks; block += BLOCKS8) {
                const int n_blocks = b->n_blocks - block < BLOCKS8 ? b->n_blocks - block : BLOCKS8;
                const int row = block * GENRE_BLOCK8, n_left = b->n_rows - row;
                const int n_rows =
                    n_left < n_blocks * GENRE_BLOCK8 ? n_left : n_blocks * GENRE_BLOCK8;
                for (int t = 0; t < n_together; t++) {
                    dots8(n_blocks, n_groups, x[t],
                          b->packed + block * stride + (size_t)k * GENRE_BLOCK8, stride, dots);
                    add_dots8(n_rows, round[t], b->scale + row, sum + row, dots,
                              c + (size_t)(i + t) * b->n_rows + row);
                }
            }
        }
    }
}
