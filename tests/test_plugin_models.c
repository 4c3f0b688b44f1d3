/* Messages to and from the LV2 plugins, and models swapped while they run. */
#include <lv2/atom/atom.h>

#include "genrecast.h"
#include "plugin_fixture.h"

/* ---- Messages ------------------------------------------------------------------------------ */

START_TEST(changes_are_told) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    char name[64] = "";
    int n_names = 0, n_scores = 0;
    for (size_t at = 0; at + 64 <= N; at += 64) {
        host_play(host, music + at, 64, 64);
        const char *text = host_told_text(host, GENRE);
        if (text && n_names++ > 0)
            ck_assert_str_ne(text, name);
        if (text)
            snprintf(name, sizeof name, "%s", text);
        const LV2_Atom *scores = host_told(host, SCORES);
        if (!scores)
            continue;
        n_scores++;
        const LV2_Atom_Vector *vector = (const LV2_Atom_Vector *)scores;
        ck_assert_str_eq(host_uri(vector->body.child_type), LV2_ATOM__Float);
        ck_assert_mem_eq(vector + 1, &host->control[GENRE_OUT_SCORES],
                         GENRE_N_DEFAULT_LABELS * sizeof(float));
    }
    GenreModel *model = genre_model_default(NULL);
    ck_assert_str_eq(name, genre_model_label(model, (int)host->control[GENRE_OUT_GENRE]));
    genre_model_free(model);
    ck_assert_int_ge(n_scores, 3);
    ck_assert_int_ge(n_names, 2); /* "unknown", then the genre */
    host_free(host);
}
END_TEST

START_TEST(get_tells_one_or_all) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_run(host, 64);
    host_run(host, 64);
    ck_assert_ptr_null(host_told(host, GENRE));
    host_get(host, NULL);
    host_run(host, 0);
    ck_assert_str_eq(host_told_text(host, MODEL), "");
    ck_assert_str_eq(host_told_text(host, OSC), "");
    ck_assert_str_eq(host_told_text(host, GENRE), "unknown");
    ck_assert_ptr_nonnull(host_told(host, SCORES));
    ck_assert_ptr_nonnull(strstr(host_told_text(host, LABELS), "blues"));
    host_get(host, LABELS);
    host_get(host, "urn:something-else");
    host_run(host, 64);
    ck_assert_ptr_nonnull(host_told(host, LABELS));
    ck_assert_ptr_null(host_told(host, MODEL));
    host_free(host);
}
END_TEST

START_TEST(what_finds_no_room_is_told_later) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    bool told[3] = {false};
    host_get(host, NULL);
    /* From no room at all, not even for the sequence, upwards. */
    for (uint32_t room = 0; room < 3000; room += 8) {
        host->notify_room = room;
        host_run(host, 0);
        if (room < sizeof(LV2_Atom_Sequence_Body))
            continue;
        told[0] |= host_told(host, GENRE) != NULL;
        told[1] |= host_told(host, LABELS) != NULL;
        told[2] |= host_told(host, MODEL) != NULL;
    }
    ck_assert(told[0] && told[1] && told[2]);
    host_free(host);
}
END_TEST

START_TEST(senseless_messages_are_ignored) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    static char endless[5000];
    memset(endless, 'x', sizeof endless - 1);
    host_set_text(host, MODEL, LV2_ATOM__URID, "abc");
    host_set_text(host, MODEL, LV2_ATOM__Path, endless);
    host_set_text(host, OSC, LV2_ATOM__String, endless + 4000);
    host_set_text(host, GENRE, LV2_ATOM__String, "polka"); /* not writable */
    host_set_text(host, "urn:something-else", LV2_ATOM__String, "x");
    host_run(host, 64);
    ck_assert_uint_eq(host->work.at, 0);
    host_free(host);
}
END_TEST

static int score_of(const char *label) {
    static const char *const labels[] = {
#define LABEL(name) name,
        GENRE_DEFAULT_LABELS(LABEL)
#undef LABEL
    };
    for (int i = 0; i < GENRE_N_DEFAULT_LABELS; i++)
        if (strcmp(labels[i], label) == 0)
            return i;
    ck_abort_msg("the default model does not know %s", label);
    return -1;
}

