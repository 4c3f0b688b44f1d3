/* The body of a kernel of vector instructions, included by the file of each. That file defines
 *
 *   KERNEL       the kernel's name
 *   TARGET       the attribute that lets the compiler use the instructions
 *   V            a vector of LANES floats
 *   ROWS         dot products that are taken at once, a multiple of LANES
 *   TILE_ROWS,   the block of a matrix product, rows by vectors, that registers hold
 *   TILE_WIDTH
 *
 * and, as static functions: zero(), fill(f), load(p), store(p, v), load_some(p, n) and
 * store_some(p, v, n) for the first n <= LANES, what is not loaded being 0, add(a, b), sub(a, b),
 * mul(a, b), quotient(a, b), add_product(a, b, c) = a b + c rounded once, clamp(x, low, high),
 * which keeps NaN, size(x) = |x|, with_sign(x, s) = |x| with the sign of s, where_below(x, limit,
 * a, b) = x < limit ? a : b, power(shifted) (see exp_fast) and fold(v[LANES]), lane i of which is
 * the sum of v[i]; and what eight.h wants, which it includes.
 */
#include <stddef.h>

#include "net/kernel/eight.h"
#include "net/math.h"

#define INLINE TARGET static inline __attribute__((always_inline))

INLINE int least(int a, int b) {
    return a < b ? a : b;
}

/* The dot products of x (k) with `rows` rows of b (rows, k), added to c (rows). Where there are
 * fewer than ROWS the last one is taken again: the sums then come about in the same order. */
INLINE void add_dots(int rows, int k, const float *x, const float *b, float *c) {
    V sum[ROWS];
    for (int r = 0; r < ROWS; r++)
        sum[r] = zero();
    int i = 0;
    for (; i + LANES <= k; i += LANES) {
        const V v = load(x + i);
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; r++)
            sum[r] = add_product(load(b + (size_t)least(r, rows - 1) * k + i), v, sum[r]);
    }
    if (i < k) {
        const V v = load_some(x + i, k - i);
#pragma GCC unroll 16
        for (int r = 0; r < ROWS; r++)
            sum[r] =
                add_product(load_some(b + (size_t)least(r, rows - 1) * k + i, k - i), v, sum[r]);
    }
    for (int r = 0; r < rows; r += LANES) {
        const int n = least(LANES, rows - r);
        const V dots = fold(sum + r);
        store_some(c + r, add(load_some(c + r, n), dots), n);
    }
}

/* Apart, so that the registers are not shared out between both. */
TARGET static __attribute__((noinline)) void add_last_dots(int rows, int k, const float *x,
                                                           const float *b, float *c) {
    add_dots(rows, k, x, b, c);
}

/* A matrix and a vector, in the live case: then the time goes into fetching b from the second-level
 * cache, for which it lies well as it is. Of several rows of a, all take a part of b while the
 * first-level cache has it. */
TARGET static void add_nt(int m, int n, int k, const float *a, const float *b, float *c) {
    int j = 0;
    for (; j + ROWS <= n; j += ROWS, b += (size_t)ROWS * k)
        for (int i = 0; i < m; i++)
            add_dots(ROWS, k, a + (size_t)i * k, b, c + (size_t)i * n + j);
    for (int i = 0; j < n && i < m; i++)
        add_last_dots(n - j, k, a + (size_t)i * k, b, c + (size_t)i * n + j);
}

/* c (rows, n) += a (rows, k) . b (k, n) for the first `some` columns, which are `width` vectors,
 * the last one maybe in part. Rows of a are `a_row` apart, its columns `a_column`. */
