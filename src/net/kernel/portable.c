/* Plain C, written so that compilers vectorise it; the same to the last bit on all machines. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "net/math.h"
#include "net/rows8.h"

/* Sixteen partial sums: without them the order of additions, which C keeps, forbids SIMD. */
enum { LANES = 16 };

static GenreReal dot(const GenreReal *restrict a, const GenreReal *restrict b, int n) {
    GenreReal lane[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    GenreReal sum = 0;
    for (; i < n; i++)
        sum += a[i] * b[i];
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

static void add_scaled(GenreReal *restrict y, GenreReal scale, const GenreReal *restrict x, int n) {
    for (int i = 0; i < n; i++)
        y[i] += scale * x[i];
}

static void add_nt(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c) {
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            c[i * n + j] += dot(a + i * k, b + j * k, k);
}

static void add_nn(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c) {
    for (int i = 0; i < m; i++)
        for (int l = 0; l < k; l++)
            add_scaled(c + i * n, a[i * k + l], b + l * n, n);
}

static void add_tn(int m, int n, int k, const GenreReal *a, const GenreReal *b, GenreReal *c) {
    for (int l = 0; l < k; l++)
        for (int i = 0; i < m; i++)
            add_scaled(c + i * n, a[l * m + i], b + l * n, n);
}

static void add_nn_at(int m, int n, int k, const GenreReal *a, const GenreReal *b, const int *at,
                      GenreReal *c) {
    for (int i = 0; i < m; i++)
        for (int l = 0; l < k; l++)
            add_scaled(c + i * n, a[i * k + l], b + at[l], n);
}

static void add_nt_at(int m, int n, int k, const GenreReal *a, const GenreReal *b, const int *at,
                      GenreReal *c) {
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            c[i * n + j] += dot(a + i * k, b + at[j], k);
}

static void add_panels(int m, int n, const GenreReal *a, const GenrePanels *b, GenreReal *c) {
    const int k = b->n_columns;
    for (int i = 0; i < m; i++) {
        const GenreReal *row = b->packed;
        for (int p = 0; p < b->n_panels; p++)
            for (int l = 0; l < k; l++, row += GENRE_PANEL)
                add_scaled(c + (size_t)i * n + p * GENRE_PANEL, a[(size_t)i * k + l], row,
                           GENRE_PANEL);
    }
}

#ifdef GENRE_REAL_IS_DOUBLE

static void sigmoid_all(GenreReal *x, int n) {
    for (int i = 0; i < n; i++)
        x[i] = 1 / (1 + exp(-x[i]));
}

static void tanh_all(GenreReal *x, int n) {
    for (int i = 0; i < n; i++)
        x[i] = tanh(x[i]);
}

#else

/* exp without a branch or a call, so that loops over it vectorise. x = k ln 2 + r with |r| at most
 * ln 2 / 2; exp(r) by its Taylor series to r^7 / 7! (remainder under 6e-9), 2^k by its bits.
 * Relative error under 3e-7 for |x| up to 87; beyond that x is clamped. */
static inline float exp_fast(float x) {
    x = x < -87.0f ? -87.0f : x > 87.0f ? 87.0f : x;
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    const float shifted = x * 1.44269504f + shift, k = shifted - shift;
    const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f; /* ln 2 in two parts */
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1;
    p = p * r + 1;
    /* k stands in the low bits of `shifted` too; taking it from there, NaN is no undefined case,
     * and p carries it on. */
    uint32_t bits;
    float power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static void sigmoid_all(GenreReal *x, int n) {
    for (int i = 0; i < n; i++)
        x[i] = 1 / (1 + exp_fast(-x[i]));
}

/* (1 - e) / (1 + e) with e = exp(-2 |x|) loses digits near 0, where tanh x = x - x^3 / 3 + ... is
 * exact enough. */
static void tanh_all(GenreReal *x, int n) {
    for (int i = 0; i < n; i++) {
        const float v = x[i], size = fabsf(v), square = v * v;
        const float e = exp_fast(-2 * size);
        const float far = copysignf((1 - e) / (1 + e), v);
        const float near =
            v * (1 + square * (-1.0f / 3 + square * (2.0f / 15 + square * (-17.0f / 315))));
        x[i] = size < 0.125f ? near : far;
    }
}

#endif

static void lstm_cells(int n, GenreReal *gates, GenreReal *restrict c_state, GenreReal *restrict c,
                       GenreReal *restrict tanh_c, GenreReal *restrict h) {
    const GenreReal *restrict gate = gates;
    sigmoid_all(gates, 2 * n);
    tanh_all(gates + 2 * n, n);
    sigmoid_all(gates + 3 * n, n);
    for (int i = 0; i < n; i++) {
        c[i] = gate[n + i] * c_state[i] + gate[i] * gate[2 * n + i];
        c_state[i] = tanh_c[i] = c[i];
    }
    tanh_all(tanh_c, n);
    for (int i = 0; i < n; i++)
        h[i] = gate[3 * n + i] * tanh_c[i];
}

#define TARGET
enum { OFFSET8 = 0, BLOCKS8 = 1 };

static void dots8(int n_blocks, int n_groups, const uint8_t *restrict x,
                  const int8_t *restrict rows, size_t stride, int32_t *restrict dots) {
    (void)n_blocks, (void)stride;      /* one at a time */
    uint32_t sums[GENRE_BLOCK8] = {0}; /* which may go round, as vectors do */
    for (int g = 0; g < n_groups; g++, x += GENRE_GROUP8, rows += GENRE_BLOCK8 * GENRE_GROUP8)
        for (int r = 0; r < GENRE_BLOCK8; r++)
            for (int l = 0; l < GENRE_GROUP8; l++)
                sums[r] += (uint32_t)((int8_t)x[l] * rows[r * GENRE_GROUP8 + l]);
    memcpy(dots, sums, sizeof sums);
}

enum { ROWS8 = GENRE_BLOCK8, POSITIONS8 = 4 };

/* One position after the other, and for each group of four columns all rows. */
static void tile8(int n_groups, const int *restrict at, const uint8_t *restrict x,
                  const int8_t *restrict weights, int32_t *restrict dots) {
    for (int k = 0; k < POSITIONS8; k++) {
        uint32_t sums[ROWS8] = {0};
        for (int g = 0; g < n_groups; g++) {
            const uint8_t *restrict from = x + at[g] + k * GENRE_GROUP8;
            const int8_t *restrict its = weights + (size_t)g * GENRE_BLOCK8 * GENRE_GROUP8;
            for (int r = 0; r < ROWS8; r++)
                for (int l = 0; l < GENRE_GROUP8; l++)
                    sums[r] += (uint32_t)((int8_t)from[l] * its[r * GENRE_GROUP8 + l]);
        }
        for (int r = 0; r < ROWS8; r++)
            dots[r * POSITIONS8 + k] = (int32_t)sums[r];
    }
}

#include "net/kernel/eight.h"

const GenreMath genre_math_portable = {
    .name = "portable",
    .add_nt = add_nt,
    .add_nn = add_nn,
    .add_tn = add_tn,
    .add_nn_at = add_nn_at,
    .add_nt_at = add_nt_at,
    .add_panels = add_panels,
    .sigmoid = sigmoid_all,
    .tanh = tanh_all,
    .lstm_cells = lstm_cells,
    .add_rows8 = add_rows8,
    .round8 = round8,
    .make_step8 = make_step8,
};
