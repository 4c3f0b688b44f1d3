/* Models of windows in the LV2 plugin: their networks run in the worker, and the ports show what
 * the classifier says of the same sound. */
#include <lv2/atom/atom.h>

#include "genrecast.h"
#include "plugin_fixture.h"

static char window_path[120];

static void set_up_window(void) {
    set_up();
    snprintf(window_path, sizeof window_path, "%s/window.safetensors", folder);
    write_window_model(window_path);
}

static void tear_down_window(void) {
    unlink(window_path);
    tear_down();
}

static void load(Host *host, const char *path) {
    host_set_text(host, MODEL, LV2_ATOM__Path, path);
    host_run(host, 0);
    host_work(host);
    host_run(host, 0);
}

/* What the classifier says, with the network run where samples are pushed. */
typedef struct {
    GenreModel *model;
    GenreClassifier *classifier;
} Right;

static Right right_new(void) {
    GenreError error;
    Right right = {genre_model_load(window_path, &error), NULL};
    ck_assert_msg(right.model != NULL, "%s", error.text);
    ck_assert(!genre_model_is_causal(right.model));
    right.classifier = genre_classifier_new(right.model, RATE_HZ, 1, NULL, NULL);
    ck_assert_ptr_nonnull(right.classifier);
    return right;
}

static void right_free(Right *right) {
    genre_classifier_free(right->classifier);
    genre_model_free(right->model);
}

/* Neither of its labels, "noise" and "music", has a port: the confidence has to tell. */
static bool shows(const Host *host, const GenreEstimate *e) {
    const float genre = e->state == GENRE_STATE_SILENCE ? GENRE_PORT_SILENCE
                        : e->genre < 0                  ? GENRE_PORT_UNKNOWN
                                                        : (float)GENRE_PORT_OTHER;
    return host->control[GENRE_OUT_GENRE] == genre &&
           host->control[GENRE_OUT_CONFIDENCE] == e->confidence;
}

/* A worker that comes by after each run(), one that is called within it, and none at all while the
 * host says that it renders offline. */
START_TEST(ports_show_the_classifier_s_answer) {
    static const uint32_t blocks[] = {64, 1024, 8192};
    enum { AFTER, WITHIN, OFFLINE };
    const int how = _i / 3;
    const uint32_t block = blocks[_i % 3];
    Host *host = host_new(how == WITHIN ? HOST_AT_ONCE : HOST_QUEUES, 1, RATE_HZ);
    Right right = right_new();
    load(host, window_path);
    host->freewheel = how == OFFLINE;
    int n_new = 0;
    uint64_t sequence = 0;
    for (size_t at = 0; at + block <= N; at += block) {
        memcpy(host->in[0], music + at, block * sizeof *music);
        genre_classifier_push(right.classifier, music + at, block);
        host_run(host, block);
        if (how == AFTER) {
            host_work(host);
            host_run(host, 0); /* nothing comes in, so nothing is new to it ... */
        }
        const GenreEstimate *e = genre_classifier_estimate(right.classifier);
        n_new += e->sequence != sequence;
        sequence = e->sequence;
        if (how != AFTER && sequence > 0)
            REQUIRE(shows(host, e), "at frame %zu: %g %g, not %g", at,
                    host->control[GENRE_OUT_GENRE], host->control[GENRE_OUT_CONFIDENCE],
                    e->confidence);
    }
    if (how == AFTER) { /* ... until the next sound */
        host_run(host, 1);
        ck_assert(shows(host, genre_classifier_estimate(right.classifier)));
    }
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_OTHER);
    ck_assert_int_ge(n_new, 3);
    right_free(&right);
    host_free(host);
}
END_TEST

START_TEST(changes_are_told) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    load(host, window_path);
    ck_assert_str_eq(host_told_text(host, MODEL), window_path);
    ck_assert_str_eq(host_told_text(host, LABELS), "noise music");
    int n_names = 0, n_scores = 0;
    for (size_t at = 0; at + 512 <= N; at += 512) {
        host_play(host, music + at, 512, 512);
        n_names += host_told(host, GENRE) != NULL;
        n_scores += host_told(host, SCORES) != NULL;
    }
    ck_assert_int_ge(n_names, 1);
    ck_assert_ptr_null(strstr(host->log, "fewer"));
    ck_assert_int_ge(n_scores, 3);
    host_free(host);
}
END_TEST

