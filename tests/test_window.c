/* Models that look at a window of the last frames: the ring, the model file's entries, and the
 * whole pipe, which must say what the network says of the right frames at the right times. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "model/model.h"
#include "model_helpers.h"
#include "net/net.h"
#include "net/window.h"
#include "rng.h"
#include "run.h"
#include "sound.h"

enum { BANDS = 12, WINDOW = 20 };

static const double period_s = 512 / 8000.0;

static const char picture[] =
    "[{\"kind\": \"conv2d\", \"channels\": 4, \"kernel_time\": 3, \"kernel_bands\": 3},"
    " {\"kind\": \"batchnorm\"}, {\"kind\": \"elu\"},"
    " {\"kind\": \"maxpool\", \"kernel_time\": 2, \"kernel_bands\": 2, \"name\": \"half\"},"
    " {\"kind\": \"bilstm\", \"units\": 3}, {\"kind\": \"pool_time\", \"by\": \"attention\"},"
    " {\"kind\": \"dense\", \"units\": 3}]";

static GenreModel *try_model(const char *causal, const char *window, const char *layers,
                             GenreError *error) {
    json_t *metadata = json_pack(
        "{ss ss ss ss* ss ss ss}", "format", "genrecast", "format_version", "1", "causal", causal,
        "window_frames", window, "layers", layers, "labels", "[\"a\", \"b\", \"c\"]", "feature",
        "{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 512, \"hop\": 512, \"bands\": 12}");
    GenreModel *model = genre_model_new(metadata, error);
    json_decref(metadata);
    return model;
}

/* With weights that make much of small differences. */
static GenreModel *make_model(const char *layers) {
    GenreError error;
    GenreModel *model = try_model("false", "20", layers, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    GenreRng rng = genre_rng(4, 4);
    genre_net_init(model->net, &rng);
    for (size_t w = 0; w < model->net->n_weights; w++)
        model->net->weights[w] *= 2;
    return model;
}

START_TEST(the_ring_keeps_the_last_frames) {
    float x[WINDOW];
    GenreWindow *window = genre_window_new(WINDOW, 1);
    for (int round = 0; round < 2; round++) {
        for (int n = 1; n <= 3 * WINDOW; n++) {
            genre_window_push(window, &(float){(float)n});
            genre_window_read(window, x);
            for (int t = 0; t < WINDOW; t++) {
                int right = n - WINDOW + 1 + t; /* frames count from 1 */
                while (right < 1)
                    right += n; /* what was heard, once more before it */
                ck_assert_float_eq(x[t], (float)right);
            }
        }
        genre_window_reset(window);
    }
    genre_window_free(window);
    genre_window_free(NULL);
}
END_TEST

START_TEST(a_model_says_what_it_is) {
    static const struct {
        const char *causal, *window, *layers, *why; /* why: NULL where it is fine */
    } cases[] = {
        {"false", "20", picture, NULL},
        {"false", "2", picture, NULL},
        {"false", "1", picture, "window_frames"},
        {"false", "0", picture, "window_frames"},
        {"false", "-20", picture, "window_frames"},
        {"false", "4097", picture, "window_frames"},
        {"false", "99999999999999999999", picture, "window_frames"},
        {"false", "", picture, "window_frames"},
        {"false", "20 ", picture, "window_frames"},
        {"false", "0x20", picture, "window_frames"},
        {"false", NULL, picture, "window_frames"},
        {"true", NULL, picture, "\"conv2d0\" is not"},
        {"true", "20", "[{\"kind\": \"dense\", \"units\": 3}]", "window_frames"},
        {"false", "20", "[{\"kind\": \"dense\", \"units\": 3}]", "20 steps"},
        {"false", "20",
         "[{\"kind\": \"bilstm\", \"units\": 2}, {\"kind\": \"dense\", \"units\": 3}]",
         "pool_time"},
        {"false", "5",
         "[{\"kind\": \"conv2d\", \"channels\": 2, \"kernel_time\": 6, \"padding\": \"valid\"},"
         " {\"kind\": \"pool_time\"}, {\"kind\": \"dense\", \"units\": 3}]",
         "\"conv2d0\": 5 steps"},
        {"false", "20",
         "[{\"kind\": \"beats\", \"count\": 4, \"period_s\": 0.0644}, {\"kind\": \"pool_time\"},"
         " {\"kind\": \"dense\", \"units\": 3}]",
         NULL},
        {"false", "20",
         "[{\"kind\": \"beats\", \"count\": 4, \"period_s\": 0.03}, {\"kind\": \"pool_time\"},"
         " {\"kind\": \"dense\", \"units\": 3}]",
         "\"beats0\" takes frames to be 0.03 s apart, but they are 0.064 s"},
        {"false", "4000",
         "[{\"kind\": \"conv2d\", \"channels\": 4096, \"name\": \"a\"}, {\"kind\": \"pool_time\"},"
         " {\"kind\": \"dense\", \"units\": 3}]",
         "too large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GenreError error = {0};
        GenreModel *model = try_model(cases[i].causal, cases[i].window, cases[i].layers, &error);
        REQUIRE((model != NULL) == !cases[i].why, "case %zu: %s", i, error.text);
        if (model) {
            ck_assert(!genre_model_is_causal(model));
            ck_assert_int_eq(model->window_frames, atoi(cases[i].window));
        } else {
            check_sentence(&error);
            REQUIRE(strstr(error.text, cases[i].why), "case %zu: \"%s\"", i, error.text);
        }
        genre_model_free(model);
    }
    GenreModel *model = genre_model_default(NULL);
    ck_assert(genre_model_is_causal(model));
    genre_model_free(model);
}
END_TEST

START_TEST(written_and_read_it_is_the_same) {
    char path[] = "/tmp/genrecast-window-XXXXXX";
    GenreError error = {0};
    GenreModel *model = make_model(picture);
    ck_assert_int_ge(mkstemp(path), 0);
    ck_assert_int_eq(genre_model_save(model, NULL, path, &error), GENRE_SUCCESS);
    GenreModel *copy = genre_model_load(path, &error);
    ck_assert_msg(copy != NULL, "%s", error.text);
    ck_assert_int_eq(copy->window_frames, WINDOW);
    ck_assert_mem_eq(copy->net->weights, model->net->weights,
                     model->net->n_weights * sizeof(float));
    genre_model_free(model);
    genre_model_free(copy);
    remove(path);
}
END_TEST

static GenreClassifier *make(const GenreModel *model, double rate_hz, float interval_s,
                             float smoothing_s) {
    GenreError error;
    GenreSettings settings = genre_settings_default();
    settings.interval_s = interval_s;
    settings.smoothing_s = smoothing_s;
    settings.unknown_below = 0;
    GenreClassifier *c = genre_classifier_new(model, rate_hz, 1, &settings, &error);
    ck_assert_msg(c != NULL, "%s", error.text);
    return c;
}

/* Frames that wander, so that each window is another. */
static float *make_frames(int n) {
    float *frames = calloc((size_t)n * BANDS, sizeof *frames);
    GenreRng rng = genre_rng(7, 7);
    for (int i = 0; i < n * BANDS; i++)
        frames[i] =
            (i < BANDS ? 0 : 0.9f * frames[i - BANDS]) + (float)genre_rng_between(&rng, -1, 1);
    return frames;
}

/* Softmax of the network's answer to the frames up to `n`. */
static void right_scores(const GenreModel *model, const float *frames, int n, double scores[3]) {
    const GenreRun run = {WINDOW, 1, genre_math_choose(NULL), NULL};
    GenreTape *tape = genre_tape_new(model->net, WINDOW, 1);
    float *state = calloc((size_t)model->net->n_state + 1, sizeof *state);
    float *x = calloc(WINDOW * BANDS, sizeof *x);
    double sum = 0;
    for (int t = 0; t < WINDOW; t++) {
        int from = n - WINDOW + t;
        while (from < 0)
            from += n;
        memcpy(x + (size_t)t * BANDS, frames + (size_t)from * BANDS, BANDS * sizeof *x);
    }
    const float *logits = genre_net_forward(model->net, &run, x, state, tape);
    for (int i = 0; i < 3; i++)
        sum += scores[i] = exp(logits[i]);
    for (int i = 0; i < 3; i++)
        scores[i] /= sum;
    genre_tape_free(tape);
    free(state);
    free(x);
}

/* Without smoothing an estimate that falls due is what the network says of the last frames; one
 * that comes early, as the answer changed after its hold, is what it said at the last. */
START_TEST(estimates_are_the_network_s) {
    enum { N = 300 };
    static const float intervals_s[] = {0.1f, 0.5f, 2};
    GenreModel *model = make_model(picture);
    float *frames = make_frames(N);
    GenreClassifier *c = make(model, 8000, intervals_s[_i], 0);
    const GenreEstimate *e = genre_classifier_estimate(c);
    uint64_t sequence = 0;
    int n_due = 0, n_first = 0;
    double last_s = 0;
    for (int t = 0; t < N; t++) {
        genre_classifier_push_frame(c, frames + (size_t)t * BANDS, -20);
        if (e->sequence == sequence)
            continue;
        double right[3];
        const bool due = sequence == 0 || e->time_s - last_s > intervals_s[_i] - period_s / 2;
        right_scores(model, frames, t + 1, right);
        bool same = true;
        for (int i = 0; i < 3; i++)
            same &= fabs(e->scores[i] - right[i]) < 1e-5;
        n_due += same;
        /* Every 0.25 s at most; in between the last answer stands. */
        if (due && intervals_s[_i] >= 0.5f)
            REQUIRE(same, "at frame %d the scores are not the network's", t);
        n_first = sequence == 0 ? t + 1 : n_first;
        sequence = e->sequence;
        last_s = e->time_s;
    }
    ck_assert_int_eq(n_first, 16); /* the first after 1 s */
    /* Answers that change put the next one off. */
    ck_assert_int_ge(n_due, (int)(0.7 * N * period_s / fmax(intervals_s[_i], 0.35)));
    genre_classifier_free(c);
    genre_model_free(model);
    free(frames);
}
END_TEST

START_TEST(blocks_do_not_matter) {
    static const size_t blocks[] = {1, 7, 64, 4096};
    static const double rates_hz[] = {8000, 44100};
    const double rate_hz = rates_hz[_i];
    const size_t n = (size_t)(6.3 * rate_hz);
    float *x = calloc(n, sizeof *x);
    GenreModel *model = make_model(picture);
    GenreEstimate first;
    sound_music(x, n, rate_hz);
    for (int b = 0; b < 4; b++) {
        GenreClassifier *c = make(model, rate_hz, 0.5f, 5);
        for (size_t at = 0; at < n; at += blocks[b])
            genre_classifier_push(c, x + at, n - at < blocks[b] ? n - at : blocks[b]);
        genre_classifier_finish(c);
        if (b == 0)
            first = *genre_classifier_estimate(c);
        ck_assert_mem_eq(&first, genre_classifier_estimate(c), sizeof first);
        genre_classifier_free(c);
    }
    ck_assert_uint_gt(first.sequence, 8);
    ck_assert_int_eq(first.state, GENRE_STATE_MUSIC);
    genre_model_free(model);
    free(x);
}
END_TEST

/* A clip that ends before anything could be said still gets its answer at the end, of what was. */
START_TEST(short_clips_get_an_answer) {
    for (int n = 1; n < 30; n += 4) {
        GenreModel *model = make_model(picture);
        float *frames = make_frames(n);
        GenreClassifier *c = make(model, 8000, 2, 5);
        double right[3];
        for (int t = 0; t < n; t++)
            genre_classifier_push_frame(c, frames + (size_t)t * BANDS, -20);
        genre_classifier_finish(c);
        right_scores(model, frames, n, right);
        const GenreEstimate *e = genre_classifier_estimate(c);
        ck_assert_uint_gt(e->sequence, 0);
        for (int i = 0; i < 3 && n < 16; i++)
            ck_assert_double_eq_tol(e->scores[i], right[i], 1e-5);
        ck_assert_double_eq_tol(e->heard_s, n * period_s, 1e-3);
        genre_classifier_free(c);
        genre_model_free(model);
        free(frames);
    }
}
END_TEST

/* After two seconds of silence another piece begins: nothing of the one before is in the window. */
START_TEST(silence_clears_the_window) {
    enum { N = 40, SILENT = 40 };
    GenreModel *model = make_model(picture);
    float *frames = make_frames(2 * N);
    GenreClassifier *used = make(model, 8000, 0.5f, 5), *fresh = make(model, 8000, 0.5f, 5);
    for (int t = 0; t < N + SILENT; t++)
        genre_classifier_push_frame(used, frames + (size_t)(t < N ? t : 0) * BANDS,
                                    t < N ? -20 : -100);
    ck_assert_int_eq(genre_classifier_estimate(used)->state, GENRE_STATE_SILENCE);
    for (int t = N; t < 2 * N; t++) {
        genre_classifier_push_frame(used, frames + (size_t)t * BANDS, -20);
        genre_classifier_push_frame(fresh, frames + (size_t)t * BANDS, -20);
    }
    genre_classifier_finish(used);
    genre_classifier_finish(fresh);
    const GenreEstimate *a = genre_classifier_estimate(used), *b = genre_classifier_estimate(fresh);
    ck_assert_mem_eq(a->scores, b->scores, sizeof a->scores);
    ck_assert_int_eq(a->genre, b->genre);
    genre_classifier_free(used);
    genre_classifier_free(fresh);
    genre_model_free(model);
    free(frames);
}
END_TEST

START_TEST(bad_samples_do_no_harm) {
    enum { N = 8000 * 3 };
    static const float bad[] = {NAN, INFINITY, 3e38f, 1e-45f, 1e10f, 0};
    float *x = calloc(N, sizeof *x);
    GenreModel *model = make_model(picture);
    GenreClassifier *c = make(model, 8000, 0.1f, 5);
    for (int k = 0; k < 6; k++) {
        for (int i = 0; i < N; i++)
            x[i] = bad[k];
        genre_classifier_push(c, x, N);
        double sum = 0;
        for (int i = 0; i < 3; i++)
            sum += genre_classifier_estimate(c)->scores[i];
        ck_assert_double_eq_tol(sum, 1, 1e-4);
    }
    genre_classifier_free(c);
    genre_model_free(model);
    free(x);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, the_ring_keeps_the_last_frames);
    tcase_add_test(tests, a_model_says_what_it_is);
    tcase_add_test(tests, written_and_read_it_is_the_same);
    tcase_add_loop_test(tests, estimates_are_the_network_s, 0, 3);
    tcase_add_loop_test(tests, blocks_do_not_matter, 0, 2);
    tcase_add_test(tests, short_clips_get_an_answer);
    tcase_add_test(tests, silence_clears_the_window);
    tcase_add_test(tests, bad_samples_do_no_harm);
}