/* ---- Models -------------------------------------------------------------------------------- */

START_TEST(another_model_is_swapped_in) {
    Host *host = host_new((HostKind)_i, 2, RATE_HZ);
    host_play(host, music, N, 512);
    const float before = host->control[GENRE_OUT_GENRE];
    ck_assert_float_ge(before, 0);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_run(host, 64);
    host_work(host);
    host_run(host, 64); /* swapped; the answer stays until there is a new one */
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], before);
    if (_i == HOST_QUEUES) {
        ck_assert_str_eq(host_told_text(host, MODEL), model_path);
        ck_assert_str_eq(host_told_text(host, LABELS), "zydeco jazz");
    }
    ck_assert_ptr_nonnull(strstr(host->log, model_path));
    /* Labels are matched by name: "jazz" has a port of its own, "zydeco" is "other". */
    GenreModel *model = genre_model_load(model_path, NULL);
    GenreClassifier *c = genre_classifier_new(model, RATE_HZ, 2, NULL, NULL);
    const float *const channels[] = {music, music};
    genre_classifier_push_planar(c, channels, N);
    host_play(host, music, N, 512);
    const GenreEstimate *e = genre_classifier_estimate(c);
    ck_assert_int_ge(e->genre, 0);
    const int jazz = score_of("jazz");
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], e->genre ? jazz : GENRE_PORT_OTHER);
    ck_assert_float_gt(host->control[GENRE_OUT_SCORES + jazz], 0);
    ck_assert_float_eq(host->control[GENRE_OUT_SCORES], 0);
    /* And back to the built-in one. */
    host_set_text(host, MODEL, LV2_ATOM__Path, "");
    host_play(host, music, N, 512);
    ck_assert_float_gt(host->control[GENRE_OUT_SCORES], 0);
    genre_classifier_free(c);
    genre_model_free(model);
    host_free(host);
}
END_TEST

START_TEST(a_bad_model_changes_nothing) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_play(host, music, N, 512);
    const float before = host->control[GENRE_OUT_GENRE];
    host_set_text(host, MODEL, LV2_ATOM__Path, "/no/such/model");
    host_run(host, 64);
    host_work(host);
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), ""); /* corrects what the host shows */
    ck_assert_ptr_nonnull(strstr(host->log, "/no/such/model"));
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], before);
    host_free(host);
}
END_TEST

START_TEST(a_full_queue_only_delays) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_set_text(host, MODEL, LV2_ATOM__Path, "/soon/outdated");
    host->queue_is_full = true;
    host_run(host, 64);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_run(host, 64);
    host->queue_is_full = false;
    host_run(host, 64);
    host_work(host);
    host->queue_is_full = true; /* the old model cannot be given away yet */
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), model_path);
    host->queue_is_full = false;
    host_run(host, 64);
    host_work(host);
    ck_assert_ptr_null(strstr(host->log, "outdated"));
    host_free(host);
}
END_TEST

START_TEST(loads_may_overtake_each_other) {
    /* Several loads before any answer, a restore among them; then gone in mid-swap. */
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    HostState state;
    ck_assert_int_eq(host_save(host, &state), LV2_STATE_SUCCESS);
    for (int i = 0; i < 20; i++) {
        host_set_text(host, MODEL, LV2_ATOM__Path, i % 3 ? model_path : "");
        host_run(host, 64);
        if (i % 4 == 0)
            ck_assert_int_eq(host_restore(host, &state, true), LV2_STATE_SUCCESS);
        if (i % 3 == 0)
            host_work(host);
    }
    host_free(host);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, changes_are_told);
    tcase_add_test(tests, get_tells_one_or_all);
    tcase_add_test(tests, what_finds_no_room_is_told_later);
    tcase_add_test(tests, senseless_messages_are_ignored);
    tcase_add_loop_test(tests, another_model_is_swapped_in, HOST_QUEUES, HOST_AT_ONCE + 1);
    tcase_add_test(tests, a_bad_model_changes_nothing);
    tcase_add_test(tests, a_full_queue_only_delays);
    tcase_add_test(tests, loads_may_overtake_each_other);
}
