/* The arithmetic that the networks rest on, of every kernel that runs on this machine: activations
 * and products at all sizes, against their definitions. */
#include "net/math.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "run.h"

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* The kernel that a test is about. */
static const GenreMath *math;

static float sigmoid_at(float x) {
    math->sigmoid(&x, 1);
    return x;
}

static float tanh_at(float x) {
    math->tanh(&x, 1);
    return x;
}

/* Calls check for numbers of all magnitudes and both signs, dense where functions bend. */
static void over_all_floats(void (*check)(float x)) {
    for (double x = -20; x <= 20; x += 1.0 / 1024)
        check((float)x);
    for (float x = FLT_TRUE_MIN; x < 90; x *= 1.01f + FLT_TRUE_MIN / x) {
        check(x);
        check(-x);
    }
    check(0);
}

static void check_sigmoid(float x) {
    const double right = sigmoid(x);
    REQUIRE(fabs(sigmoid_at(x) - right) <= 1e-6 * right + 1e-37, "sigmoid(%g) = %g", x,
            sigmoid_at(x));
}

START_TEST(sigmoid_is_right) {
    math = genre_math_at(_i);
    over_all_floats(check_sigmoid);
}
END_TEST

static void check_tanh(float x) {
    const double right = tanh(x);
    REQUIRE(fabs(tanh_at(x) - right) <= 1e-6 * fabs(right), "tanh(%g) = %g", x, tanh_at(x));
}

START_TEST(tanh_is_right) {
    math = genre_math_at(_i);
    over_all_floats(check_tanh);
}
END_TEST

START_TEST(activations_saturate) {
    math = genre_math_at(_i);
    static const float large[] = {88, 1000, FLT_MAX, INFINITY};
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(sigmoid_at(large[i]), 1);
        ck_assert_float_ge(sigmoid_at(-large[i]), 0);
        ck_assert_float_lt(sigmoid_at(-large[i]), 1e-37f);
        ck_assert_float_eq(tanh_at(large[i]), 1);
        ck_assert_float_eq(tanh_at(-large[i]), -1);
    }
}
END_TEST

START_TEST(activations_carry_nan) {
    math = genre_math_at(_i);
    /* Swallowed, it would turn a model that overflows into one that is quietly wrong. */
    ck_assert(isnan(sigmoid_at(NAN)));
    ck_assert(isnan(tanh_at(NAN)));
}
END_TEST

START_TEST(activations_do_not_depend_on_position) {
    math = genre_math_at(_i);
    float x[67], alone[67];
    for (int i = 0; i < 67; i++)
        x[i] = alone[i] = (float)(i - 33) / 7;
    math->sigmoid(x, 67);
    for (int i = 0; i < 67; i++)
        ck_assert_float_eq(x[i], sigmoid_at(alone[i]));
    for (int i = 0; i < 67; i++)
        x[i] = alone[i];
    math->tanh(x, 67);
    for (int i = 0; i < 67; i++)
        ck_assert_float_eq(x[i], tanh_at(alone[i]));
}
END_TEST

/* The cells of an LSTM by their definition. */
START_TEST(cells_are_right_at_every_size) {
    enum { MOST = 300 };
    static float gates[4 * MOST + 1], before[4 * MOST], state[MOST + 1], old[MOST];
    static float c[MOST + 1], tanh_c[MOST + 1], h[MOST + 1];
    math = genre_math_at(_i);
    for (int n = 1; n <= MOST; n++) {
        GenreRng rng = genre_rng(3, (uint64_t)n);
        for (int i = 0; i < 4 * n; i++)
            gates[i] = before[i] = (float)genre_rng_between(&rng, -4, 4);
        for (int i = 0; i < n; i++)
            state[i] = old[i] = (float)genre_rng_between(&rng, -2, 2);
        gates[4 * n] = state[n] = c[n] = tanh_c[n] = h[n] = 7;
        math->lstm_cells(n, gates, state, c, tanh_c, h);
        for (int i = 0; i < n; i++) {
            const double right[4] = {sigmoid(before[i]), sigmoid(before[n + i]),
                                     tanh(before[2 * n + i]), sigmoid(before[3 * n + i])};
            const double cell = right[1] * old[i] + right[0] * right[2];
            for (int g = 0; g < 4; g++)
                REQUIRE(fabs(gates[g * n + i] - right[g]) <= 1e-6, "%s: gate %d of cell %d of %d",
                        math->name, g, i, n);
            REQUIRE(fabs(c[i] - cell) <= 3e-6 && c[i] == state[i], "%s: cell %d of %d", math->name,
                    i, n);
            REQUIRE(fabs(tanh_c[i] - tanh(cell)) <= 3e-6, "%s: cell %d of %d", math->name, i, n);
            REQUIRE(fabs(h[i] - right[3] * tanh(cell)) <= 4e-6, "%s: cell %d of %d", math->name, i,
                    n);
        }
        REQUIRE(gates[4 * n] == 7 && state[n] == 7 && c[n] == 7 && tanh_c[n] == 7 && h[n] == 7,
                "%s: %d cells write beyond them", math->name, n);
    }
}
END_TEST

