/* The arithmetic that the networks rest on: activations, products, options of all sizes. */
#include "net/math.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "run.h"

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static float sigmoid_at(float x) {
    genre_sigmoid(&x, 1);
    return x;
}

static float tanh_at(float x) {
    genre_tanh(&x, 1);
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
    over_all_floats(check_sigmoid);
}
END_TEST

static void check_tanh(float x) {
    const double right = tanh(x);
    REQUIRE(fabs(tanh_at(x) - right) <= 1e-6 * fabs(right), "tanh(%g) = %g", x, tanh_at(x));
}

START_TEST(tanh_is_right) {
    over_all_floats(check_tanh);
}
END_TEST

START_TEST(activations_saturate) {
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
    /* Swallowed, it would turn a model that overflows into one that is quietly wrong. */
    ck_assert(isnan(sigmoid_at(NAN)));
    ck_assert(isnan(tanh_at(NAN)));
}
END_TEST

START_TEST(activations_do_not_depend_on_position) {
    float x[67], alone[67];
    for (int i = 0; i < 67; i++)
        x[i] = alone[i] = (float)(i - 33) / 7;
    genre_sigmoid(x, 67);
    for (int i = 0; i < 67; i++)
        ck_assert_float_eq(x[i], sigmoid_at(alone[i]));
    for (int i = 0; i < 67; i++)
        x[i] = alone[i];
    genre_tanh(x, 67);
    for (int i = 0; i < 67; i++)
        ck_assert_float_eq(x[i], tanh_at(alone[i]));
}
END_TEST

enum { LARGEST = 70 };

/* One element of c += a . b by its definition; a_step and b_step walk along the inner index. */
static double element(float c, int k, const float *a, int a_step, const float *b, int b_step) {
    double sum = c;
    for (int i = 0; i < k; i++)
        sum += (double)a[i * a_step] * b[i * b_step];
    return sum;
}

static void check_products(int m, int n, int k) {
    static float a[LARGEST * LARGEST], b[LARGEST * LARGEST], before[LARGEST * LARGEST];
    static float c[LARGEST * LARGEST];
    GenreRng rng = genre_rng((uint64_t)m, (uint64_t)(n * 100 + k));
    for (int i = 0; i < LARGEST * LARGEST; i++) {
        a[i] = (float)genre_rng_between(&rng, -1, 1);
        b[i] = (float)genre_rng_between(&rng, -1, 1);
        before[i] = (float)genre_rng_between(&rng, -1, 1);
    }
    for (int which = 0; which < 3; which++) {
        for (int i = 0; i < LARGEST * LARGEST; i++)
            c[i] = before[i];
        if (which == 0)
            genre_math_portable.add_nt(m, n, k, a, b, c);
        else if (which == 1)
            genre_math_portable.add_nn(m, n, k, a, b, c);
        else
            genre_math_portable.add_tn(m, n, k, a, b, c);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                const float old = before[i * n + j];
                const double right = which == 0   ? element(old, k, a + i * k, 1, b + j * k, 1)
                                     : which == 1 ? element(old, k, a + i * k, 1, b + j, n)
                                                  : element(old, k, a + i, m, b + j, n);
                REQUIRE(fabs(c[i * n + j] - right) <= 1e-5, "product %d of (%d, %d, %d)", which, m,
                        n, k);
            }
        for (int i = m * n; i < LARGEST * LARGEST; i++)
            REQUIRE(c[i] == before[i], "(%d, %d, %d) writes beyond its matrix", m, n, k);
    }
}

START_TEST(products_are_right_at_every_size) {
    for (int size = 1; size <= LARGEST; size++) {
        check_products(size, 3, 5);
        check_products(2, size, 7);
        check_products(3, 4, size);
        check_products(size, size, size);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, sigmoid_is_right);
    tcase_add_test(tests, tanh_is_right);
    tcase_add_test(tests, activations_saturate);
    tcase_add_test(tests, activations_carry_nan);
    tcase_add_test(tests, activations_do_not_depend_on_position);
    tcase_add_test(tests, products_are_right_at_every_size);
}