INLINE void add_tile(int rows, int width, int some, int n, int k, const float *a, size_t a_row,
                     size_t a_column, const float *b, float *c) {
    V sum[TILE_ROWS][TILE_WIDTH];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < width; v++)
            sum[r][v] = some < LANES ? load_some(c + (size_t)r * n, some)
                                     : load(c + (size_t)r * n + v * LANES);
    for (int l = 0; l < k; l++, a += a_column, b += n) {
        V from[TILE_WIDTH];
        for (int v = 0; v < width; v++)
            from[v] = some < LANES ? load_some(b, some) : load(b + v * LANES);
        for (int r = 0; r < rows; r++) {
            const V scale = fill(a[r * a_row]);
            for (int v = 0; v < width; v++)
                sum[r][v] = add_product(scale, from[v], sum[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < width; v++)
            if (some < LANES)
                store_some(c + (size_t)r * n, sum[r][v], some);
            else
                store(c + (size_t)r * n + v * LANES, sum[r][v]);
}

/* The same for m rows. */
INLINE void add_columns(int m, int width, int some, int n, int k, const float *a, size_t a_row,
                        size_t a_column, const float *b, float *c) {
    int i = 0;
    for (; i + TILE_ROWS <= m; i += TILE_ROWS)
        add_tile(TILE_ROWS, width, some, n, k, a + i * a_row, a_row, a_column, b,
                 c + (size_t)i * n);
    for (; i < m; i++)
        add_tile(1, width, some, n, k, a + i * a_row, a_row, a_column, b, c + (size_t)i * n);
}

TARGET static void add_strided(int m, int n, int k, const float *a, size_t a_row, size_t a_column,
                               const float *b, float *c) {
    int j = 0;
    for (; j + TILE_WIDTH * LANES <= n; j += TILE_WIDTH * LANES)
        add_columns(m, TILE_WIDTH, TILE_WIDTH * LANES, n, k, a, a_row, a_column, b + j, c + j);
    for (; j + LANES <= n; j += LANES)
        add_columns(m, 1, LANES, n, k, a, a_row, a_column, b + j, c + j);
    if (j < n)
        add_columns(m, 1, n - j, n, k, a, a_row, a_column, b + j, c + j);
}

TARGET static void add_nn(int m, int n, int k, const float *a, const float *b, float *c) {
    add_strided(m, n, k, a, (size_t)k, 1, b, c);
}

TARGET static void add_tn(int m, int n, int k, const float *a, const float *b, float *c) {
    add_strided(m, n, k, a, 1, (size_t)m, b, c);
}

/* As in portable.c, which says why and how exact. */
INLINE V exp_fast(V x) {
    const V shift = fill(12582912.0f);
    x = clamp(x, fill(-87.0f), fill(87.0f));
    const V shifted = add_product(x, fill(1.44269504f), shift), k = sub(shifted, shift);
    const V r = add_product(k, fill(2.12194440e-4f), add_product(k, fill(-0.693359375f), x));
    V p = fill(1.0f / 5040);
    p = add_product(p, r, fill(1.0f / 720));
    p = add_product(p, r, fill(1.0f / 120));
    p = add_product(p, r, fill(1.0f / 24));
    p = add_product(p, r, fill(1.0f / 6));
    p = add_product(p, r, fill(0.5f));
    p = add_product(p, r, fill(1));
    p = add_product(p, r, fill(1));
    return mul(p, power(shifted));
}

INLINE V sigmoid_of(V x) {
    return quotient(fill(1), add(fill(1), exp_fast(sub(zero(), x))));
}

INLINE V tanh_of(V x) {
    const V one = fill(1), magnitude = size(x), square = mul(x, x);
    const V e = exp_fast(mul(fill(-2), magnitude));
    const V far = with_sign(quotient(sub(one, e), add(one, e)), x);
    V near = add_product(square, fill(-17.0f / 315), fill(2.0f / 15));
    near = add_product(square, near, fill(-1.0f / 3));
    near = mul(x, add_product(square, near, one));
    return where_below(magnitude, fill(0.125f), near, far);
}

TARGET static void sigmoid_all(float *x, int n) {
    for (int i = 0; i < n; i += LANES) {
        const int some = least(LANES, n - i);
        store_some(x + i, sigmoid_of(load_some(x + i, some)), some);
    }
}

TARGET static void tanh_all(float *x, int n) {
    for (int i = 0; i < n; i += LANES) {
        const int some = least(LANES, n - i);
        store_some(x + i, tanh_of(load_some(x + i, some)), some);
    }
}

TARGET static void lstm_cells(int n, float *gates, float *c_state, float *c, float *tanh_c,
                              float *h) {
    for (int i = 0; i < n; i += LANES) {
        const int some = least(LANES, n - i);
        float *const gate[4] = {gates + i, gates + n + i, gates + 2 * n + i, gates + 3 * n + i};
        const V in = sigmoid_of(load_some(gate[0], some));
        const V forget = sigmoid_of(load_some(gate[1], some));
        const V g = tanh_of(load_some(gate[2], some));
        const V out = sigmoid_of(load_some(gate[3], some));
        const V cell = add_product(forget, load_some(c_state + i, some), mul(in, g));
        const V squashed = tanh_of(cell);
        store_some(gate[0], in, some);
        store_some(gate[1], forget, some);
        store_some(gate[2], g, some);
        store_some(gate[3], out, some);
        store_some(c_state + i, cell, some);
        store_some(c + i, cell, some);
        store_some(tanh_c + i, squashed, some);
        store_some(h + i, mul(out, squashed), some);
    }
}

#define PASTE(a, b) a##b
#define NAMED(kernel) PASTE(genre_math_, kernel)
#define QUOTE(text) #text
#define QUOTED(text) QUOTE(text)

const GenreMath NAMED(KERNEL) = {
    .name = QUOTED(KERNEL),
    .runs_here = runs_here,
    .add_nt = add_nt,
    .add_nn = add_nn,
    .add_tn = add_tn,
    .sigmoid = sigmoid_all,
    .tanh = tanh_all,
    .lstm_cells = lstm_cells,
    .add_rows8 = add_rows8,
};