enum { LARGEST = 300, ROOM = LARGEST * LARGEST + 8 };

/* One element of c += a . b by its definition; a_step and b_step walk along the inner index. */
static double element(float c, int k, const float *a, int a_step, const float *b, int b_step) {
    double sum = c;
    for (int i = 0; i < k; i++)
        sum += (double)a[i * a_step] * b[i * b_step];
    return sum;
}

/* Everything begins `offset` floats behind a place that no vector is aligned to. */
static void check_products(int m, int n, int k, int offset) {
    static float memory[4][ROOM];
    float *const a = memory[0] + offset, *const b = memory[1] + offset;
    float *const before = memory[2], *const c = memory[3] + offset;
    GenreRng rng = genre_rng((uint64_t)m, (uint64_t)(n * 1000 + k));
    for (int i = 0; i < m * k; i++)
        a[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int i = 0; i < n * k; i++)
        b[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int i = 0; i < m * n; i++)
        before[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int which = 0; which < 3; which++) {
        for (int i = 0; i < m * n; i++)
            c[i] = before[i];
        c[m * n] = c[-1] = 7;
        if (which == 0)
            math->add_nt(m, n, k, a, b, c);
        else if (which == 1)
            math->add_nn(m, n, k, a, b, c);
        else
            math->add_tn(m, n, k, a, b, c);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                const float old = before[i * n + j];
                const double right = which == 0   ? element(old, k, a + i * k, 1, b + j * k, 1)
                                     : which == 1 ? element(old, k, a + i * k, 1, b + j, n)
                                                  : element(old, k, a + i, m, b + j, n);
                REQUIRE(fabs(c[i * n + j] - right) <= 2e-7 * k + 1e-6,
                        "%s: product %d of (%d, %d, %d)", math->name, which, m, n, k);
            }
        REQUIRE(c[m * n] == 7 && c[-1] == 7, "%s: (%d, %d, %d) writes beyond its matrix",
                math->name, m, n, k);
    }
}

/* Rows of b that overlap, in an order of their own. */
static void check_products_at(int m, int n, int k, int offset) {
    static float memory[4][ROOM];
    static int at[LARGEST];
    float *const a = memory[0] + offset, *const b = memory[1] + offset;
    float *const before = memory[2], *const c = memory[3] + offset;
    GenreRng rng = genre_rng((uint64_t)m, (uint64_t)(n * 1000 + k));
    for (int which = 0; which < 2; which++) {
        const int n_rows = which == 0 ? k : n, n_columns = which == 0 ? n : k;
        for (int i = 0; i < ROOM - 8; i++)
            b[i] = NAN; /* what no row reaches is not to be read */
        for (int i = 0; i < m * k; i++)
            a[i] = (float)genre_rng_between(&rng, -1, 1);
        for (int i = 0; i < m * n; i++)
            before[i] = c[i] = (float)genre_rng_between(&rng, -1, 1);
        for (int l = 0; l < n_rows; l++) {
            at[l] = (int)genre_rng_below(&rng, 3 * LARGEST);
            for (int i = 0; i < n_columns; i++)
                b[at[l] + i] = (float)genre_rng_between(&rng, -1, 1);
        }
        c[m * n] = c[-1] = 7;
        (which == 0 ? math->add_nn_at : math->add_nt_at)(m, n, k, a, b, at, c);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double right = before[i * n + j];
                for (int l = 0; l < k; l++)
                    right += (double)a[i * k + l] * (which == 0 ? b[at[l] + j] : b[at[j] + l]);
                REQUIRE(fabs(c[i * n + j] - right) <= 2e-7 * k + 1e-6,
                        "%s: product %d of (%d, %d, %d) with a table", math->name, which, m, n, k);
            }
        REQUIRE(c[m * n] == 7 && c[-1] == 7, "%s: (%d, %d, %d) writes beyond its matrix",
                math->name, m, n, k);
    }
}

