/* What is not music: the sounds that are made of it, and how a model that knows it is scored. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluate.h"
#include "eval/not_music.h"
#include "made/sounds.h"
#include "model/model.h"
#include "model_helpers.h"

enum { N_KINDS = 34 };

static Mono make(int kind, uint64_t seed) {
    GenreRng rng = genre_rng(seed, 0);
    GenreError error;
    Mono mono = {.rate_hz = 22050, .n = 2 * 22050};
    mono.samples = calloc(mono.n, sizeof *mono.samples);
    ck_assert_msg(sounds_make(kind, &mono, &rng, &error) == 0, "%s", error.text);
    return mono;
}

static double power(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum / (double)n;
}

START_TEST(every_sound_sounds) {
    const char *name = sounds_at(_i)->name;
    Mono one = make(_i, 1), again = make(_i, 1), other = make(_i, 2);
    const double level = power(one.samples, one.n);
    REQUIRE(isfinite(level) && level > 1e-4 && level < 1, "%s: its power is %g", name, level);
    ck_assert_mem_eq(one.samples, again.samples, one.n * sizeof *one.samples);
    REQUIRE(memcmp(one.samples, other.samples, one.n * sizeof *one.samples) != 0,
            "%s is the same each time", name);
    for (int i = 0; i < _i; i++)
        REQUIRE(strcmp(sounds_at(i)->name, name) != 0, "%s stands twice", name);
    free(one.samples);
    free(again.samples);
    free(other.samples);
}
END_TEST

START_TEST(some_sounds_are_held_out) {
    int n_held_out = 0;
    ck_assert_ptr_null(sounds_at(N_KINDS));
    ck_assert_ptr_null(sounds_at(-1));
    for (int i = 0; i < N_KINDS; i++)
        n_held_out += sounds_at(i)->held_out;
    ck_assert_int_ge(n_held_out, 8);
    ck_assert_int_ge(N_KINDS - n_held_out, 12);
}
END_TEST

/* Power of the difference of neighbours over that of the samples: 2 for white noise. */
static double brightness(int kind) {
    Mono mono = make(kind, 3);
    const double before = power(mono.samples, mono.n);
    for (size_t i = mono.n - 1; i > 0; i--)
        mono.samples[i] -= mono.samples[i - 1];
    const double bright = power(mono.samples, mono.n) / before;
    free(mono.samples);
    return bright;
}

static int kind_called(const char *name) {
    for (int i = 0; i < N_KINDS; i++)
        if (strcmp(sounds_at(i)->name, name) == 0)
            return i;
    ck_abort_msg("no sound is called %s", name);
}

START_TEST(noises_have_their_colours) {
    const double white = brightness(kind_called("white"));
    const double pink = brightness(kind_called("pink"));
    const double brown = brightness(kind_called("brown"));
    ck_assert_double_eq_tol(white, 2, 0.05);
    ck_assert_double_gt(brightness(kind_called("blue")), 2.5);
    ck_assert_double_lt(pink, 0.8);
    ck_assert_double_lt(brown, 0.02);
    ck_assert_double_gt(pink, 2 * brown);
}
END_TEST

/* Samples after which x repeats itself best. */
static int period(const float *x) {
    int best = 0;
    double top = 0;
    for (int lag = 6; lag <= 400; lag++) {
        double sum = 0;
        for (int i = 0; i < 2048; i++)
            sum += (double)x[i] * x[i + lag];
        if (sum > top * 1.01) {
            top = sum;
            best = lag;
        }
    }
    return best;
}

START_TEST(sirens_move_by_an_octave) {
    enum { BLOCK = 4096, N_BLOCKS = 100 };
    static const char *const names[] = {"siren", "yelp"};
    GenreRng rng = genre_rng(1, 0);
    GenreError error;
    int least = BLOCK, most = 0;
    Mono mono = {.rate_hz = 22050, .n = N_BLOCKS * BLOCK};
    mono.samples = calloc(mono.n, sizeof *mono.samples);
    ck_assert(sounds_make(kind_called(names[_i]), &mono, &rng, &error) == 0);
    for (int k = 0; k < N_BLOCKS; k++) {
        const int now = period(mono.samples + k * BLOCK);
        least = now < least ? now : least;
        most = now > most ? now : most;
    }
    ck_assert_double_eq_tol((double)most / least, 2, 0.2);
    free(mono.samples);
}
END_TEST

START_TEST(alarms_have_two_notes) {
    enum { BLOCK = 4096, N_BLOCKS = 200 };
    GenreRng rng = genre_rng(1, 0);
    GenreError error;
    int periods[N_BLOCKS], least = BLOCK, n_high = 0, n_low = 0;
    Mono mono = {.rate_hz = 352800, .n = N_BLOCKS * BLOCK}; /* periods are found in whole samples */
    mono.samples = calloc(mono.n, sizeof *mono.samples);
    ck_assert(sounds_make(kind_called("alarm"), &mono, &rng, &error) == 0);
    for (int k = 0; k < N_BLOCKS; k++) {
        periods[k] = period(mono.samples + k * BLOCK);
        least = periods[k] < least ? periods[k] : least;
    }
    for (int k = 0; k < N_BLOCKS; k++) {
        n_high += periods[k] < 1.01 * least;
        n_low += fabs(periods[k] / (1.3 * least) - 1) < 0.01;
    }
    ck_assert_int_ge(n_high, N_BLOCKS / 3);
    ck_assert_int_ge(n_low, N_BLOCKS / 3);
    ck_assert_int_ge(n_high + n_low, N_BLOCKS * 95 / 100); /* or two periods are taken for one */
    free(mono.samples);
}
END_TEST