/* A worker that never has time: audio goes on, and once it comes the answer is of the newest sound.
 */
START_TEST(a_busy_worker_delays_only) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    load(host, window_path);
    for (int round = 0; round < 12; round++)
        for (size_t at = 0; at + 512 <= N; at += 512) {
            memcpy(host->in[0], music + at, 512 * sizeof *music);
            host_run(host, 512);
            ck_assert_mem_eq(host->out[0], music + at, 512 * sizeof *music);
        }
    ck_assert_uint_lt(host->work.at, 100); /* asked once, not at each block */
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_UNKNOWN);
    host_work(host);
    ck_assert_ptr_nonnull(strstr(host->log, "updates are fewer"));
    host_play(host, music, RATE_HZ, 512);
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_OTHER);
    host_free(host);
}
END_TEST

START_TEST(a_full_queue_is_asked_again) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    load(host, window_path);
    host->queue_is_full = true;
    host_play(host, music, N / 2, 512);
    host->queue_is_full = false;
    host_play(host, music, N / 2, 512);
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_OTHER);
    host_free(host);
}
END_TEST

START_TEST(a_reset_forgets_what_is_under_way) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    load(host, window_path);
    for (size_t at = 0; at + 8192 <= N; at += 8192) {
        memcpy(host->in[0], music + at, 8192 * sizeof *music);
        host_run(host, 8192);
    }
    host->control[GENRE_IN_RESET] = 1;
    host_run(host, 64);
    host_work(host); /* what was collected before is worked off now */
    host_run(host, 64);
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_UNKNOWN);
    ck_assert_float_eq(host->control[GENRE_OUT_CONFIDENCE], 0);
    host_free(host);
}
END_TEST

/* Work for a model that is no longer there. */
START_TEST(swaps_go_on_while_there_is_work) {
    Host *host = host_new((HostKind)_i, 2, RATE_HZ);
    const char *const paths[] = {window_path, "", model_path};
    for (unsigned i = 0; i < 60; i++) {
        if (i % 4 == 0)
            host_set_text(host, MODEL, LV2_ATOM__Path, paths[i / 4 % 3]);
        memcpy(host->in[0], music + i * 4096, 4096 * sizeof *music);
        memcpy(host->in[1], music + i * 4096, 4096 * sizeof *music);
        host_run(host, 4096);
        if (i % 5 == 2)
            host_work(host);
    }
    host_set_text(host, MODEL, LV2_ATOM__Path, window_path);
    host_play(host, music, N, 512);
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_OTHER);
    host_set_text(host, MODEL, LV2_ATOM__Path, "");
    host_play(host, music, N, 512);
    ck_assert_float_lt(host->control[GENRE_OUT_GENRE], GENRE_PORT_OTHER);
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    host_free(host);
}
END_TEST

/* Restored in a host without a worker, there is nobody to run it. */
START_TEST(without_a_worker_it_is_refused) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ), *other = host_new(HOST_NO_WORKER, 1, RATE_HZ);
    HostState state;
    load(host, window_path);
    ck_assert_int_eq(host_save(host, &state), LV2_STATE_SUCCESS);
    ck_assert_int_eq(host_restore(other, &state, false), LV2_STATE_SUCCESS);
    ck_assert_ptr_nonnull(strstr(other->log, "worker thread"));
    host_play(other, music, N, 512);
    ck_assert_float_lt(other->control[GENRE_OUT_GENRE], GENRE_PORT_OTHER);
    ck_assert_int_eq(host_save(other, &state), LV2_STATE_SUCCESS);
    ck_assert_str_eq(host_saved(&state, MODEL), window_path); /* the session keeps it */
    host_free(host);
    host_free(other);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up_window, tear_down_window);
    tcase_add_loop_test(tests, ports_show_the_classifier_s_answer, 0, 9);
    tcase_add_test(tests, changes_are_told);
    tcase_add_test(tests, a_busy_worker_delays_only);
    tcase_add_test(tests, a_full_queue_is_asked_again);
    tcase_add_test(tests, a_reset_forgets_what_is_under_way);
    tcase_add_loop_test(tests, swaps_go_on_while_there_is_work, HOST_QUEUES, HOST_AT_ONCE + 1);
    tcase_add_test(tests, without_a_worker_it_is_refused);
}
