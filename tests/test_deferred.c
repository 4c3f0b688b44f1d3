/* Classifiers whose network runs apart from where samples are pushed: the same estimates as long as
 * the worker keeps up, fewer where it does not, and nothing that stays behind. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "genrecast.h"
#include "model_helpers.h"
#include "run.h"
#include "sound.h"

enum { RATE_HZ = 8000, N = RATE_HZ * 12 };

static float *music;

/* One that looks at 0.6 s of frames of 64 ms; causal: at each frame by itself. */
static GenreModel *make_model(bool causal) {
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    json_object_set_new(metadata, "feature",
                        json_string("{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 512,"
                                    " \"hop\": 512, \"bands\": 4}"));
    if (!causal) {
        json_object_set_new(metadata, "causal", json_string("false"));
        json_object_set_new(metadata, "window_frames", json_string("10"));
        json_object_set_new(
            metadata, "layers",
            json_string("[{\"kind\": \"pool_time\", \"name\": \"mean\"},"
                        " {\"kind\": \"dense\", \"units\": 2, \"name\": \"dense0\"}]"));
    }
    size_t size;
    GenreError error;
    unsigned char *bytes = encode(header, &size);
    GenreModel *model = genre_model_parse(bytes, size, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    free(bytes);
    return model;
}

static GenreClassifier *make(const GenreModel *model, bool deferred) {
    GenreSettings settings = genre_settings_default();
    settings.interval_s = 0.5f;
    GenreClassifier *c = genre_classifier_new(model, RATE_HZ, 1, &settings, NULL);
    ck_assert_ptr_nonnull(c);
    for (int i = 0; deferred && i < 2; i++) /* once more changes nothing, and loses no memory */
        ck_assert_int_eq(genre_classifier_defer(c, NULL), GENRE_SUCCESS);
    return c;
}

static void update(GenreClassifier *c) {
    while (genre_classifier_update(c)) {
    }
    ck_assert(!genre_classifier_is_waiting(c));
}

static void set_up(void) {
    music = calloc(N, sizeof *music);
    sound_music(music, N, RATE_HZ);
    memset(music + 5 * RATE_HZ, 0, 3 * RATE_HZ * sizeof *music); /* and silence within */
}

static void tear_down(void) {
    free(music);
}

#define SAME(a, b)                                                                                 \
    ck_assert_mem_eq(genre_classifier_estimate(a), genre_classifier_estimate(b),                   \
                     sizeof(GenreEstimate))

START_TEST(estimates_are_the_same) {
    enum { BLOCK = 100 };
    GenreModel *model = make_model(_i);
    GenreClassifier *inline_one = make(model, false), *deferred = make(model, true);
    SAME(inline_one, deferred);
    for (int at = 0; at < N; at += BLOCK) {
        if (at == 40 * BLOCK) {
            /* From where the change is made on, not from where the worker hears of it. */
            GenreSettings settings = genre_settings_default();
            settings.interval_s = 0.3f;
            settings.smoothing_s = 1;
            genre_classifier_configure(inline_one, &settings);
            genre_classifier_configure(deferred, &settings);
        }
        if (at == 300 * BLOCK) {
            genre_classifier_reset(inline_one);
            genre_classifier_reset(deferred);
            SAME(inline_one, deferred);
        }
        genre_classifier_push(inline_one, music + at, BLOCK);
        genre_classifier_push(deferred, music + at, BLOCK);
        update(deferred);
        SAME(inline_one, deferred);
        ck_assert_float_eq(genre_classifier_level_db(inline_one),
                           genre_classifier_level_db(deferred));
    }
    genre_classifier_finish(inline_one);
    genre_classifier_finish(deferred);
    SAME(inline_one, deferred);
    ck_assert_uint_gt(genre_classifier_estimate(deferred)->sequence, 5);
    ck_assert_uint_eq(genre_classifier_n_put_off(deferred), 0);
    genre_classifier_free(inline_one);
    genre_classifier_free(deferred);
    genre_model_free(model);
}
END_TEST

START_TEST(pushing_alone_only_collects) {
    GenreModel *model = make_model(false);
    GenreClassifier *c = make(model, true);
    genre_classifier_push(c, music, 3 * RATE_HZ);
    ck_assert(genre_classifier_is_waiting(c));
    ck_assert_uint_eq(genre_classifier_estimate(c)->sequence, 0);
    ck_assert_float_gt(genre_classifier_level_db(c), -60); /* which needs no network */
    ck_assert(genre_classifier_update(c));
    ck_assert_uint_gt(genre_classifier_estimate(c)->sequence, 0);
    /* All that was collected goes into the last estimate, worker or not. */
    genre_classifier_finish(c);
    ck_assert_double_eq_tol(genre_classifier_estimate(c)->heard_s, 3, 0.1);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

/* A worker that comes by every four seconds, at an interval of half a second. */
START_TEST(a_slow_worker_leaves_estimates_out) {
    GenreModel *model = make_model(false);
    GenreClassifier *c = make(model, true), *quick = make(model, false);
    genre_classifier_push(c, music, 4 * RATE_HZ);
    genre_classifier_push(quick, music, 4 * RATE_HZ);
    const uint64_t n_quick = genre_classifier_estimate(quick)->sequence;
    update(c);
    const GenreEstimate *e = genre_classifier_estimate(c);
    ck_assert_uint_gt(genre_classifier_n_put_off(c), 0);
    ck_assert_uint_ge(e->sequence, 1);
    ck_assert_uint_lt(e->sequence, n_quick);
    ck_assert_double_ge(e->time_s, 3.4); /* of the newest sound, not of what it was behind with */
    genre_classifier_free(c);
    genre_classifier_free(quick);
    genre_model_free(model);
}
END_TEST

/* A worker that never comes: what is collected is bounded, and afterwards all is as it should be.
 */
START_TEST(nothing_piles_up) {
    GenreModel *model = make_model(false);
    GenreClassifier *c = make(model, true);
    for (int i = 0; i < 50; i++)
        genre_classifier_push(c, music, 4 * RATE_HZ);
    const uint64_t n_before = genre_classifier_n_put_off(c);
    ck_assert_uint_gt(n_before, 100); /* frames lost */
    update(c);
    genre_classifier_push(c, music, 4 * RATE_HZ);
    update(c);
    ck_assert_double_ge(genre_classifier_estimate(c)->time_s, 203);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

START_TEST(a_reset_leaves_nothing_behind) {
    GenreModel *model = make_model(false);
    GenreClassifier *c = make(model, true);
    genre_classifier_push(c, music, 4 * RATE_HZ);
    genre_classifier_update(c); /* an estimate is under way, and more to be taken */
    genre_classifier_reset(c);
    ck_assert_uint_eq(genre_classifier_estimate(c)->sequence, 0);
    update(c);
    ck_assert_uint_eq(genre_classifier_estimate(c)->sequence, 0);
    genre_classifier_push(c, music, 2 * RATE_HZ);
    update(c);
    ck_assert_double_le(genre_classifier_estimate(c)->time_s, 2);
    ck_assert_double_le(genre_classifier_estimate(c)->heard_s, 2);
    genre_classifier_reset(c); /* and nothing after it */
    genre_classifier_finish(c);
    ck_assert_int_eq(genre_classifier_estimate(c)->state, GENRE_STATE_SILENCE);
    ck_assert_double_le(genre_classifier_estimate(c)->time_s, 0.1);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

/* ---- With two threads ---------------------------------------------------------------------- */

static atomic_bool stop;

static void *work(void *argument) {
    while (!atomic_load(&stop))
        if (!genre_classifier_update(argument))
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    return NULL;
}

START_TEST(threads_do_not_meet) {
    enum { BLOCK = 80 };
    GenreModel *model = make_model(false);
    GenreClassifier *c = make(model, true);
    pthread_t worker;
    ck_assert_int_eq(pthread_create(&worker, NULL, work, c), 0);
    uint64_t last = 0;
    for (int at = 0; at < N; at += BLOCK) {
        if (at % (400 * BLOCK) == 0) {
            genre_classifier_reset(c);
            last = 0;
        }
        genre_classifier_push(c, music + at, BLOCK);
        const GenreEstimate *e = genre_classifier_estimate(c);
        REQUIRE(e->sequence >= last, "estimate %d after %d", (int)e->sequence, (int)last);
        last = e->sequence;
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    /* However late the worker gets its turn, what was pushed last is heard of. */
    while (genre_classifier_is_waiting(c))
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    atomic_store(&stop, true);
    pthread_join(worker, NULL);
    ck_assert_uint_gt(genre_classifier_estimate(c)->sequence, 0);
    genre_classifier_finish(c);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, estimates_are_the_same, 0, 2);
    tcase_add_test(tests, pushing_alone_only_collects);
    tcase_add_test(tests, a_slow_worker_leaves_estimates_out);
    tcase_add_test(tests, nothing_piles_up);
    tcase_add_test(tests, a_reset_leaves_nothing_behind);
    tcase_add_test(tests, threads_do_not_meet);
}
