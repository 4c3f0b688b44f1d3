/* Estimates as JSON and as lines, and text made fit to be shown. */
#include "out/json.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/report.h"
#include "model_helpers.h"
#include "out/text.h"
#include "rng.h"
#include "run.h"

static GenreModel *model;

static GenreEstimate random_estimate(GenreRng *rng) {
    GenreEstimate e = {.sequence = 1,
                       .time_s = 1e5 * genre_rng_uniform(rng),
                       .heard_s = 3,
                       .held_s = 1.5f,
                       .state = GENRE_STATE_MUSIC,
                       .level_db = -12.345f,
                       .n_labels = genre_model_n_labels(model)};
    float sum = 0;
    for (int i = 0; i < e.n_labels; i++)
        sum += e.scores[i] = (float)exp(8 * genre_rng_normal(rng));
    for (int i = 0; i < e.n_labels; i++)
        e.scores[i] /= sum;
    for (int i = 0; i < e.n_labels; i++)
        if (e.scores[i] > e.scores[e.genre])
            e.genre = i;
    e.confidence = e.scores[e.genre];
    return e;
}

/* The line parsed again, after the checks that any line must pass. */
static json_t *parse(const GenreEstimate *e, const char *path, int final, int64_t dropped) {
    char *line = genre_json_estimate(model, e, path, final, dropped);
    json_error_t error;
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_null(strchr(line, '\n'));
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(json != NULL, "%s in %s", error.text, line);
    free(line);
    return json;
}

static double number(const json_t *json, const char *key) {
    const json_t *value = json_object_get(json, key);
    ck_assert_msg(json_is_number(value), "%s is no number", key);
    return json_number_value(value);
}

START_TEST(scores_sum_to_one) {
    GenreRng rng = genre_rng(1, 1);
    for (int round = 0; round < 1000; round++) {
        const GenreEstimate e = random_estimate(&rng);
        json_t *json = parse(&e, NULL, -1, -1);
        const json_t *scores = json_object_get(json, "scores");
        double sum = 0;
        REQUIRE((int)json_object_size(scores) == e.n_labels, "%zu scores",
                json_object_size(scores));
        for (int i = 0; i < e.n_labels; i++) {
            const double score = number(scores, genre_model_label(model, i));
            REQUIRE(fabs(score - e.scores[i]) < 2e-6, "%g for %g", score, e.scores[i]);
            sum += score;
        }
        REQUIRE(fabs(sum - 1) < 1e-9, "sum %.12f", sum);
        REQUIRE(number(json, "confidence") ==
                    number(scores, json_string_value(json_object_get(json, "genre"))),
                "confidence differs from the genre's score");
        json_decref(json);
    }
}
END_TEST

START_TEST(members_are_what_was_agreed) {
    GenreRng rng = genre_rng(2, 1);
    GenreEstimate e = random_estimate(&rng);
    e.time_s = 12.34567;
    json_t *json = parse(&e, "a b.wav", 1, 7);
    ck_assert_str_eq(json_string_value(json_object_get(json, "path")), "a b.wav");
    ck_assert_str_eq(json_string_value(json_object_get(json, "state")), "music");
    ck_assert_str_eq(json_string_value(json_object_get(json, "genre")),
                     genre_model_label(model, e.genre));
    ck_assert_double_eq_tol(number(json, "time_s"), 12.346, 1e-9);
    ck_assert_double_eq_tol(number(json, "level_db"), -12.35, 0.011);
    ck_assert(json_is_true(json_object_get(json, "final")));
    ck_assert_int_eq(json_integer_value(json_object_get(json, "dropped")), 7);
    ck_assert_uint_eq(json_object_size(json), 11);
    json_decref(json);

    e.state = GENRE_STATE_SILENCE;
    e.genre = -1;
    json = parse(&e, NULL, -1, -1);
    ck_assert(json_is_null(json_object_get(json, "genre")));
    ck_assert_ptr_null(json_object_get(json, "path"));
    ck_assert_ptr_null(json_object_get(json, "final"));
    ck_assert_ptr_null(json_object_get(json, "dropped"));
    json_decref(json);
}
END_TEST

START_TEST(lines_of_a_collection_tell_which_file_it_was) {
    GenreRng rng = genre_rng(2, 1);
    const GenreEstimate e = random_estimate(&rng);
    const GenreJsonFile whole = {"a b.wav", UINT64_C(5000000000), 1795216374, "0123", NULL};
    const GenreJsonFile part = {"\xff.wav", 44, -1, "0123", "\xff.wav: cut off"};
    char *line = genre_json_file(model, &e, &whole, true);
    char *plain = genre_json_estimate(model, &e, "a b.wav", true, -1);
    /* The same line, and more behind it. */
    plain[strlen(plain) - 1] = 0;
    ck_assert(strncmp(line, plain, strlen(plain)) == 0);
    ck_assert_str_eq(line + strlen(plain),
                     ",\"bytes\":5000000000,\"modified_s\":1795216374,\"made_with\":\"0123\"}");
    free(line);
    free(plain);

    line = genre_json_file(model, &e, &part, false);
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(json, "path")), "\xef\xbf\xbd.wav");
    ck_assert_str_eq(json_string_value(json_object_get(json, "path_hex")), "ff2e776176");
    ck_assert_str_eq(json_string_value(json_object_get(json, "error")),
                     "\xef\xbf\xbd.wav: cut off");
    ck_assert_int_eq(json_integer_value(json_object_get(json, "modified_s")), -1);
    ck_assert(json_is_false(json_object_get(json, "final")));
    json_decref(json);
    free(line);
}
END_TEST

