/* Scoring a model on clips and songs: the compiled-in model on frames made here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "eval/evaluate.h"
#include "feature/feature.h"
#include "model/model.h"
#include "rng.h"
#include "run.h"
#include "sound.h"

enum { N_FRAMES = 90 }; /* about 7 s */

/* Noise whose spectrum falls by so many dB from the lowest band to the highest, and which is
 * `beat_db` louder in every eighth frame. */
static float *make_frames(const GenreModel *model, double fall_db, double beat_db) {
    float *frames = malloc(sizeof *frames * N_FRAMES * (size_t)model->n_bands);
    GenreRng rng = genre_rng(7, 0);
    for (int i = 0; i < N_FRAMES * model->n_bands; i++)
        frames[i] =
            (float)(-20 - fall_db * (i % model->n_bands) / model->n_bands +
                    (i / model->n_bands % 8 == 0 ? beat_db : 0) + 4 * genre_rng_normal(&rng));
    return frames;
}

/* Frames of what this model takes for music. */
static float *music_frames(const GenreModel *model) {
    GenreFeature *feature = genre_feature_new(model->feature, NULL);
    const double rate_hz = genre_feature_spec(feature)->rate_hz;
    const size_t n = (size_t)((N_FRAMES + 4) * genre_feature_period_s(feature) * rate_hz);
    float *sound = malloc(n * sizeof *sound);
    float *frames = malloc(sizeof *frames * N_FRAMES * (size_t)model->n_bands);
    int n_frames = 0;
    sound_music(sound, n, rate_hz);
    for (size_t at = 0; n_frames < N_FRAMES;) {
        bool ready;
        ck_assert_uint_lt(at, n);
        at += genre_feature_push(feature, sound + at, n - at, &ready);
        if (ready)
            memcpy(frames + model->n_bands * n_frames++, genre_feature_frame(feature),
                   sizeof *frames * (size_t)model->n_bands);
    }
    genre_feature_free(feature);
    free(sound);
    return frames;
}

/* What the product makes of a clip of these frames. */
static GenreEstimate hear(const GenreModel *model, const float *frames) {
    GenreSettings settings = genre_settings_default();
    settings.interval_s = 0.1f;
    GenreClassifier *classifier = genre_classifier_new(model, 22050, 1, &settings, NULL);
    for (int t = 0; t < N_FRAMES; t++)
        genre_classifier_push_frame(classifier, frames + t * model->n_bands, 0);
    const GenreEstimate estimate = *genre_classifier_estimate(classifier);
    genre_classifier_free(classifier);
    return estimate;
}

/* Adds the last scores of a clip of these frames to sum, and returns the leading label of it. */
static int listen(const GenreModel *model, const float *frames, float *sum) {
    const GenreEstimate last = hear(model, frames);
    int best = 0;
    for (int i = 0; i < model->n_labels; i++) {
        sum[i] += last.scores[i];
        best = sum[i] > sum[best] ? i : best;
    }
    return best;
}

static void score(Evaluation *evaluation, const EvaluateClip *clips, size_t n) {
    Pool *pool = pool_new(1);
    GenreError error;
    for (int i = 0; i < evaluation->model->n_labels; i++)
        evaluation->allowed[i] = true;
    ck_assert_msg(evaluate(evaluation, clips, n, pool, &error) == 0, "%s", error.text);
    pool_free(pool);
}

START_TEST(songs_are_the_mean_of_their_clips) {
    GenreModel *model = genre_model_default(NULL);
    float *steep = make_frames(model, 60, 0), *flat = NULL;
    float alone[GENRE_MAX_LABELS] = {0}, other[GENRE_MAX_LABELS];
    const int a = listen(model, steep, alone);
    int b = a, both = a;
    /* Whatever sounds like another genre to this model, and like one of the two with the first. */
    for (int k = 0; k < 50 && (b == a || (both != a && both != b)); k++) {
        free(flat);
        memset(other, 0, sizeof other);
        flat = make_frames(model, -80 + 25 * (k / 5), 15 * (k % 5));
        b = listen(model, flat, other);
        both = listen(model, steep, other); /* on top of flat's scores */
    }
    ck_assert_int_ne(a, b);
    ck_assert(both == a || both == b);
    const EvaluateClip clips[] = {
        {a, NULL, steep, N_FRAMES, "x"},    {a, NULL, steep, N_FRAMES, "x"},
        {both, NULL, flat, N_FRAMES, "y"},  {both, NULL, steep, N_FRAMES, "y"},
        {b, NULL, steep, N_FRAMES, "x"},    {b, NULL, flat, N_FRAMES, NULL},
        {a, "/nowhere.wav", NULL, 0, NULL}, {a, NULL, flat, N_FRAMES, NULL},
    };
    Evaluation evaluation = {.model = model};
    score(&evaluation, clips, sizeof clips / sizeof *clips);
    ck_assert_uint_eq(evaluation.n_failed, 1);
    ck_assert_uint_eq(evaluation.clips.n, 7);
    /* Another genre's "x" is another song. */
    ck_assert_uint_eq(evaluation.songs.n, 5);
    /* Of "y" one clip is wrong, as the two sound different; of the others the fifth and the last.
     */
    ck_assert_double_eq_tol(evaluation.clips.top[0], 4 / 7.0, 1e-9);
    ck_assert_double_eq_tol(evaluation.songs.top[0], 3 / 5.0, 1e-9);
    ck_assert_uint_eq(evaluation.clips.confusion[b][a], 1 + (both == b));
    /* 7 s: long enough for 5 s, not for 10, after which the last answer stands. */
    ck_assert_uint_eq(evaluation.lasting[3], 7);
    ck_assert_uint_eq(evaluation.lasting[4], 0);
    ck_assert_uint_eq(evaluation.right[4], 4);
    free(steep);
    free(flat);
    genre_model_free(model);
}
END_TEST