START_TEST(products_with_a_table_are_right_at_every_size) {
    math = genre_math_at(_i);
    for (int size = 1; size <= LARGEST; size++) {
        const int offset = 1 + size % 7;
        check_products_at(1, size, 9, offset);
        check_products_at(7, size, 5, offset);
        check_products_at(size, 3, 5, offset);
        check_products_at(5, 13, size, offset);
        if (size <= 70)
            check_products_at(size, size, size, offset);
    }
}
END_TEST

START_TEST(products_are_right_at_every_size) {
    math = genre_math_at(_i);
    for (int size = 1; size <= LARGEST; size++) {
        const int offset = 1 + size % 7;
        check_products(1, size, 67, offset); /* a step of one stream */
        check_products(1, 19, size, offset);
        check_products(size, 3, 5, offset);
        check_products(2, size, 7, offset);
        check_products(3, 4, size, offset);
        if (size <= 70)
            check_products(size, size, size, offset);
    }
    check_products(300, 300, 300, 1);
}
END_TEST

static void check_panels(int m, int n, int k) {
    float *const a = calloc((size_t)m * k, sizeof *a), *const b = calloc((size_t)n * k, sizeof *b);
    float *const c = calloc((size_t)m * n + 1, sizeof *c);
    float *const alone = calloc((size_t)n, sizeof *alone);
    GenreRng rng = genre_rng((uint64_t)m, (uint64_t)(n * 1000 + k));
    for (int i = 0; i < m * k; i++)
        a[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int i = 0; i < n * k; i++)
        b[i] = (float)genre_rng_between(&rng, -1, 1);
    c[m * n] = 7;
    GenrePanels *panels = genre_panels_new(n, k, b);
    math->add_panels(m, n, a, panels, c);
    for (int i = 0; i < m; i++) {
        memset(alone, 0, (size_t)n * sizeof *alone);
        math->add_panels(1, n, a + (size_t)i * k, panels, alone);
        for (int j = 0; j < n; j++) {
            double sum = 0, sizes = 0;
            for (int l = 0; l < k && j < n / GENRE_PANEL * GENRE_PANEL; l++) {
                sum += (double)a[i * k + l] * b[j * k + l];
                sizes += fabs((double)a[i * k + l] * b[j * k + l]);
            }
            REQUIRE(fabs(c[i * n + j] - sum) <= 2e-7 * (k + 2) * sizes,
                    "%s: (%d, %d, %d) at %d, %d: %.9g, not %.9g", math->name, m, n, k, i, j,
                    c[i * n + j], sum);
            REQUIRE(c[i * n + j] == alone[j], "%s: row %d depends on the others", math->name, i);
        }
    }
    REQUIRE(c[m * n] == 7, "%s: (%d, %d, %d) writes beyond its matrix", math->name, m, n, k);
    genre_panels_free(panels);
    free(a);
    free(b);
    free(c);
    free(alone);
}

START_TEST(panels_are_the_matrix) {
    math = genre_math_at(_i);
    for (int size = 1; size <= LARGEST; size++) {
        check_panels(1, 128, size);
        check_panels(size % 15 + 1, 64 + size, 67);
    }
}
END_TEST

