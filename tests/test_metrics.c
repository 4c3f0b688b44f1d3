/* The figures of merit, against values worked out by hand or by another formula. */
#include <math.h>
#include <stdlib.h>

#include "eval/metrics.h"
#include "run.h"

/* Three labels, eight answers of eight songs:
 *   truth 0: said 0, 0, 1    truth 1: said 1, 1, 2    truth 2: said 2, nothing heard */
static const Verdict eight[] = {
    {0, 0, 0, 0, 0.9}, {0, 0, 0, 1, 0.8}, {0, 1, 1, 2, 0.4}, {1, 1, 0, 3, 0.7},
    {1, 1, 0, 4, 0.6}, {1, 2, 2, 5, 0.5}, {2, 2, 0, 6, 1.0}, {2, -1, 64, 7, 0.0},
};
enum { N = sizeof eight / sizeof *eight };

START_TEST(top_k_counts_ranks) {
    ck_assert_double_eq_tol(metrics_top(eight, N, 1), 5 / 8.0, 1e-12);
    ck_assert_double_eq_tol(metrics_top(eight, N, 2), 6 / 8.0, 1e-12);
    ck_assert_double_eq_tol(metrics_top(eight, N, 3), 7 / 8.0, 1e-12);
    /* What was not heard is wrong however many labels count. */
    ck_assert_double_eq_tol(metrics_top(eight, N, 1000), 7 / 8.0, 1e-12);
    ck_assert_double_eq(metrics_top(eight, 0, 1), 0);
}
END_TEST

START_TEST(class_figures_by_hand) {
    const ClassFigures one = metrics_class(eight, N, 1);
    ck_assert_uint_eq(one.n, 3);
    ck_assert_uint_eq(one.said, 3);
    ck_assert_uint_eq(one.right, 2);
    ck_assert_double_eq_tol(one.precision, 2 / 3.0, 1e-12);
    const ClassFigures two = metrics_class(eight, N, 2);
    ck_assert_double_eq_tol(two.precision, 1 / 2.0, 1e-12);
    ck_assert_double_eq_tol(two.recall, 1 / 2.0, 1e-12);
    const ClassFigures zero = metrics_class(eight, N, 0);
    ck_assert_double_eq_tol(zero.precision, 1, 1e-12);
    ck_assert_double_eq_tol(zero.recall, 2 / 3.0, 1e-12);
    ck_assert_double_eq_tol(zero.f1, 0.8, 1e-12);
    /* A label that never occurs divides nothing by nothing. */
    const ClassFigures none = metrics_class(eight, N, 5);
    ck_assert_double_eq(none.precision + none.recall + none.f1, 0);
}
END_TEST

START_TEST(macro_figures_by_hand) {
    const MacroFigures macro = metrics_macro(eight, N);
    ck_assert_double_eq_tol(macro.precision, (1 + 2 / 3.0 + 1 / 2.0) / 3, 1e-12);
    ck_assert_double_eq_tol(macro.recall, (2 / 3.0 + 2 / 3.0 + 1 / 2.0) / 3, 1e-12);
    ck_assert_double_eq_tol(macro.f1, (0.8 + 2 / 3.0 + 1 / 2.0) / 3, 1e-12);
    ck_assert_double_eq_tol(macro.balanced, macro.recall, 1e-12);
    /* A label that is said but never true lowers the means, not balanced accuracy. */
    const Verdict wrong[] = {{0, 0, 0, 0, 1}, {0, 4, 1, 1, 1}};
    const MacroFigures two = metrics_macro(wrong, 2);
    ck_assert_double_eq_tol(two.precision, 0.5, 1e-12);
    ck_assert_double_eq_tol(two.recall, 0.25, 1e-12);
    ck_assert_double_eq_tol(two.f1, 2 / 6.0, 1e-12);
    ck_assert_double_eq_tol(two.balanced, 0.5, 1e-12);
    ck_assert_double_eq(metrics_macro(eight, 0).f1, 0);
}
END_TEST

/* Wilson's bounds are the shares p whose own z-score of the outcome is 1.96: (x - p)^2 = z^2 p (1 -
 * p) / n. */
START_TEST(wilson_solves_its_equation) {
    const size_t right[] = {0, 1, 7, 50, 99, 100}, n[] = {5, 10, 20, 100, 100, 100};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        const Interval interval = metrics_wilson(right[i], n[i]);
        const double x = (double)right[i] / (double)n[i], bounds[] = {interval.low, interval.high};
        for (int k = 0; k < 2; k++) {
            const double p = bounds[k];
            if (p < 1e-9 || p > 1 - 1e-9)
                continue;
            ck_assert_double_eq_tol((x - p) * (x - p), 1.959964 * 1.959964 * p * (1 - p) / n[i],
                                    1e-9);
        }
        ck_assert_double_le(interval.low, x);
        ck_assert_double_ge(interval.high, x);
        ck_assert_double_ge(interval.low, 0);
        ck_assert_double_le(interval.high, 1);
    }
    /* Published example (Newcombe 1998): 15 of 148 gives 0.0624 to 0.1605. */
    const Interval known = metrics_wilson(15, 148);
    ck_assert_double_eq_tol(known.low, 0.0624, 5e-5);
    ck_assert_double_eq_tol(known.high, 0.1605, 5e-5);
    ck_assert_double_eq(metrics_wilson(0, 0).high, 1);
}
END_TEST

