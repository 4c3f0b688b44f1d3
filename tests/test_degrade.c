/* The fixed set of degradations: each does what it says, to everyone alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/degrade.h"
#include "eval/degraded.h"
#include "feature/fft.h"
#include "rng.h"
#include "run.h"

static const double rate_hz = 22050;

/* White noise with a beat, as much above 3 kHz as below. */
static Mono make_sound(void) {
    Mono mono = {rate_hz, (size_t)(3 * rate_hz), NULL};
    GenreRng rng = genre_rng(5, 0);
    mono.samples = malloc(mono.n * sizeof(float));
    for (size_t i = 0; i < mono.n; i++)
        mono.samples[i] =
            (float)(genre_rng_between(&rng, -0.5, 0.5) * exp(-4 * fmod((double)i / rate_hz, 0.5)));
    return mono;
}

static Mono degraded(Degradation degradation, const char *name) {
    GenreError error;
    Mono mono = make_sound();
    const GenreStatus status = degrade(&mono, degradation, name, &error);
    ck_assert_msg(status == 0, "%s", error.text);
    ck_assert_double_eq(mono.rate_hz, rate_hz);
    ck_assert_uint_eq(mono.n, (size_t)(3 * rate_hz));
    return mono;
}

static double power(const Mono *mono) {
    double sum = 0;
    for (size_t i = 0; i < mono->n; i++)
        sum += (double)mono->samples[i] * mono->samples[i];
    return sum / (double)mono->n;
}

/* Power between two frequencies, in dB, without the first half second. */
static double band_db(const Mono *mono, double low_hz, double high_hz) {
    enum { N = 1024 };
    static float work[N], bins[N / 2 + 1];
    GenreFft *fft = genre_fft_new(N);
    double sum = 0;
    for (size_t at = N; at + N <= mono->n; at += N) {
        genre_fft_power(fft, mono->samples + at, work, bins);
        for (int k = 0; k <= N / 2; k++)
            sum += k * rate_hz / N >= low_hz && k * rate_hz / N < high_hz ? bins[k] : 0;
    }
    genre_fft_free(fft);
    return 10 * log10(sum);
}

START_TEST(every_kind_is_repeatable) {
    const Mono clean = make_sound();
    for (Degradation kind = DEGRADE_NOT; kind < DEGRADE_N; kind++) {
        const Mono one = degraded(kind, "a.wav"), again = degraded(kind, "a.wav"),
                   other = degraded(kind, "b.wav");
        const size_t bytes = one.n * sizeof(float);
        ck_assert_int_eq(memcmp(one.samples, again.samples, bytes), 0);
        ck_assert_int_eq(memcmp(one.samples, clean.samples, bytes) == 0, kind == DEGRADE_NOT);
        /* Rooms and noise are each file's own. */
        ck_assert_int_eq(memcmp(one.samples, other.samples, bytes) != 0,
                         kind == DEGRADE_ROOM || kind == DEGRADE_NOISE);
        for (size_t i = 0; i < one.n; i++)
            ck_assert(fabsf(one.samples[i]) <= 1);
        free(one.samples);
        free(again.samples);
        free(other.samples);
    }
    free(clean.samples);
}
END_TEST