/* The small model, which takes frames of positive values for its second output. */
static GenreModel *make_knowing(const char *labels, const char *not_music) {
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    static const float weights[SMALL_WEIGHTS] = {0, 0, 0, 0, 1, 1, 1, 1};
    GenreError error;
    size_t size;
    json_object_set_new(metadata, "labels", json_string(labels));
    if (not_music)
        json_object_set_new(metadata, "not_music", json_string(not_music));
    char *text = json_dumps(header, JSON_COMPACT);
    unsigned char *bytes = encode_text(text, weights, sizeof weights, &size);
    GenreModel *model = genre_model_parse(bytes, size, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    free(bytes);
    free(text);
    json_decref(header);
    return model;
}

START_TEST(clips_of_no_music_are_found_by_their_genre) {
    GenreModel *knowing = make_knowing("[\"rock\"]", "talk");
    GenreModel *plain = make_knowing("[\"rock\", \"pop\"]", NULL);
    GenreModel *other = make_knowing("[\"rock\", \"not-music\"]", NULL);
    ck_assert(not_music_is(knowing, "talk"));
    ck_assert(!not_music_is(knowing, "not-music"));
    ck_assert(!not_music_is(knowing, "rock"));
    ck_assert(not_music_is(plain, "not-music"));
    ck_assert(!not_music_is(plain, "talk"));
    ck_assert(!not_music_is(other, "not-music")); /* there it is a genre like any other */
    genre_model_free(knowing);
    genre_model_free(plain);
    genre_model_free(other);
}
END_TEST

START_TEST(no_music_counts_by_itself) {
    GenreModel *model = make_knowing("[\"rock\"]", "talk");
    static float talk[2000 * 4], rock[2000 * 4]; /* 16 s of frames of 64 samples at 8 kHz */
    for (int i = 0; i < 2000 * 4; i++) {
        talk[i] = 3;
        rock[i] = -3;
    }
    const EvaluateClip clips[] = {
        {-1, NULL, talk, 2000, NULL}, {0, NULL, rock, 2000, NULL},
        {-1, NULL, rock, 2000, NULL}, {-1, NULL, talk, 1000, NULL},
        {0, NULL, talk, 2000, NULL},  {-1, "/nowhere.wav", NULL, 0, NULL},
        {-1, NULL, talk, 2000, NULL},
    };
    int said[7];
    GenreError error;
    Pool *pool = pool_new(1);
    Evaluation evaluation = {.model = model, .said = said, .allowed = {true}};
    ck_assert_msg(evaluate(&evaluation, clips, 7, pool, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(evaluation.n_failed, 1);
    ck_assert_uint_eq(evaluation.clips.n, 2);
    ck_assert_uint_eq(evaluation.not_music.n, 4);
    for (int k = 2; k < EVALUATE_N_TIMES; k++)
        ck_assert_double_eq_tol(not_music_right(&evaluation.not_music, k), 0.75, 1e-9);
    ck_assert_uint_eq(evaluation.not_music.lasting[4], 3); /* 10 s */
    ck_assert_uint_eq(evaluation.not_music.lasting[6], 0); /* 20 s */
    ck_assert_uint_eq(evaluation.shown[4].unknown, 1);     /* the rock that sounds like talk */
    ck_assert_uint_eq(evaluation.shown[4].right, 1);
    ck_assert_int_eq(said[0], -1);
    ck_assert_int_eq(said[2], 0);
    ck_assert_int_eq(said[5], -2);
    json_t *json = evaluation_json(&evaluation), *of = json_object_get(json, "not_music");
    ck_assert_int_eq(json_integer_value(json_object_get(of, "clips")), 4);
    ck_assert_double_eq_tol(json_real_value(json_object_get(json_object_get(of, "accuracy"), "30")),
                            0.75, 1e-9);
    json_decref(json);

    /* Nothing else, and nothing at all. */
    Evaluation alone = {.model = model, .allowed = {true}};
    ck_assert_msg(evaluate(&alone, clips + 2, 2, pool, &error) == 0, "%s", error.text);
    ck_assert_double_eq_tol(not_music_right(&alone.not_music, 7), 0.5, 1e-9);
    json = evaluation_json(&alone);
    ck_assert_ptr_nonnull(json_object_get(json, "accuracy"));
    ck_assert_double_eq(json_real_value(json_object_get(json_object_get(json, "accuracy"), "30")),
                        0);
    json_decref(json);
    Evaluation none = {.model = model, .allowed = {true}};
    ck_assert_int_ne(evaluate(&none, clips + 5, 1, pool, &error), 0);
    pool_free(pool);
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, every_sound_sounds, 0, N_KINDS);
    tcase_add_test(tests, some_sounds_are_held_out);
    tcase_add_test(tests, noises_have_their_colours);
    tcase_add_loop_test(tests, sirens_move_by_an_octave, 0, 2);
    tcase_add_test(tests, alarms_have_two_notes);
    tcase_add_test(tests, clips_of_no_music_are_found_by_their_genre);
    tcase_add_test(tests, no_music_counts_by_itself);
}
