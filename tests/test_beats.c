/* Beats of clicks and noise bursts at known times, the score, and averages from beat to beat. */
#include "picture/beats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "feature/feature.h"
#include "rng.h"
#include "run.h"
#include "sound.h"

enum { RATE_HZ = 22050, SECONDS = 20, N = RATE_HZ * SECONDS };
static const double tolerance_s = 0.07;

static void find(GenreBeats *beats, float *x) {
    const Mono mono = {RATE_HZ, N, x};
    GenreError error;
    Frames onset;
    json_t *feature = beats_feature();
    ck_assert_ptr_nonnull(feature);
    ck_assert_int_eq(frames_from_mono(&onset, "test", &mono, feature, &error), GENRE_SUCCESS);
    ck_assert_int_eq(beats_from_onset(beats, &onset, &error), GENRE_SUCCESS);
    json_decref(feature);
    free(onset.values);
}

/* Every period_s from first_s on, up to the end. */
static GenreBeats regular(double first_s, double period_s) {
    GenreBeats beats = {.times_s = calloc(1000, sizeof(double))};
    for (double t = first_s; t < SECONDS; t += period_s)
        beats.times_s[beats.n++] = t;
    return beats;
}

/* A burst of noise of 60 ms at each beat, over soft noise; every fourth louder. */
static void play(float *x, const GenreBeats *beats) {
    GenreRng rng = genre_rng(5, 0);
    sound_noise(x, N, 0.01, 9);
    for (int b = 0; b < beats->n; b++)
        for (size_t i = 0, at = (size_t)(beats->times_s[b] * RATE_HZ); i < 1300 && at + i < N; i++)
            x[at + i] += (float)(genre_rng_between(&rng, -0.4, 0.4) * (b % 4 ? 1 : 2) *
                                 exp(-(double)i / 300));
}

static void check(const GenreBeats *found, const GenreBeats *right, double least) {
    const int n = beats_n_matched(found, right, tolerance_s);
    const double f = beats_f_measure(n, found->n, right->n);
    ck_assert_msg(f >= least, "F-measure %.3f: %d of %d, %d found at %.1f BPM", f, n, right->n,
                  found->n, found->tempo_bpm);
}

static const double tempi_bpm[] = {70, 84, 97.3, 110, 120, 128, 141.7, 155, 170};
enum { N_TEMPI = sizeof tempi_bpm / sizeof *tempi_bpm };

START_TEST(bursts_are_found) {
    static float x[N];
    GenreBeats found, right = regular(0.31, 60 / tempi_bpm[_i]);
    play(x, &right);
    find(&found, x);
    check(&found, &right, 0.97);
    ck_assert_double_eq_tol(found.tempo_bpm, tempi_bpm[_i], 0.01 * tempi_bpm[_i]);
    double mean_s = 0;
    for (int i = 0; i < found.n; i++)
        mean_s += remainder(found.times_s[i] - right.times_s[0], 60 / tempi_bpm[_i]) / found.n;
    ck_assert_msg(fabs(mean_s) < 0.01, "%.1f ms off", 1e3 * mean_s);
    genre_beats_clear(&found);
    genre_beats_clear(&right);
}
END_TEST

START_TEST(clicks_are_found) {
    static float x[N];
    GenreBeats found, right = regular(0, 60 / tempi_bpm[_i]);
    sound_clicks(x, N, RATE_HZ, 60 / tempi_bpm[_i]);
    find(&found, x);
    check(&found, &right, 0.95); /* the one at 0 rises from nothing that is known */
    genre_beats_clear(&found);
    genre_beats_clear(&right);
}
END_TEST

/* A beat that is left out now and then is there all the same; a player's tempo sways. */
START_TEST(gaps_are_bridged_and_sway_is_followed) {
    static float x[N];
    GenreBeats found, right = {.times_s = calloc(1000, sizeof(double))};
    GenreBeats played = {.times_s = calloc(1000, sizeof(double))};
    for (double t = 0.2; t < SECONDS; t += 0.5 * (1 + 0.04 * sin(t))) {
        right.times_s[right.n++] = t;
        if (right.n % 7 != 3)
            played.times_s[played.n++] = t;
    }
    play(x, &played);
    find(&found, x);
    check(&found, &right, 0.95);
    genre_beats_clear(&found);
    genre_beats_clear(&played);
    genre_beats_clear(&right);
}
END_TEST