/* To the last bit: a row of the result does not depend on the rows that are computed with it. */
START_TEST(rows_do_not_touch) {
    enum { M = 13, N = 83, K = 77 };
    float a[M * K], b[N * K], whole[2][M * N] = {{0}}, parts[2][M * N] = {{0}};
    GenreRng rng = genre_rng(1, 1);
    math = genre_math_at(_i);
    for (int i = 0; i < M * K; i++)
        a[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int i = 0; i < N * K; i++)
        b[i] = (float)genre_rng_between(&rng, -1, 1);
    math->add_nt(M, N, K, a, b, whole[0]);
    math->add_nn(M, N, K, a, b, whole[1]);
    for (int i = 0; i < M; i++) {
        math->add_nt(1, N, K, a + i * K, b, parts[0] + i * N);
        math->add_nn(1, N, K, a + i * K, b, parts[1] + i * N);
    }
    ck_assert_mem_eq(whole, parts, sizeof whole);
    /* Nor does an element on those beside it. */
    for (int j = 0; j < N; j++) {
        float alone = 0;
        math->add_nt(1, 1, K, a, b + j * K, &alone);
        ck_assert_mem_eq(&alone, &whole[0][j], sizeof alone);
    }
}
END_TEST

/* A product with 8-bit rows by its definition, whole numbers throughout. */
static float element8(const float *a, const GenreRows8 *rows, int row, float c) {
    for (int first = 0; first < rows->n_columns; first += GENRE_PIECE8) {
        const int n = rows->n_columns - first;
        float top = 0, least = 0;
        int sum = 0;
        for (int k = first; k < first + GENRE_PIECE8 && k < first + n; k++) {
            top = fmaxf(top, fabsf(a[k]));
            least = fminf(least, a[k]);
        }
        const float levels = least < 0 ? 127 : 255, factor = levels / top, scale = top / levels;
        for (int k = first; k < first + GENRE_PIECE8 && k < first + n && top > 0; k++) {
            const float scaled = a[k] * factor;
            sum += (int)rintf(scaled) * genre_rows8_at(rows, row, k);
        }
        c += (scale * rows->scale[row]) * (float)sum;
    }
    return c;
}

/* Equal to the last bit, so with every kernel the same. */
static void check_rows8(int m, int n, int k, float least) {
    float *const a = calloc((size_t)m * k, sizeof *a), *const c = calloc((size_t)m * n + 1, 4);
    float *const weights = calloc((size_t)n * k, sizeof *weights);
    GenreRng rng = genre_rng((uint64_t)m, (uint64_t)(n * 10000 + k));
    for (int i = 0; i < m * k; i++)
        a[i] = (float)genre_rng_between(&rng, least, 3);
    for (int i = 0; i < n * k; i++)
        weights[i] = (float)genre_rng_between(&rng, -1, 1);
    /* The extremes side by side, where 16 bits might not do. */
    for (int i = 0; i < k && i < 7; i++) {
        a[i] = i < 4 ? least : 3;
        weights[i] = 1;
    }
    GenreRows8 *rows = genre_rows8_round(n, (GenreColumns8){k, 1, 1}, weights);
    for (int i = 0; i < m * n; i++)
        c[i] = (float)i;
    c[m * n] = 7;
    math->add_rows8(m, a, rows, c);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            REQUIRE(c[i * n + j] == element8(a + i * k, rows, j, (float)(i * n + j)),
                    "%s: (%d, %d, %d) at %d, %d: %.9g", math->name, m, n, k, i, j, c[i * n + j]);
    REQUIRE(c[m * n] == 7, "%s: (%d, %d, %d) writes beyond its matrix", math->name, m, n, k);
    genre_rows8_free(rows);
    free(a);
    free(c);
    free(weights);
}

START_TEST(products_of_whole_numbers_are_exact) {
    math = genre_math_at(_i);
    for (int size = 1; size <= LARGEST; size++) {
        check_rows8(1, size, 67, -3);
        check_rows8(1, 19, size, -3);
        check_rows8(size % 11 + 1, size % 37 + 1, size, -3);
        check_rows8(1, 19, size, 0);
    }
    check_rows8(2, 70, GENRE_PIECE8 - 1, -3);
    check_rows8(6, 70, 2 * GENRE_PIECE8 + 9, -3);
    check_rows8(6, 70, 2 * GENRE_PIECE8 + 9, 0);
}
END_TEST

