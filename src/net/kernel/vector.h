/* The body of a kernel of vector instructions, included by the file of each. That file defines
 *
 *   KERNEL       the kernel's name
 *   TARGET       the attribute that lets the compiler use the instructions
 *   V            a vector of LANES floats
 *   ROWS         dot products that are taken at once, a multiple of LANES
 *   TILE_ROWS,   the block of a matrix product, rows by vectors, that registers hold
 *   TILE_WIDTH
 *   PANEL_ROWS   rows that a panel (net/panels.h) is multiplied with at once
 *   DOT_ROWS,    of products of two matrices' rows, the rows of each that are taken at once
 *   DOT_OTHERS
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

/* Where a matrix b (k, n) has its rows: n apart, or as the table says, where there is one. */
typedef struct {
    const float *b;
    size_t n;
    const int *at;
} Rows;

INLINE const float *row_of(Rows rows, int l) {
    return rows.b + (rows.at ? (size_t)rows.at[l] : (size_t)l * rows.n);
}

/* Part of c += a . b: `rows` rows by `width` vectors, of which the last one holds `last` columns.
 * Rows of a are `a_row` apart, its columns `a_column`; those of c are c_row apart. */
INLINE void add_tile(int rows, int width, int last, int k, const float *a, size_t a_row,
                     size_t a_column, Rows b, float *c, size_t c_row) {
    V sum[TILE_ROWS][TILE_WIDTH];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < width; v++)
            sum[r][v] = load_some(c + r * c_row + v * LANES, v == width - 1 ? last : LANES);
    for (int l = 0; l < k; l++, a += a_column) {
        const float *row = row_of(b, l);
        V from[TILE_WIDTH];
        for (int v = 0; v < width; v++)
            from[v] = load_some(row + v * LANES, v == width - 1 ? last : LANES);
        for (int r = 0; r < rows; r++) {
            const V scale = fill(a[r * a_row]);
            for (int v = 0; v < width; v++)
                sum[r][v] = add_product(scale, from[v], sum[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < width; v++)
            store_some(c + r * c_row + v * LANES, sum[r][v], v == width - 1 ? last : LANES);
}

/* The same for m rows. */
INLINE void add_columns(int m, int width, int last, int k, const float *a, size_t a_row,
                        size_t a_column, Rows b, float *c, size_t c_row) {
    int i = 0;
    for (; i + TILE_ROWS <= m; i += TILE_ROWS)
        add_tile(TILE_ROWS, width, last, k, a + i * a_row, a_row, a_column, b, c + i * c_row,
                 c_row);
    for (; i + 2 <= m; i += 2)
        add_tile(2, width, last, k, a + i * a_row, a_row, a_column, b, c + i * c_row, c_row);
    if (i < m)
        add_tile(1, width, last, k, a + i * a_row, a_row, a_column, b, c + i * c_row, c_row);
}

INLINE void add_strided(int m, int n, int k, const float *a, size_t a_row, size_t a_column, Rows b,
                        float *c) {
    enum { WHOLE = TILE_WIDTH * LANES };
    int j = 0;
    for (; j + WHOLE <= n; j += WHOLE, b.b += WHOLE)
        add_columns(m, TILE_WIDTH, LANES, k, a, a_row, a_column, b, c + j, (size_t)n);
    const int width = (n - j + LANES - 1) / LANES, last = n - j - (width - 1) * LANES;
    if (TILE_WIDTH >= 4 && width == 4)
        add_columns(m, 4, last, k, a, a_row, a_column, b, c + j, (size_t)n);
    else if (TILE_WIDTH >= 3 && width == 3)
        add_columns(m, 3, last, k, a, a_row, a_column, b, c + j, (size_t)n);
    else if (width == 2)
        add_columns(m, 2, last, k, a, a_row, a_column, b, c + j, (size_t)n);
    else if (width == 1)
        add_columns(m, 1, last, k, a, a_row, a_column, b, c + j, (size_t)n);
}

TARGET static void add_nn(int m, int n, int k, const float *a, const float *b, float *c) {
    add_strided(m, n, k, a, (size_t)k, 1, (Rows){b, (size_t)n, NULL}, c);
}

TARGET static void add_tn(int m, int n, int k, const float *a, const float *b, float *c) {
    add_strided(m, n, k, a, 1, (size_t)m, (Rows){b, (size_t)n, NULL}, c);
}

TARGET static void add_nn_at(int m, int n, int k, const float *a, const float *b, const int *at,
                             float *c) {
    add_strided(m, n, k, a, (size_t)k, 1, (Rows){b, 0, at}, c);
}

/* Dot products of long rows: of `rows` of a, k apart, with `others` of b, into c, whose rows are
 * c_row apart. */
INLINE void add_dots_at(int rows, int others, int k, const float *a, const float *b, const int *at,
                        float *c, size_t c_row) {
    enum { ALL = (DOT_ROWS * DOT_OTHERS + LANES - 1) / LANES * LANES };
    V sum[ALL];
    float dots[ALL];
    for (int s = 0; s < ALL; s++)
        sum[s] = zero();
    int i = 0;
    for (; i + LANES <= k; i += LANES) {
        V other[DOT_OTHERS];
        for (int o = 0; o < others; o++)
            other[o] = load(b + at[o] + i);
        for (int r = 0; r < rows; r++) {
            const V row = load(a + (size_t)r * k + i);
            for (int o = 0; o < others; o++)
                sum[r * DOT_OTHERS + o] = add_product(row, other[o], sum[r * DOT_OTHERS + o]);
        }
    }
    if (i < k) {
        V other[DOT_OTHERS];
        for (int o = 0; o < others; o++)
            other[o] = load_some(b + at[o] + i, k - i);
        for (int r = 0; r < rows; r++) {
            const V row = load_some(a + (size_t)r * k + i, k - i);
            for (int o = 0; o < others; o++)
                sum[r * DOT_OTHERS + o] = add_product(row, other[o], sum[r * DOT_OTHERS + o]);
        }
    }
    for (int s = 0; s < ALL; s += LANES)
        store(dots + s, fold(sum + s));
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < others; o++)
            c[r * c_row + o] += dots[r * DOT_OTHERS + o];
}

TARGET static void add_nt_at(int m, int n, int k, const float *a, const float *b, const int *at,
                             float *c) {
    for (int i = 0; i < m; i += DOT_ROWS, a += (size_t)DOT_ROWS * k, c += (size_t)DOT_ROWS * n) {
        int j = 0;
        for (; i + DOT_ROWS <= m && j + DOT_OTHERS <= n; j += DOT_OTHERS)
            add_dots_at(DOT_ROWS, DOT_OTHERS, k, a, b, at + j, c + j, (size_t)n);
        for (; j < n; j++)
            for (int r = 0; r < DOT_ROWS && i + r < m; r++)
                add_dots_at(1, 1, k, a + (size_t)r * k, b, at + j, c + (size_t)r * n + j,
                            (size_t)n);
    }
}

/* `rows` rows of a (k) times a panel, into rows of c that are c_row apart. */
INLINE void add_panel(int rows, int k, const float *a, const float *panel, float *c, size_t c_row) {
    enum { WIDTH = GENRE_PANEL / LANES };
    V sum[PANEL_ROWS][WIDTH];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < WIDTH; v++)
            sum[r][v] = load(c + r * c_row + v * LANES);
    for (int l = 0; l < k; l++, panel += GENRE_PANEL)
        for (int r = 0; r < rows; r++) {
            const V scale = fill(a[(size_t)r * k + l]);
#pragma GCC unroll 16
            for (int v = 0; v < WIDTH; v++)
                sum[r][v] = add_product(scale, load(panel + v * LANES), sum[r][v]);
        }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < WIDTH; v++)
            store(c + r * c_row + v * LANES, sum[r][v]);
}

TARGET static void add_panels(int m, int n, const float *a, const GenrePanels *b, float *c) {
    const int k = b->n_columns;
    const float *panel = b->packed;
    for (int p = 0; p < b->n_panels; p++, panel += (size_t)k * GENRE_PANEL, c += GENRE_PANEL) {
        int i = 0;
        for (; i + PANEL_ROWS <= m; i += PANEL_ROWS)
            add_panel(PANEL_ROWS, k, a + (size_t)i * k, panel, c + (size_t)i * n, (size_t)n);
        for (; i < m; i++)
            add_panel(1, k, a + (size_t)i * k, panel, c + (size_t)i * n, (size_t)n);
    }
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
