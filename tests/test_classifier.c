/* The whole pipe through the public interface, with the default model: the same sound gives the
 * same answer however it is cut, at whatever rate, and nothing that comes in can upset it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "genrecast.h"
#include "rng.h"
#include "run.h"
#include "sound.h"

static GenreModel *model;

static void load_model(void) {
    GenreError error;
    model = genre_model_default(&error);
    ck_assert_msg(model != NULL, "%s", error.text);
}

static void free_model(void) {
    genre_model_free(model);
}

static GenreClassifier *make(double rate_hz, int n_channels) {
    GenreError error;
    GenreSettings settings = genre_settings_default();
    settings.interval_s = 0.5f;
    settings.unknown_below = 0;
    GenreClassifier *c = genre_classifier_new(model, rate_hz, n_channels, &settings, &error);
    ck_assert_msg(c != NULL, "%s", error.text);
    return c;
}

static void push_in_blocks(GenreClassifier *c, const float *x, int n_channels, size_t n,
                           size_t block) {
    for (size_t at = 0; at < n; at += block)
        genre_classifier_push(c, x + at * (size_t)n_channels, n - at < block ? n - at : block);
}

static void check_sane(const GenreClassifier *c) {
    const GenreEstimate *e = genre_classifier_estimate(c);
    double sum = 0;
    REQUIRE(e->n_labels == genre_model_n_labels(model), "%d labels", e->n_labels);
    for (int i = 0; i < e->n_labels; i++) {
        REQUIRE(e->scores[i] >= 0 && e->scores[i] <= 1, "score %d is %g", i, e->scores[i]);
        sum += e->scores[i];
    }
    REQUIRE(fabs(sum - 1) < 1e-4, "the scores' sum is %g", sum);
    REQUIRE(e->level_db >= -120 && e->level_db < 70, "level %g", e->level_db);
    REQUIRE(isfinite(genre_classifier_level_db(c)), "level %g", genre_classifier_level_db(c));
}

START_TEST(blocks_do_not_matter) {
    static const size_t blocks[] = {7, 64, 512, 4096};
    static const struct {
        double rate_hz;
        int n_channels;
    } inputs[] = {{22050, 1}, {44100, 2}, {48000, 1}, {8000, 1}, {192000, 2}};
    const double rate_hz = inputs[_i].rate_hz;
    const int n_channels = inputs[_i].n_channels;
    const size_t n = (size_t)(3.3 * rate_hz);
    float *x = calloc(n * (size_t)n_channels, sizeof *x);
    sound_music(x, n * (size_t)n_channels, rate_hz * n_channels);
    GenreClassifier *c = make(rate_hz, n_channels);
    push_in_blocks(c, x, n_channels, n, 1);
    const GenreEstimate one = *genre_classifier_estimate(c);
    ck_assert_uint_gt(one.sequence, 2);
    for (int b = 0; b < 4; b++) {
        genre_classifier_free(c);
        c = make(rate_hz, n_channels);
        push_in_blocks(c, x, n_channels, n, blocks[b]);
        check_sane(c);
        /* Asked for are 1e-5; they are the same numbers. */
        ck_assert_mem_eq(&one, genre_classifier_estimate(c), sizeof one);
    }
    genre_classifier_free(c);
    free(x);
}
END_TEST

static GenreEstimate final_estimate(double rate_hz, int n_channels, double seconds) {
    const size_t n = (size_t)(seconds * rate_hz);
    float *mono = calloc(n, sizeof *mono);
    float *x = calloc(n * (size_t)n_channels, sizeof *x);
    sound_music(mono, n, rate_hz);
    for (size_t i = 0; i < n * (size_t)n_channels; i++)
        x[i] = mono[i / (size_t)n_channels];
    GenreClassifier *c = make(rate_hz, n_channels);
    push_in_blocks(c, x, n_channels, n, 1024);
    genre_classifier_finish(c);
    check_sane(c);
    const GenreEstimate estimate = *genre_classifier_estimate(c);
    genre_classifier_free(c);
    free(mono);
    free(x);
    return estimate;
}