/* A convolution's step, by its definition; groups of four columns meet stretches of x that overlap,
 * the first one the last. The steps of the input that are met have bytes and a scale each. */
typedef struct {
    int n_rows, n; /* channels and positions */
    GenreColumns8 of;
    int n_x;      /* of a step of the input */
    float *x;     /* (steps, n_x) */
    float factor; /* that rounds it */
    const int *at;
    const GenreRows8 *rows;
    int *dots; /* (steps, n_rows, n) */
} Step8;

/* Products of the whole numbers that steps of the input and of the kernel are. */
static void fill_dots8(Step8 *step) {
    const GenreColumns8 of = step->of;
    const int n_dots = of.steps * step->n_rows * step->n;
    step->dots = calloc((size_t)n_dots, sizeof *step->dots);
    for (int d = 0; d < n_dots; d++) {
        const int j = d / step->n / step->n_rows, r = d / step->n % step->n_rows, k = d % step->n;
        for (int i = 0; i < of.channels * of.bands; i++) {
            const int from = step->at[i / GENRE_GROUP8] + k * GENRE_GROUP8 + i % GENRE_GROUP8;
            const int column = (i % of.channels * of.steps + j) * of.bands + i / of.channels;
            step->dots[d] += (int)rintf(step->x[j * step->n_x + from] * step->factor) *
                             genre_rows8_at(step->rows, r, column);
        }
    }
}

static void check_finished8(const Step8 *step, int n_met, const GenreMet8 *met,
                            const GenreFinish *finish) {
    const int n_rows = step->n_rows, n = step->n;
    float *const c = calloc((size_t)n_rows * n + 1, sizeof *c);
    for (int i = 0; i <= n_rows * n; i++)
        c[i] = 7;
    math->make_step8(n, step->at, n_met, met, step->rows, finish, c);
    for (int r = 0; r < n_rows; r++)
        for (int k = 0; k < n; k++) {
            float wanted = finish->bias[r];
            for (int i = 0; i < n_met; i++)
                wanted += (met[i].round.scale * step->rows->scale[r]) *
                          (float)step->dots[(met[i].j * n_rows + r) * n + k];
            if (finish->scale)
                wanted = wanted * finish->scale[r] + finish->shift[r];
            if (finish->cut)
                wanted = wanted > 0 ? wanted : 0;
            REQUIRE(c[r * n + k] == wanted,
                    "%s: %d rows of (%d, %d, %d), %d steps%s%s, position %d of %d, row %d: %.9g, "
                    "not %.9g",
                    math->name, n_rows, step->of.channels, step->of.steps, step->of.bands, n_met,
                    finish->scale ? ", scaled" : "", finish->cut ? ", cut" : "", k, n, r,
                    c[r * n + k], wanted);
        }
    REQUIRE(c[n_rows * n] == 7, "%s: writes beyond its positions", math->name);
    free(c);
}