/* Scores that do not sum to 1 are each as sure as they say, and a song's are a mean too. */
START_TEST(independent_labels_keep_their_confidence) {
    GenreModel *model = genre_model_default(NULL);
    model->independent = true;
    float *frames = make_frames(model, 30, 10), scores[GENRE_MAX_LABELS] = {0}, sum = 0;
    const int said = listen(model, frames, scores);
    for (int i = 0; i < model->n_labels; i++)
        sum += scores[i];
    ck_assert_double_gt(fabs(sum - 1), 0.01);
    const EvaluateClip clips[] = {{said, NULL, frames, N_FRAMES, "x"},
                                  {said, NULL, frames, N_FRAMES, "x"}};
    Evaluation evaluation = {.model = model};
    score(&evaluation, clips, 2);
    ck_assert_double_eq_tol(evaluation.clips.bins[0].confidence, scores[said], 1e-6);
    ck_assert_uint_eq(evaluation.songs.n, 1);
    ck_assert_double_eq_tol(evaluation.songs.bins[0].confidence, scores[said], 1e-6);
    free(frames);
    genre_model_free(model);
}
END_TEST

/* A segment of a second may end a frame before the first estimate falls due. */
START_TEST(short_clips_are_asked_about_at_their_end) {
    GenreModel *model = genre_model_default(NULL);
    float *frames = make_frames(model, 30, 10);
    const EvaluateClip clips[] = {{0, NULL, frames, 10, NULL}, {1, NULL, frames, 10, NULL}};
    Evaluation evaluation = {.model = model};
    unsigned n_said = 0;
    score(&evaluation, clips, 2);
    for (int truth = 0; truth < 2; truth++)
        for (int said = 0; said < model->n_labels; said++)
            n_said += (unsigned)evaluation.clips.confusion[truth][said];
    ck_assert_uint_eq(n_said, 2);
    ck_assert_uint_eq(evaluation.lasting[0], 2);
    free(frames);
    genre_model_free(model);
}
END_TEST

START_TEST(json_has_clips_and_songs) {
    GenreModel *model = genre_model_default(NULL);
    float *frames = make_frames(model, 30, 10);
    const EvaluateClip clips[] = {{0, NULL, frames, N_FRAMES, "x"},
                                  {0, NULL, frames, N_FRAMES, "x"},
                                  {1, NULL, frames, N_FRAMES, "y"}};
    Evaluation evaluation = {.model = model};
    score(&evaluation, clips, 3);
    json_t *json = evaluation_json(&evaluation), *songs = json_object_get(json, "songs");
    const char *const keys[] = {"top", "interval",    "macro",     "balanced_accuracy",
                                "ece", "reliability", "per_class", "confusion"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        ck_assert_msg(json_object_get(json, keys[i]) != NULL, "no %s", keys[i]);
        ck_assert_msg(json_object_get(songs, keys[i]) != NULL, "no %s of songs", keys[i]);
    }
    ck_assert_int_eq(json_integer_value(json_object_get(json, "clips")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(songs, "clips")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "confusion")), (size_t)model->n_labels);
    ck_assert_uint_eq(json_object_size(json_object_get(json, "accuracy")), EVALUATE_N_TIMES);
    ck_assert_uint_eq(json_object_size(json_object_get(json, "ece_by_time")), EVALUATE_N_TIMES);
    ck_assert_double_eq(
        json_number_value(json_object_get(json_object_get(json, "ece_by_time"), "30")),
        json_number_value(json_object_get(json, "ece")));
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        double right, wrong, unknown, silence;
        char key[16];
        snprintf(key, sizeof key, "%d", evaluate_times_s[k]);
        ck_assert_int_eq(json_unpack(json_object_get(json_object_get(json, "shown"), key),
                                     "{sFsFsFsF}", "right", &right, "wrong", &wrong, "unknown",
                                     &unknown, "silence", &silence),
                         0);
        ck_assert_double_eq_tol(right + wrong + unknown + silence, 1, 1e-9);
    }
    /* They last 7 s. */
    ck_assert(
        json_is_number(json_object_get(json_object_get(json, "steadiness"), "changes_per_minute")));
    json_decref(json);
    free(frames);
    genre_model_free(model);
}
END_TEST