START_TEST(numbers_that_are_none_do_no_harm) {
    GenreRng rng = genre_rng(3, 1);
    GenreEstimate e = random_estimate(&rng);
    e.level_db = -INFINITY;
    e.held_s = NAN;
    json_decref(parse(&e, NULL, 0, 0));
}
END_TEST

START_TEST(paths_may_hold_any_bytes) {
    static const struct {
        const char *bytes, *text;
    } paths[] = {
        {"plain.wav", "plain.wav"},
        {"new\nline \"quoted\" \\ \033[31m", "new\nline \"quoted\" \\ \033[31m"},
        {"caf\xc3\xa9 \xf0\x9f\x8e\xb5", "caf\xc3\xa9 \xf0\x9f\x8e\xb5"},
        {"latin \xe9.wav", "latin \xef\xbf\xbd.wav"},
        {"cut \xf0\x9f", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"overlong \xc0\xaf", "overlong \xef\xbf\xbd\xef\xbf\xbd"},
        {"surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"beyond \xf4\x90\x80\x80", "beyond \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"", ""},
    };
    GenreRng rng = genre_rng(4, 1);
    const GenreEstimate e = random_estimate(&rng);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        json_t *json = parse(&e, paths[i].bytes, 1, -1);
        ck_assert_str_eq(json_string_value(json_object_get(json, "path")), paths[i].text);
        json_decref(json);
    }
}
END_TEST

START_TEST(every_byte_pair_gives_valid_json) {
    GenreRng rng = genre_rng(5, 1);
    const GenreEstimate e = random_estimate(&rng);
    for (int a = 1; a < 256; a++)
        for (int b = 128; b < 256; b += 3) {
            const char path[] = {(char)a, (char)b, 'x', (char)b, 0};
            json_decref(parse(&e, path, 1, -1));
        }
}
END_TEST

START_TEST(shown_text_controls_no_terminal) {
    char *shown = genre_text_printable("a\033[2J\n\t\x7f\xc2\x9b\xe2\x80\xae z\xff");
    ck_assert_str_eq(shown, "a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                            "\xef\xbf\xbd z\xef\xbf\xbd");
    free(shown);
}
END_TEST

START_TEST(the_locale_does_not_matter) {
    GenreRng rng = genre_rng(6, 1);
    const GenreEstimate e = random_estimate(&rng);
    char *plain = genre_json_estimate(model, &e, NULL, -1, -1);
    if (setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "fr_FR.UTF-8")) {
        char *elsewhere = genre_json_estimate(model, &e, NULL, -1, -1);
        ck_assert_str_eq(plain, elsewhere);
        free(elsewhere);
        setlocale(LC_ALL, "C");
    }
    free(plain);
}
END_TEST

static void set_up(void) {
    GenreError error;
    model = genre_model_default(&error);
    ck_assert_msg(model != NULL, "%s", error.text);
}

static void tear_down(void) {
    genre_model_free(model);
}

/* Of labels that do not exclude each other, scores stay what they are. */
START_TEST(independent_scores_have_any_sum) {
    json_t *header = small_header();
    size_t size;
    json_object_set_new(json_object_get(header, "__metadata__"), "output", json_string("sigmoid"));
    unsigned char *bytes = encode(header, &size);
    GenreModel *independent = genre_model_parse(bytes, size, NULL);
    ck_assert(genre_model_is_independent(independent));
    ck_assert(!genre_model_is_independent(model));
    const GenreEstimate e = {.state = GENRE_STATE_MUSIC,
                             .genre = 1,
                             .confidence = 0.9f,
                             .n_labels = 2,
                             .scores = {0.75f, 0.9f}};
    char *line = genre_json_estimate(independent, &e, NULL, -1, -1);
    ck_assert_ptr_nonnull(strstr(line, "\"confidence\":0.9,"));
    ck_assert_ptr_nonnull(strstr(line, "\"noise\":0.75,\"music\":0.9}"));
    free(line);
    free(bytes);
    genre_model_free(independent);
}
END_TEST

static void has_time(double time_s, const char *text) {
    const GenreReport report = {.kind = GENRE_REPORT_TEXT, .with_time = true};
    const GenreEstimate e = {.time_s = time_s, .genre = -1, .state = GENRE_STATE_SILENCE};
    char *line = genre_report_line(&report, model, &e, "a", false);
    char expected[40];
    snprintf(expected, sizeof expected, "a  %s  silence\n", text);
    ck_assert_str_eq(line, expected);
    free(line);
}

START_TEST(no_minute_has_60_seconds) {
    has_time(0, "  0:00.0");
    has_time(9.94, "  0:09.9");
    has_time(59.94, "  0:59.9");
    has_time(59.96, "  1:00.0");
    has_time(179.99, "  3:00.0");
    has_time(6000.02, "100:00.0");
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, scores_sum_to_one);
    tcase_add_test(tests, independent_scores_have_any_sum);
    tcase_add_test(tests, members_are_what_was_agreed);
    tcase_add_test(tests, lines_of_a_collection_tell_which_file_it_was);
    tcase_add_test(tests, numbers_that_are_none_do_no_harm);
    tcase_add_test(tests, paths_may_hold_any_bytes);
    tcase_add_test(tests, every_byte_pair_gives_valid_json);
    tcase_add_test(tests, shown_text_controls_no_terminal);
    tcase_add_test(tests, the_locale_does_not_matter);
    tcase_add_test(tests, no_minute_has_60_seconds);
}