START_TEST(reliability_has_bins_of_equal_mass) {
    enum { MANY = 95 };
    Verdict verdicts[MANY];
    ReliabilityBin bins[METRICS_BINS];
    for (int i = 0; i < MANY; i++) /* surer and surer, right in every other */
        verdicts[i] = (Verdict){0, i % 2, i % 2, i, (double)((i * 37) % MANY) / MANY};
    const int n_bins = metrics_reliability(verdicts, MANY, bins);
    ck_assert_int_eq(n_bins, METRICS_BINS);
    size_t n = 0;
    for (int i = 0; i < n_bins; i++) {
        ck_assert(bins[i].n == 9 || bins[i].n == 10);
        ck_assert(i == 0 || bins[i].confidence > bins[i - 1].confidence);
        n += bins[i].n;
    }
    ck_assert_uint_eq(n, MANY);
}
END_TEST

START_TEST(ece_is_the_mean_gap) {
    Verdict verdicts[N];
    ReliabilityBin bins[METRICS_BINS];
    for (int i = 0; i < N; i++)
        verdicts[i] = eight[i];
    /* Eight answers, eight bins: the gaps are |confidence - right|. */
    const int n_bins = metrics_reliability(verdicts, N, bins);
    ck_assert_int_eq(n_bins, N);
    ck_assert_double_eq_tol(metrics_ece(bins, n_bins),
                            (0.1 + 0.2 + 0.4 + 0.3 + 0.4 + 0.5 + 0 + 0) / 8, 1e-12);
    ck_assert_double_eq(metrics_ece(bins, 0), 0);
}
END_TEST

/* A hundred fair coins a bin: their share of heads is off a half by sqrt(2 / pi) 0.05 on average.
 */
START_TEST(ece_by_chance_is_that_of_coins) {
    enum { COINS = 1000 };
    static Verdict verdicts[COINS];
    for (int i = 0; i < COINS; i++)
        verdicts[i] = (Verdict){0, i % 2, i % 2, i, 0.5};
    ck_assert_double_eq_tol(metrics_ece_by_chance(verdicts, COINS), 0.0399, 0.001);
    for (int i = 0; i < COINS; i++) /* always right by chance, whatever was right here */
        verdicts[i].confidence = 1;
    ck_assert_double_eq(metrics_ece_by_chance(verdicts, COINS), 0);
    ck_assert_double_eq(metrics_ece_by_chance(verdicts, 0), 0);
}
END_TEST

/* With one answer a song, right or wrong, the interval must be about the binomial one; with each
 * answer ten times over (ten segments a song) it must not get narrower. */
START_TEST(bootstrap_draws_songs) {
    enum { SONGS = 100, SEGMENTS = 10 };
    static Verdict verdicts[SONGS * SEGMENTS];
    Interval accuracy, f1, wide, again, unused;
    GenreError error;
    for (int i = 0; i < SONGS * SEGMENTS; i++) {
        const int song = i % SONGS, truth = song % 2, said = song % 10 < 7 ? truth : !truth;
        verdicts[i] = (Verdict){truth, said, said != truth, song, 0.5};
    }
    ck_assert_int_eq(metrics_bootstrap(verdicts, SONGS, SONGS, &accuracy, &f1, &error), 0);
    ck_assert_int_eq(metrics_bootstrap(verdicts, SONGS * SEGMENTS, SONGS, &wide, &unused, &error),
                     0);
    const double deviation = sqrt(0.7 * 0.3 / SONGS);
    ck_assert_double_eq_tol(accuracy.low, 0.7 - 1.96 * deviation, 0.02);
    ck_assert_double_eq_tol(accuracy.high, 0.7 + 1.96 * deviation, 0.02);
    ck_assert(f1.low < 0.7 && f1.high > 0.68 && f1.high - f1.low > 0.1);
    ck_assert_double_eq(wide.low, accuracy.low);
    ck_assert_double_eq(wide.high, accuracy.high);
    /* In another order. */
    for (int i = 0; i < SONGS / 2; i++) {
        const Verdict other = verdicts[i];
        verdicts[i] = verdicts[SONGS - 1 - i];
        verdicts[SONGS - 1 - i] = other;
    }
    ck_assert_int_eq(metrics_bootstrap(verdicts, SONGS, SONGS, &again, &unused, &error), 0);
    ck_assert_double_eq(again.low, accuracy.low);
    ck_assert_double_eq(again.high, accuracy.high);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, top_k_counts_ranks);
    tcase_add_test(tests, class_figures_by_hand);
    tcase_add_test(tests, macro_figures_by_hand);
    tcase_add_test(tests, wilson_solves_its_equation);
    tcase_add_test(tests, reliability_has_bins_of_equal_mass);
    tcase_add_test(tests, ece_is_the_mean_gap);
    tcase_add_test(tests, ece_by_chance_is_that_of_coins);
    tcase_add_test(tests, bootstrap_draws_songs);
}