START_TEST(nothing_has_no_beats) {
    static float x[N];
    GenreBeats found;
    GenreError error;
    sound_silence(x, N);
    find(&found, x);
    ck_assert_int_eq(found.n, 0);
    ck_assert_double_eq(found.tempo_bpm, 0);
    genre_beats_clear(&found);
    for (int n = 0; n < 200; n++) { /* under 2 s */
        ck_assert_int_eq(genre_beats_find(&found, x, n, (GenreFrameTimes){0, 0.01}, &error), 0);
        ck_assert_int_eq(found.n, 0);
    }
    /* Whatever the length and the envelope, it comes to an end. */
    GenreRng rng = genre_rng(3, 3);
    for (int n = 3; n < 600; n++) {
        for (int i = 0; i < n; i++)
            x[i] = (float)genre_rng_between(&rng, 0, 5);
        ck_assert_int_eq(
            genre_beats_find(&found, x, n, (GenreFrameTimes){0, 0.01 + 0.005 * (n % 20)}, &error),
            0);
        for (int i = 1; i < found.n; i++)
            ck_assert(found.times_s[i] > found.times_s[i - 1]);
        genre_beats_clear(&found);
    }
}
END_TEST

START_TEST(the_score_is_right) {
    double a[] = {1, 2, 3, 4}, b[] = {1.05, 1.06, 2.5, 3.071, 4};
    const GenreBeats found = {0, 4, a}, right = {0, 5, b}, none = {0};
    ck_assert_int_eq(beats_n_matched(&found, &right, tolerance_s), 2); /* 1 and 4 */
    ck_assert_int_eq(beats_n_matched(&right, &found, tolerance_s), 2);
    ck_assert_int_eq(beats_n_matched(&found, &none, tolerance_s), 0);
    ck_assert_double_eq_tol(beats_f_measure(2, 4, 5), 2 * 0.5 * 0.4 / (0.5 + 0.4), 1e-12);
    ck_assert_double_eq(beats_f_measure(0, 0, 0), 1);
    ck_assert_double_eq(beats_f_measure(0, 4, 0), 0);
}
END_TEST

START_TEST(annotations_are_read) {
    static const struct {
        const char *text;
        int n; /* -1: refused */
    } cases[] = {{"", 0},
                 {"# beats\n\n0.5\n1.0 2\n1.5\t3\r\n2.0,4\n", 4},
                 {"2\n1\n", 2}, /* sorted */
                 {"0.5\nbeat\n", -1},
                 {"-1\n", -1},
                 {"nan\n", -1},
                 {"1e9\n", -1},
                 {"0.5x\n", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[] = "/tmp/genrecast-beats-XXXXXX";
        const int fd = mkstemp(path);
        FILE *file = fdopen(fd, "w");
        GenreError error = {.text = ""};
        GenreBeats beats;
        fputs(cases[i].text, file);
        fclose(file);
        const GenreStatus status = beats_from_text(&beats, path, &error);
        unlink(path);
        ck_assert_msg((status == 0) == (cases[i].n >= 0), "case %zu: %s", i, error.text);
        ck_assert_int_eq(beats.n, cases[i].n > 0 ? cases[i].n : 0);
        for (int b = 1; b < beats.n; b++)
            ck_assert(beats.times_s[b] >= beats.times_s[b - 1]);
        genre_beats_clear(&beats);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, bursts_are_found, 0, N_TEMPI);
    tcase_add_loop_test(tests, clicks_are_found, 0, N_TEMPI);
    tcase_add_test(tests, gaps_are_bridged_and_sway_is_followed);
    tcase_add_test(tests, nothing_has_no_beats);
    tcase_add_test(tests, the_score_is_right);
    tcase_add_test(tests, annotations_are_read);
}
