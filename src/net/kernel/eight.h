/* The product with a matrix of 8-bit rows (net/rows8.h), included by the file of each kernel. That
 * file defines
 *
 *   TARGET    the attribute that lets the compiler use the instructions
 *   OFFSET8   what is added to the other side's numbers, 0 or 128: some instructions take them
 *             without a sign
 *   BLOCKS8   blocks that dots8 takes at most at a time
 *
 * and dots8(n_blocks, n_groups, x, rows, stride, dots): the dot products of x (n_groups, 4) with
 * the rows of each block, `stride` bytes apart, into dots (n_blocks, 16). The rest is plain C for
 * the compiler to vectorise, without anything that could come out another way.
 */
#include <math.h>
#include <string.h>

#include "net/rows8.h"

enum { TOGETHER8 = 4 }; /* rows of the other side that take a part of the matrix while it is near */

/* Rounds x (n) to whole numbers from -127 to 127 plus OFFSET8, up to a whole group; returns what 1
 * stands for. Where one of them is not finite that is NaN. */
TARGET static float round_row8(int n, const GenreReal *restrict x, uint8_t *restrict to) {
    const int n_padded = (n + GENRE_GROUP8 - 1) / GENRE_GROUP8 * GENRE_GROUP8;
    uint32_t largest = 0; /* as bits: of two sizes the larger one's are, and NaN's beyond all */
    for (int i = 0; i < n; i++) {
        const float v = (float)x[i];
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        bits &= 0x7fffffff;
        largest = bits > largest ? bits : largest;
    }
    float top;
    memcpy(&top, &largest, sizeof top);
    memset(to, OFFSET8, (size_t)n_padded);
    if (largest >= 0x7f800000)
        return NAN;
    if (top < 1e-30f)
        return 0;
    const float factor = 127 / top;
    for (int i = 0; i < n; i++) {
        const float shifted = (float)x[i] * factor + 12582912.0f; /* 1.5 * 2^23 rounds it */
        uint32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        to[i] = (uint8_t)(bits + OFFSET8);
    }
    return top / 127;
}

/* c (n) += scale * row_scale (n) * dots (n), once what OFFSET8 added is taken away. */
TARGET static void add_dots8(int n, float scale, const float *restrict row_scale,
                             const int32_t *restrict sum, const int32_t *restrict dots,
                             GenreReal *restrict c) {
    for (int j = 0; j < n; j++)
        c[j] += (scale * row_scale[j]) * (float)(dots[j] - OFFSET8 * sum[j]);
}

TARGET static void add_rows8(int m, const GenreReal *a, const GenreRows8 *b, GenreReal *c) {
    uint8_t x[TOGETHER8][GENRE_CHUNK8];
    float scale[TOGETHER8];
    int32_t dots[BLOCKS8 * GENRE_BLOCK8];
    const size_t stride = (size_t)b->n_groups * GENRE_GROUP8 * GENRE_BLOCK8;
    const int32_t *sum = b->sum;
    for (int k = 0; k < b->n_columns; k += GENRE_CHUNK8, sum += b->n_blocks * GENRE_BLOCK8) {
        const int n = b->n_columns - k < GENRE_CHUNK8 ? b->n_columns - k : GENRE_CHUNK8;
        const int n_groups = (n + GENRE_GROUP8 - 1) / GENRE_GROUP8;
        for (int i = 0; i < m; i += TOGETHER8) {
            const int n_together = m - i < TOGETHER8 ? m - i : TOGETHER8;
            for (int t = 0; t < n_together; t++)
                scale[t] = round_row8(n, a + (size_t)(i + t) * b->n_columns + k, x[t]);
            for (int block = 0; block < b->n_blocks; block += BLOCKS8) {
                const int n_blocks = b->n_blocks - block < BLOCKS8 ? b->n_blocks - block : BLOCKS8;
                const int row = block * GENRE_BLOCK8, n_left = b->n_rows - row;
                const int n_rows =
                    n_left < n_blocks * GENRE_BLOCK8 ? n_left : n_blocks * GENRE_BLOCK8;
                for (int t = 0; t < n_together; t++) {
                    dots8(n_blocks, n_groups, x[t],
                          b->packed + block * stride + (size_t)k * GENRE_BLOCK8, stride, dots);
                    add_dots8(n_rows, scale[t], b->scale + row, sum + row, dots,
                              c + (size_t)(i + t) * b->n_rows + row);
                }
            }
        }
    }
}