static void check_step8(int n_rows, GenreColumns8 of, int n, float least) {
    enum { APART = 3, MOST_STEPS = 3 };
    of.of_kernel = true;
    const int n_columns = of.channels * of.steps * of.bands;
    const int n_groups = (of.channels * of.bands + GENRE_GROUP8 - 1) / GENRE_GROUP8;
    const int n_x = ((n_groups - 1) * APART + n) * GENRE_GROUP8;
    const size_t n_bytes = (size_t)n_x + GENRE_BEYOND8 * GENRE_GROUP8;
    float *const x = calloc((size_t)n_x * of.steps, sizeof *x);
    float *const weights = calloc((size_t)n_rows * n_columns, sizeof *weights);
    float *const channels = calloc(3 * (size_t)n_rows, sizeof *channels);
    int *const at = calloc((size_t)n_groups, sizeof *at);
    uint8_t *const bytes = malloc(n_bytes * of.steps);
    GenreMet8 met[MOST_STEPS];
    GenreRng rng = genre_rng((uint64_t)n_columns, (uint64_t)(n_rows * 1000 + n));
    float top = 0;
    for (int i = 0; i < n_x * of.steps; i++) {
        x[i] = i % n_x % 5 ? (float)genre_rng_between(&rng, least, 3) : least;
        x[i] = i % n_x == n_x - 1 ? 3 : x[i]; /* so that one factor is all steps' */
        top = fmaxf(top, fabsf(x[i]));
    }
    for (int i = 0; i < n_rows * n_columns; i++)
        weights[i] = i % 7 ? (float)genre_rng_between(&rng, -1, 1) : 1;
    for (int i = 0; i < 3 * n_rows; i++)
        channels[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int g = 0; g < n_groups; g++)
        at[g] = (n_groups - 1 - g) * APART * GENRE_GROUP8;
    GenreRows8 *rows = genre_rows8_round(n_rows, of, weights);
    memset(bytes, 99, n_bytes * of.steps);
    for (int j = 0; j < of.steps; j++) {
        met[j] = (GenreMet8){.j = j, .bytes = bytes + j * n_bytes};
        met[j].round = math->round8(n_x, x + j * n_x, bytes + j * n_bytes);
        met[j].round.scale *= (float)(j + 1);
    }
    Step8 step = {n_rows, n, of, n_x, x, (least < 0 ? 127 : 255) / top, at, rows, NULL};
    fill_dots8(&step);
    for (int run = 0; run < 4; run++) {
        const bool scaled = run % 2;
        const GenreFinish finish = {.bias = channels,
                                    .scale = scaled ? channels + n_rows : NULL,
                                    .shift = scaled ? channels + 2 * n_rows : NULL,
                                    .cut = run / 2};
        for (int first = 0; first < of.steps; first++)
            check_finished8(&step, of.steps - first, met + first, &finish);
        check_finished8(&step, 1, met, &finish);
    }
    genre_rows8_free(rows);
    free(step.dots);
    free(x);
    free(weights);
    free(channels);
    free(at);
    free(bytes);
}

START_TEST(convolutions_of_whole_numbers_are_exact) {
    math = genre_math_at(_i);
    for (int size = 1; size <= 70; size++) {
        const float least = size % 2 ? 0 : -3;
        check_step8(size, (GenreColumns8){7, 3, 3}, 9, least);
        check_step8(19, (GenreColumns8){size, 2, 3}, 17, least);
        check_step8(50, (GenreColumns8){5, 3, size % 5 + 1}, size, least);
    }
    check_step8(96, (GenreColumns8){96, 3, 3}, 7, 0);
    check_step8(3, (GenreColumns8){4000, 1, 3}, 5, -3);
    check_step8(3, (GenreColumns8){5000, 1, 1}, 2, -3);
    check_step8(3, (GenreColumns8){5000, 1, 1}, 2, 0);
}
END_TEST

START_TEST(whole_numbers_take_what_is_none) {
    static const float zeros[3], tiny[3] = {1e-40f, 0, -1e-40f};
    static const float bad[3][3] = {{1, NAN, 1}, {INFINITY, 0, 0}, {0, 0, -INFINITY}};
    const float weights[6] = {1, 2, 3, 0, 0, 0};
    GenreRows8 *rows = genre_rows8_round(2, (GenreColumns8){3, 1, 1}, weights);
    math = genre_math_at(_i);
    float c[2] = {5, 6};
    math->add_rows8(1, zeros, rows, c);
    math->add_rows8(1, tiny, rows, c);
    ck_assert_float_eq(c[0], 5);
    ck_assert_float_eq(c[1], 6);
    for (int i = 0; i < 3; i++) {
        c[0] = c[1] = 0;
        math->add_rows8(1, bad[i], rows, c);
        ck_assert(isnan(c[0]));
    }
    genre_rows8_free(rows);
    /* The same three numbers as a step of a convolution, at one position. */
    static const int at[1];
    static const float bias[2] = {5, 6}, ones[2] = {1, 1};
    const GenreFinish plain = {.bias = bias};
    const GenreFinish whole = {.bias = bias, .scale = ones, .shift = ones, .cut = true};
    uint8_t bytes[(1 + GENRE_BEYOND8) * GENRE_GROUP8] = {0};
    rows = genre_rows8_round(2, (GenreColumns8){3, 1, 1, true}, weights);
    for (int i = 0; i < 2; i++) {
        const GenreMet8 met = {0, math->round8(3, i ? tiny : zeros, bytes), bytes};
        math->make_step8(1, at, 1, &met, rows, &plain, c);
        ck_assert_float_eq(c[0], 5);
        ck_assert_float_eq(c[1], 6);
    }
    for (int i = 0; i < 3; i++) {
        const GenreMet8 met = {0, math->round8(3, bad[i], bytes), bytes};
        math->make_step8(1, at, 1, &met, rows, &plain, c);
        ck_assert(isnan(c[0]));
        math->make_step8(1, at, 1, &met, rows, &whole, c);
        ck_assert_float_eq(c[0], 0); /* as relu makes of it */
    }
    genre_rows8_free(rows);
}
END_TEST