START_TEST(kinds_do_what_they_say) {
    const Mono clean = make_sound(), quiet = degraded(DEGRADE_QUIET, "a"),
               noisy = degraded(DEGRADE_NOISE, "a"), dull = degraded(DEGRADE_LOW_PASS, "a"),
               room = degraded(DEGRADE_ROOM, "a"), coded = degraded(DEGRADE_CODEC, "a");
    ck_assert_double_eq_tol(10 * log10(power(&quiet) / power(&clean)), -30, 0.01);
    Mono noise = degraded(DEGRADE_NOISE, "a");
    for (size_t i = 0; i < noise.n; i++)
        noise.samples[i] -= clean.samples[i];
    ck_assert_double_eq_tol(10 * log10(power(&noise) / power(&clean)), -15, 0.1);
    ck_assert_double_eq_tol(band_db(&noise, 500, 1500), band_db(&noise, 7500, 8500), 1);
    ck_assert_double_eq_tol(band_db(&dull, 200, 2000), band_db(&clean, 200, 2000), 0.5);
    ck_assert_double_le(band_db(&dull, 6000, 11000), band_db(&clean, 6000, 11000) - 24);
    /* A small loudspeaker has no bass; in a room the pauses are filled. */
    ck_assert_double_le(band_db(&room, 20, 100) - band_db(&room, 1000, 4000),
                        band_db(&clean, 20, 100) - band_db(&clean, 1000, 4000) - 15);
    ck_assert_double_eq_tol(band_db(&coded, 300, 6000), band_db(&clean, 300, 6000), 2);
    const Mono *const all[] = {&clean, &quiet, &noisy, &dull, &room, &coded, &noise};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->samples);
}
END_TEST

/* What noise lifts over full scale becomes softer as a whole instead of being cut. */
START_TEST(nothing_clips) {
    GenreError error;
    Mono loud = make_sound();
    float top = 0;
    for (size_t i = 0; i < loud.n; i++)
        loud.samples[i] *= 4;
    ck_assert_int_eq(degrade(&loud, DEGRADE_NOISE, "a", &error), 0);
    for (size_t i = 0; i < loud.n; i++)
        top = fmaxf(top, fabsf(loud.samples[i]));
    ck_assert_double_eq_tol(top, 1, 1e-6);
    free(loud.samples);
}
END_TEST

START_TEST(names_are_told_apart) {
    for (Degradation kind = DEGRADE_NOT; kind < DEGRADE_N; kind++) {
        ck_assert(*degrade_about(kind) != '\0');
        for (Degradation other = DEGRADE_NOT; other < kind; other++)
            ck_assert_str_ne(degrade_name(kind), degrade_name(other));
    }
}
END_TEST

/* By hand: of 100 clips 15 turn wrong and 5 right. The variance of a difference of -1, 0 or 1 is
 * 0.2 - 0.1^2. Artists with four clips each, which change alike, say no more than with one. */
START_TEST(lost_points_are_paired) {
    Interval interval, wide;
    DegradedGroup clips[100], artists[100], none[9], all[7];
    for (int i = 0; i < 100; i++) {
        clips[i] = (DegradedGroup){1, i < 15 ? 1 : i < 20 ? -1 : 0};
        artists[i] = (DegradedGroup){4, 4 * clips[i].lost};
    }
    for (int i = 0; i < 9; i++)
        none[i] = (DegradedGroup){1, 0};
    for (int i = 0; i < 7; i++)
        all[i] = (DegradedGroup){1, 1};
    ck_assert_double_eq_tol(degraded_lost(clips, 100, &interval), 0.1, 1e-12);
    ck_assert_double_eq_tol(degraded_lost(artists, 100, &wide), 0.1, 1e-12);
    ck_assert_double_eq_tol(wide.high, interval.high, 1e-9);
    ck_assert_double_eq_tol(wide.low, interval.low, 1e-9);
    ck_assert_double_eq_tol(interval.high - 0.1, 1.959964 * sqrt(0.19 / 100), 1e-9);
    ck_assert_double_eq_tol(0.1 - interval.low, 1.959964 * sqrt(0.19 / 100), 1e-9);
    ck_assert_double_eq(degraded_lost(none, 9, &interval), 0);
    ck_assert_double_eq(interval.low, 0);
    ck_assert_double_eq(degraded_lost(all, 7, &interval), 1);
    ck_assert_double_eq_tol(interval.high, 1, 1e-9);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, every_kind_is_repeatable);
    tcase_add_test(tests, kinds_do_what_they_say);
    tcase_add_test(tests, nothing_clips);
    tcase_add_test(tests, names_are_told_apart);
    tcase_add_test(tests, lost_points_are_paired);
}