START_TEST(rates_and_channels_hardly_matter) {
    static const double rates_hz[] = {44100, 48000, 96000, 32000, 192000};
    const GenreEstimate right = final_estimate(22050, 1, 8);
    const GenreEstimate found = final_estimate(rates_hz[_i / 2], _i % 2 + 1, 8);
    double difference = 0;
    for (int i = 0; i < right.n_labels; i++)
        difference += fabs(found.scores[i] - right.scores[i]) / right.n_labels;
    ck_assert_double_le(difference, 0.02);
    ck_assert_int_eq(found.state, right.state);
    ck_assert_int_eq(found.genre, right.genre);
    ck_assert_double_eq_tol(found.time_s, right.time_s, 0.01);
    ck_assert_float_eq_tol(found.level_db, right.level_db, 0.5f);
}
END_TEST

START_TEST(interleaved_equals_planar) {
    enum { N = 100000, CHANNELS = 3 };
    float *x = calloc(N * CHANNELS, sizeof *x), *planes = calloc(N * CHANNELS, sizeof *planes);
    sound_noise(x, N * CHANNELS, 0.5, 1);
    for (int i = 0; i < N * CHANNELS; i++)
        planes[i % CHANNELS * N + i / CHANNELS] = x[i];
    GenreClassifier *a = make(48000, CHANNELS), *b = make(48000, CHANNELS);
    for (int at = 0; at < N; at += 1000) {
        const float *const channels[CHANNELS] = {planes + at, planes + N + at, planes + 2 * N + at};
        genre_classifier_push(a, x + at * CHANNELS, 1000);
        genre_classifier_push_planar(b, channels, 1000);
    }
    ck_assert_uint_gt(genre_classifier_estimate(a)->sequence, 0);
    ck_assert_mem_eq(genre_classifier_estimate(a), genre_classifier_estimate(b),
                     sizeof(GenreEstimate));
    genre_classifier_free(a);
    genre_classifier_free(b);
    free(x);
    free(planes);
}
END_TEST

START_TEST(reset_equals_new_and_instances_are_apart) {
    enum { N = 44100 * 3 };
    float *music = calloc(N, sizeof *music), *noise = calloc(N, sizeof *noise);
    sound_music(music, N, 44100);
    sound_noise(noise, N, 1, 2);
    GenreClassifier *fresh = make(44100, 1), *used = make(44100, 1), *other = make(44100, 1);
    push_in_blocks(used, noise, 1, N, 999);
    genre_classifier_finish(used);
    genre_classifier_reset(used);
    ck_assert_uint_eq(genre_classifier_estimate(used)->sequence, 0);
    for (int at = 0; at < N; at += 441) {
        genre_classifier_push(fresh, music + at, 441);
        genre_classifier_push(other, noise + at, 441);
        genre_classifier_push(used, music + at, 441);
    }
    ck_assert_mem_eq(genre_classifier_estimate(fresh), genre_classifier_estimate(used),
                     sizeof(GenreEstimate));
    ck_assert_mem_ne(genre_classifier_estimate(fresh)->scores,
                     genre_classifier_estimate(other)->scores, sizeof(float));
    genre_classifier_free(fresh);
    genre_classifier_free(used);
    genre_classifier_free(other);
    free(music);
    free(noise);
}
END_TEST

START_TEST(no_samples_are_no_samples) {
    GenreClassifier *c = make(44100, 2);
    const GenreEstimate before = *genre_classifier_estimate(c);
    ck_assert_uint_eq(before.sequence, 0);
    ck_assert_int_eq(before.state, GENRE_STATE_SILENCE);
    genre_classifier_push(c, NULL, 0);
    const float *const channels[2] = {NULL, NULL};
    genre_classifier_push_planar(c, channels, 0);
    ck_assert_mem_eq(&before, genre_classifier_estimate(c), sizeof before);
    genre_classifier_finish(c);
    check_sane(c);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_SILENCE);
    genre_classifier_free(c);
    genre_classifier_free(NULL);
}
END_TEST