/* A weight lies at most half a step from its number, and the largest is hit. */
START_TEST(rounding_is_to_the_nearest) {
    enum { N = 9, K = 33 };
    float weights[N * K];
    GenreRng rng = genre_rng(1, 4);
    for (int i = 0; i < N * K; i++)
        weights[i] = (float)genre_rng_between(&rng, -1, 1) * (float)(1 + i / K);
    GenreRows8 *rows = genre_rows8_round(N, (GenreColumns8){3, 1, 11}, weights);
    for (int r = 0; r < N; r++) {
        int largest = 0;
        for (int k = 0; k < K; k++) {
            const int q = genre_rows8_at(rows, r, k);
            largest = abs(q) > largest ? abs(q) : largest;
            REQUIRE(fabsf(weights[r * K + k] - rows->scale[r] * (float)q) <=
                        0.5001f * rows->scale[r],
                    "(%d, %d): %g as %d of %g", r, k, weights[r * K + k], q, rows->scale[r]);
        }
        ck_assert_int_eq(largest, 127);
    }
    genre_rows8_free(rows);
}
END_TEST

START_TEST(the_environment_chooses) {
    GenreError error = {.status = GENRE_SUCCESS};
    for (int i = 0; genre_math_at(i); i++) {
        setenv("GENRECAST_KERNELS", genre_math_at(i)->name, 1);
        ck_assert_ptr_eq(genre_math_choose(&error), genre_math_at(i));
    }
    setenv("GENRECAST_KERNELS", "abacus", 1);
    ck_assert_ptr_null(genre_math_choose(&error));
    ck_assert_int_eq(error.status, GENRE_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.text, "abacus"));
    ck_assert_ptr_nonnull(strstr(error.text, "portable"));
    unsetenv("GENRECAST_KERNELS");
    ck_assert_ptr_eq(genre_math_choose(&error), genre_math_at(0));
}
END_TEST

void add_tests(TCase *tests) {
    int n = 0;
    while (genre_math_at(n))
        n++;
    tcase_add_loop_test(tests, sigmoid_is_right, 0, n);
    tcase_add_loop_test(tests, tanh_is_right, 0, n);
    tcase_add_loop_test(tests, activations_saturate, 0, n);
    tcase_add_loop_test(tests, activations_carry_nan, 0, n);
    tcase_add_loop_test(tests, activations_do_not_depend_on_position, 0, n);
    tcase_add_loop_test(tests, cells_are_right_at_every_size, 0, n);
    tcase_add_loop_test(tests, products_are_right_at_every_size, 0, n);
    tcase_add_loop_test(tests, products_with_a_table_are_right_at_every_size, 0, n);
    tcase_add_loop_test(tests, rows_do_not_touch, 0, n);
    tcase_add_loop_test(tests, products_of_whole_numbers_are_exact, 0, n);
    tcase_add_loop_test(tests, panels_are_the_matrix, 0, n);
    tcase_add_loop_test(tests, convolutions_of_whole_numbers_are_exact, 0, n);
    tcase_add_loop_test(tests, whole_numbers_take_what_is_none, 0, n);
    tcase_add_test(tests, rounding_is_to_the_nearest);
    tcase_add_test(tests, the_environment_chooses);
}
