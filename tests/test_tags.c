/* Clips with several labels: their names, which are chosen, and how right their scores are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clips/tags.h"
#include "eval/multilabel.h"
#include "run.h"
#include "run/open.h"

START_TEST(tags_become_labels) {
    static const char *const cases[][2] = {
        {"Pop/Rock", "pop-rock"},
        {"Electronic; International; Pop/Rock", "electronic;international;pop-rock"},
        {"rap|Blues", "blues;rap"},
        {"Stage & Screen ; Jazz;jazz", "jazz;stage-screen"},
        {"", ""},
        {" ;| ", ""},
        {"&", "-"},
        {"caf\xc3\xa9", "caf-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = tags_normalise(cases[i][0]);
        ck_assert_str_eq(text, cases[i][1]);
        free(text);
    }
}
END_TEST

enum { N = 5 };

static GenreStatus choose(const char *data, Cache *cache, CacheEntry *entries, json_t **labels,
                          GenreError *error) {
    static const char *const genres[N] = {"a;b", "b;c", "c;d", "d", "a;d"};
    SplitPlan plan;
    json_t *json = json_loads(data, 0, NULL);
    for (int i = 0; i < N; i++)
        entries[i] = (CacheEntry){.id = genres[i], .song = genres[i], .genre = genres[i]};
    *cache = (Cache){.n = N, .entries = entries, .names = json_array()};
    ck_assert_int_eq(split_plan_read(&plan, json, NULL, error), 0);
    const GenreStatus status = tags_choose(cache, &plan, labels, error);
    ck_assert(!plan.merge && !plan.labels && plan.min_clips == 0);
    split_plan_clear(&plan);
    json_decref(json);
    return status;
}

static void check_chosen(const char *data, const char *right_labels, const char *right_genres) {
    CacheEntry entries[N];
    Cache cache;
    json_t *labels;
    GenreError error = {.text = ""};
    char found[200] = "";
    REQUIRE(choose(data, &cache, entries, &labels, &error) == 0, "%s: %s", data, error.text);
    for (size_t i = 0; i < cache.n; i++)
        strcat(strcat(found, cache.entries[i].genre), " ");
    ck_assert_str_eq(found, right_genres);
    char *text = json_dumps(labels, JSON_COMPACT);
    ck_assert_str_eq(text, right_labels);
    free(text);
    json_decref(labels);
    json_decref(cache.names);
}

START_TEST(labels_are_chosen_and_merged_one_by_one) {
    check_chosen("{}", "[\"a\",\"b\",\"c\",\"d\"]", "a;b b;c c;d d a;d ");
    check_chosen("{\"labels\": [\"d\", \"b\"]}", "[\"d\",\"b\"]", "b b d d d ");
    check_chosen("{\"labels\": [\"a\"]}", "[\"a\"]", "a a ");
    check_chosen("{\"merge\": {\"a\": \"b\", \"d\": \"e\"}}", "[\"b\",\"c\",\"e\"]",
                 "b b;c c;e e b;e ");
    check_chosen("{\"min_clips\": 3}", "[\"d\"]", "d d d ");
    CacheEntry entries[N];
    Cache cache;
    json_t *labels;
    GenreError error = {.text = ""};
    ck_assert_int_ne(choose("{\"labels\": [\"x\"]}", &cache, entries, &labels, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "\"x\""));
    json_decref(labels);
    json_decref(cache.names);
}
END_TEST

/* Worked out by hand. */
START_TEST(figures_are_right) {
    enum { CLIPS = 4, LABELS = 3 };
    const float scores[CLIPS * LABELS] = {
        0.9f, 0.6f, 0.1f, //
        0.8f, 0.2f, 0.1f, //
        0.4f, 0.6f, 0.1f, //
        0.3f, 0.7f, 0.1f,
    };
    const uint64_t truth[CLIPS] = {1, 2, 1 | 2, 2};
    Multilabel m;
    GenreError error;
    ck_assert_int_eq(multilabel_figures(&m, scores, truth, CLIPS, LABELS, &error), 0);
    /* The first label: right at ranks 1 and 3. */
    ck_assert_double_eq_tol(m.labels[0].average_precision, (1 + 2.0 / 3) / 2, 1e-9);
    ck_assert_double_eq_tol(m.labels[0].precision, 0.5, 1e-9);
    ck_assert_double_eq_tol(m.labels[0].recall, 0.5, 1e-9);
    ck_assert_double_eq_tol(m.labels[0].f1, 0.5, 1e-9);
    /* The second: right at 1, one of two that share ranks 2 and 3, and 4. */
    ck_assert_double_eq_tol(m.labels[1].average_precision, (1 + 2.0 / 3 + 3.0 / 4) / 3, 1e-9);
    ck_assert_double_eq_tol(m.labels[1].f1, 2 * 2.0 / 6, 1e-9);
    ck_assert_uint_eq(m.labels[2].n, 0);
    ck_assert_double_eq(m.labels[2].f1, 0);
    ck_assert_double_eq_tol(m.mean_average_precision,
                            ((1 + 2.0 / 3) / 2 + (1 + 2.0 / 3 + 3.0 / 4) / 3) / 2, 1e-9);
    ck_assert_double_eq_tol(m.macro_f1, (0.5 + 2.0 / 3) / 2, 1e-9);
    ck_assert_double_eq_tol(m.micro_f1, 2 * 3.0 / (5 + 5), 1e-9);
    ck_assert_double_eq_tol(m.exact, 1.0 / 4, 1e-9);
}
END_TEST

/* Which labels tags leave open, and when a teacher is sure enough of one. */
START_TEST(tags_leave_labels_open) {
    json_t *labels = json_pack("[sss]", "jazz", "metal", "pop");
    json_t *meaning =
        json_loads("{\"pop-rock\": [\"pop\", \"metal\", \"rock\"], \"metal\": []}", 0, NULL);
    ck_assert_uint_eq(open_labels("pop-rock", meaning, labels), 6);
    ck_assert_uint_eq(open_labels("ambient;jazz;pop-rock", meaning, labels), 7);
    ck_assert_uint_eq(open_labels("metal;po;popular", meaning, labels), 0); /* listed, no labels */
    ck_assert_uint_eq(open_labels("", meaning, labels), 0);
    json_decref(meaning);
    json_decref(labels);
    static const float scores[GENRE_MAX_LABELS] = {0.6f, 0.1f, 0.3f};
    ck_assert_int_eq(open_choose(6, scores, 0.7, 0.3), 2); /* 0.3 of 0.4 */
    ck_assert_int_eq(open_choose(6, scores, 0.8, 0.3), -1);
    ck_assert_int_eq(open_choose(6, scores, 0.7, 0.5), -1);
    ck_assert_int_eq(open_choose(7, scores, 0.5, 1), 0);
    ck_assert_int_eq(open_choose(2, scores, 1, 0), 1);
    ck_assert_int_eq(open_choose(0, scores, 0, 0), -1);
    ck_assert_int_eq(open_choose(8, scores, 0, 0), -1); /* no score at all */
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, tags_leave_labels_open);
    tcase_add_test(tests, tags_become_labels);
    tcase_add_test(tests, labels_are_chosen_and_merged_one_by_one);
    tcase_add_test(tests, figures_are_right);
}