START_TEST(bad_samples_do_no_harm) {
    enum { N = 48000 * 3 };
    static const double rates_hz[] = {22050, 48000};
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-45f, -1e-39f, 1e10f};
    float *x = calloc(N, sizeof *x);
    GenreClassifier *c = make(rates_hz[_i], 1);
    for (int k = 0; k < 9; k++) {
        for (int i = 0; i < N; i++)
            x[i] = bad[k < 8 ? k : i % 8];
        push_in_blocks(c, x, 1, N / 6, 512);
        check_sane(c);
    }
    /* Nothing of it stays: sound is heard as sound again, after a silence as if new. */
    sound_silence(x, N);
    push_in_blocks(c, x, 1, N, 512);
    push_in_blocks(c, x, 1, N, 512);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_SILENCE);
    sound_music(x, N, rates_hz[_i]);
    push_in_blocks(c, x, 1, N, 512);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_MUSIC);
    check_sane(c);
    genre_classifier_free(c);
    free(x);
}
END_TEST

START_TEST(every_channel_count_works) {
    const int n_channels = _i;
    const size_t n = 44100 * 3 / 2;
    float *x = calloc(n * (size_t)n_channels, sizeof *x);
    for (size_t i = 0; i < n * (size_t)n_channels; i++)
        x[i] = 0.5f * sinf((float)(i / (size_t)n_channels) * 0.1f);
    GenreClassifier *c = make(44100, n_channels);
    push_in_blocks(c, x, n_channels, n, 777);
    check_sane(c);
    ck_assert_int_ne(genre_classifier_estimate(c)->state, GENRE_STATE_SILENCE);
    ck_assert_float_eq_tol(genre_classifier_level_db(c), -9.03f, 0.1f); /* a sine of 0.5 */
    genre_classifier_free(c);
    free(x);
}
END_TEST

START_TEST(first_answer_comes_in_time) {
    static const double rates_hz[] = {8000, 22050, 44100, 96000};
    const double rate_hz = rates_hz[_i];
    const size_t n = (size_t)(1.5 * rate_hz);
    float *x = calloc(4 * n, sizeof *x);
    /* The sound sets in at once, then after 4.5 s of silence. */
    for (int silent = 0; silent < 2; silent++) {
        GenreClassifier *c = make(rate_hz, 1);
        push_in_blocks(c, x, 1, silent ? 3 * n : 0, 64);
        sound_music(x, n, rate_hz);
        push_in_blocks(c, x, 1, n, 64);
        ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_MUSIC);
        genre_classifier_free(c);
        sound_silence(x, n);
    }
    free(x);
}
END_TEST

START_TEST(level_is_dbfs) {
    float x[4410];
    GenreClassifier *c = make(44100, 1);
    sound_square(x, 4410, 44100, 100, 1);
    for (int i = 0; i < 10; i++)
        genre_classifier_push(c, x, 4410);
    ck_assert_float_eq_tol(genre_classifier_level_db(c), 0, 0.2f);
    sound_tone(x, 4410, 44100, 1000, 0.1);
    for (int i = 0; i < 10; i++)
        genre_classifier_push(c, x, 4410);
    ck_assert_float_eq_tol(genre_classifier_level_db(c), -23.01f, 0.05f);
    sound_silence(x, 4410);
    for (int i = 0; i < 10; i++)
        genre_classifier_push(c, x, 4410);
    ck_assert_float_eq(genre_classifier_level_db(c), -120);
    genre_classifier_free(c);
}
END_TEST

START_TEST(the_last_estimate_tells_the_last_level) {
    float x[22050];
    GenreClassifier *c = make(44100, 1);
    sound_tone(x, 22050, 44100, 1000, 0.1);
    genre_classifier_push(c, x, 22050);
    ck_assert_uint_eq(genre_classifier_estimate(c)->sequence, 0);
    genre_classifier_finish(c);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_UNKNOWN);
    ck_assert_float_eq_tol(genre_classifier_estimate(c)->level_db, -23.01f, 0.05f);
    genre_classifier_free(c);
}
END_TEST