/* Shown is what the product says, not the leading score: a genre where that is sure enough, and
 * silence where the level is low, whatever the labels are that count. */
START_TEST(shown_is_what_the_product_says) {
    GenreModel *model = genre_model_default(NULL);
    float *frames = music_frames(model);
    const int named = hear(model, frames).genre; /* where two lead in turn, not the leading one */
    ck_assert_int_ge(named, 0);
    const EvaluateClip clips[] = {{named, NULL, frames, N_FRAMES, NULL},
                                  {(named + 1) % model->n_labels, NULL, frames, N_FRAMES, NULL}};
    Evaluation evaluation = {.model = model};
    score(&evaluation, clips, 2);
    const Shown *last = &evaluation.shown[EVALUATE_N_TIMES - 1], *first = &evaluation.shown[0];
    ck_assert_uint_eq(last->right, 1);
    ck_assert_uint_eq(last->wrong, 1);
    ck_assert_uint_eq(first->right + first->wrong + first->unknown, 2);
    ck_assert_uint_eq(evaluation.steadiness.n_settled, 1);
    ck_assert_double_gt(evaluation.steadiness.settled_s, 0.5);
    ck_assert_double_lt(evaluation.steadiness.settled_s, 7);
    ck_assert_double_eq_tol(evaluation.steadiness.minutes, 2 * (N_FRAMES * 0.0775 - 5) / 60, 0.01);
    free(frames);
    genre_model_free(model);
}
END_TEST

/* Of two artists one is always right and the other never: so many clips are worth but two. */
START_TEST(intervals_are_drawn_by_artist) {
    enum { N = 16 };
    GenreModel *model = genre_model_default(NULL);
    float *frames = make_frames(model, 30, 10), scores[GENRE_MAX_LABELS] = {0};
    const int said = listen(model, frames, scores), last = EVALUATE_N_TIMES - 1;
    EvaluateClip clips[N];
    int n_artists, n_songs;
    for (int i = 0; i < N; i++)
        clips[i] = (EvaluateClip){.label = i < N / 2 ? said : (said + 1) % model->n_labels,
                                  .frames = frames,
                                  .n_frames = N_FRAMES};
    Evaluation alone = {.model = model}, drawn = alone, some = alone;
    score(&alone, clips, N);
    ck_assert_double_eq(alone.accuracy[last].low, metrics_wilson(N / 2, N).low);
    ck_assert_double_eq(alone.clips.accuracy.high, metrics_wilson(N / 2, N).high);
    for (int i = 0; i < N; i++)
        clips[i].artist = i < N / 2 ? "One" : i % 2 ? "two" : "TWO";
    score(&drawn, clips, N);
    ck_assert_int_eq(drawn.n_groups, 2);
    ck_assert_int_eq(drawn.n_artists, 2);
    ck_assert_double_eq(drawn.accuracy[last].low, 0);
    ck_assert_double_eq(drawn.clips.accuracy.high, 1);
    ck_assert_double_eq(drawn.songs.accuracy.low, 0);
    ck_assert_double_eq(drawn.clips.macro_f1.low, 0);
    clips[0].artist = "";
    clips[1].artist = NULL;
    score(&some, clips, N);
    json_t *json = evaluation_json(&some);
    ck_assert_int_eq(
        json_unpack(json, "{s{sisi}}", "drawn", "artists", &n_artists, "songs", &n_songs), 0);
    ck_assert_int_eq(n_artists, 2);
    ck_assert_int_eq(n_songs, 2);
    json_decref(json);
    free(frames);
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, intervals_are_drawn_by_artist);
    tcase_add_test(tests, songs_are_the_mean_of_their_clips);
    tcase_add_test(tests, independent_labels_keep_their_confidence);
    tcase_add_test(tests, short_clips_are_asked_about_at_their_end);
    tcase_add_test(tests, shown_is_what_the_product_says);
    tcase_add_test(tests, json_has_clips_and_songs);
}