START_TEST(sound_too_short_for_a_frame_is_unknown) {
    const bool is_loud = _i;
    float x[882]; /* 0.02 s */
    GenreClassifier *c = make(44100, 1);
    sound_tone(x, 882, 44100, 1000, is_loud ? 0.1 : 0);
    genre_classifier_push(c, x, 882);
    genre_classifier_finish(c);
    const GenreEstimate *e = genre_classifier_estimate(c);
    ck_assert_int_eq(e->state, is_loud ? GENRE_STATE_UNKNOWN : GENRE_STATE_SILENCE);
    ck_assert_float_eq_tol(e->level_db, is_loud ? -23.01f : -120, 1);
    check_sane(c);
    genre_classifier_free(c);
}
END_TEST

START_TEST(settings_take_effect_while_running) {
    enum { N = 44100 };
    float *x = calloc(N, sizeof *x);
    GenreClassifier *c = make(44100, 1);
    GenreSettings settings = genre_settings_default();
    sound_music(x, N, 44100);
    for (int i = 0; i < 3; i++)
        genre_classifier_push(c, x, N);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_MUSIC);
    settings.silence_db = 0; /* everything is silence now */
    settings.silence_s = 0;
    genre_classifier_configure(c, &settings);
    genre_classifier_push(c, x, N);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_SILENCE);
    genre_classifier_configure(c, NULL);
    genre_classifier_reset(c);
    ck_assert_ptr_eq(genre_classifier_model(c), model);
    genre_classifier_free(c);
    free(x);
}
END_TEST

START_TEST(ready_made_frames_equal_sound_without_resampling) {
    GenreClassifier *c = make(22050, 1);
    float frame[256];
    for (int i = 0; i < 256; i++)
        frame[i] = -30;
    for (int i = 0; i < 100; i++)
        genre_classifier_push_frame(c, frame, -20);
    check_sane(c);
    ck_assert_uint_gt(genre_classifier_estimate(c)->sequence, 0);
    ck_assert_double_gt(genre_classifier_estimate(c)->time_s, 1);
    genre_classifier_free(c);
}
END_TEST

START_TEST(refuses_what_it_cannot_do) {
    static const double bad_hz[] = {0, -1, 7999, 192001, NAN, INFINITY};
    static const int bad_channels[] = {0, -1, 65, 1 << 30};
    GenreError error;
    for (int i = 0; i < 6; i++) {
        ck_assert_ptr_null(genre_classifier_new(model, bad_hz[i], 1, NULL, &error));
        ck_assert_int_eq(error.status, GENRE_ERR_BAD_ARG);
        ck_assert_ptr_null(genre_classifier_new(model, bad_hz[i], 1, NULL, NULL));
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_ptr_null(genre_classifier_new(model, 44100, bad_channels[i], NULL, &error));
        ck_assert_int_eq(error.status, GENRE_ERR_BAD_ARG);
    }
}
END_TEST

START_TEST(the_floating_point_mode_is_given_back) {
    /* Denormals are flushed inside only: a host's own arithmetic must not change. */
    volatile float tiny = 1e-38f;
    float x[64] = {0};
    GenreClassifier *c = make(44100, 1);
    genre_classifier_push(c, x, 64);
    tiny /= 16;
    ck_assert_float_gt(tiny, 0);
    genre_classifier_free(c);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, load_model, free_model);
    tcase_add_loop_test(tests, blocks_do_not_matter, 0, 5);
    tcase_add_loop_test(tests, rates_and_channels_hardly_matter, 0, 10);
    tcase_add_test(tests, interleaved_equals_planar);
    tcase_add_test(tests, reset_equals_new_and_instances_are_apart);
    tcase_add_test(tests, no_samples_are_no_samples);
    tcase_add_loop_test(tests, bad_samples_do_no_harm, 0, 2);
    tcase_add_loop_test(tests, every_channel_count_works, 1, 65);
    tcase_add_loop_test(tests, first_answer_comes_in_time, 0, 4);
    tcase_add_test(tests, level_is_dbfs);
    tcase_add_test(tests, the_last_estimate_tells_the_last_level);
    tcase_add_loop_test(tests, sound_too_short_for_a_frame_is_unknown, 0, 2);
    tcase_add_test(tests, settings_take_effect_while_running);
    tcase_add_test(tests, ready_made_frames_equal_sound_without_resampling);
    tcase_add_test(tests, refuses_what_it_cannot_do);
    tcase_add_test(tests, the_floating_point_mode_is_given_back);
}
