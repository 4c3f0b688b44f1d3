/* Causal networks that make one step of several frames: block by block is the same as all at once,
 * and the classifier gives the same answer however the sound is cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "estimate/estimate.h"
#include "model/model.h"
#include "net_helpers.h"
#include "run.h"
#include "sound.h"

enum { BANDS = 8, T = 24, B = 2 };

/* Four frames a step in one branch, two and two in the other. */
static const char *const pooled =
    "[{'kind': 'conv2d', 'channels': 3, 'kernel_time': 3, 'kernel_bands': 3, 'padding': 'causal'},"
    " {'kind': 'batchnorm'}, {'kind': 'relu'},"
    " {'kind': 'maxpool', 'kernel_time': 2, 'kernel_bands': 2},"
    " {'kind': 'conv2d', 'channels': 4, 'kernel_time': 4, 'padding': 'causal'},"
    " {'kind': 'avgpool', 'kernel_time': 2, 'name': 'pooled'},"
    " {'kind': 'lstm', 'units': 5, 'input': 'input', 'name': 'memory'},"
    " {'kind': 'avgpool', 'kernel_time': 4, 'name': 'slower'},"
    " {'kind': 'stats', 'input': ['pooled', 'slower'], 'horizon': 9, 'recent': 3},"
    " {'kind': 'dense', 'units': 3}]";

START_TEST(block_by_block_is_all_at_once) {
    GenreNet *net = make_net(pooled, BANDS, 1);
    ck_assert(net->causal);
    ck_assert_int_eq(net->frames_per_step, 4);
    GenreReal *x = make_numbers((size_t)T * B * BANDS, 1);
    GenreReal *state = calloc((size_t)net->n_state * B, sizeof *state);
    GenreTape *whole = genre_tape_new(net, T, B), *part = genre_tape_new(net, 8, B);
    GenreRun run = {.n_steps = T, .n_streams = B, .math = genre_math_choose(NULL)};
    genre_net_reset(net, B, state);
    const GenreReal *at_once = genre_net_forward(net, &run, x, state, whole);
    static const int lengths[] = {4, 8, 4, 4, 4};
    genre_net_reset(net, B, state);
    for (int i = 0, t = 0; i < 5; t += lengths[i++]) {
        run.n_steps = lengths[i];
        const GenreReal *y = genre_net_forward(net, &run, x + (size_t)t * B * BANDS, state, part);
        const size_t n = (size_t)lengths[i] / 4 * B * 3;
        ck_assert_mem_eq(y, at_once + (size_t)t / 4 * B * 3, n * sizeof *y);
    }
    genre_tape_free(whole);
    genre_tape_free(part);
    genre_net_free(net);
    free(state);
    free(x);
}
END_TEST

/* A tape whose places are used again gives what one that keeps all gives; where a place were given
 * away too early, the next layer's numbers would be read. */
START_TEST(forward_alone_takes_less) {
    static const char *const nets[] = {
        pooled,
        "[{'kind': 'dense', 'units': 6, 'name': 'a'}, {'kind': 'tanh', 'name': 'b'},"
        " {'kind': 'lstm', 'units': 5}, {'kind': 'norm'}, {'kind': 'sigmoid', 'name': 'c'},"
        " {'kind': 'delta', 'input': ['a', 'c']}, {'kind': 'relu'},"
        " {'kind': 'dense', 'units': 3, 'input': ['a', 'relu6', 'input', 'b']}]",
        "[{'kind': 'conv2d', 'channels': 3, 'kernel_bands': 3, 'name': 'a'},"
        " {'kind': 'bilstm', 'units': 4}, {'kind': 'dense', 'units': 24, 'name': 'b'},"
        " {'kind': 'conv2d', 'channels': 2, 'kernel_time': 3, 'input': ['b', 'a']},"
        " {'kind': 'pool_time', 'by': 'attention'}]"};
    GenreNet *net = make_net(nets[_i], BANDS, 1);
    GenreReal *x = make_numbers((size_t)T * B * BANDS, 1);
    GenreReal *state = calloc((size_t)net->n_state * B + 1, sizeof *state);
    GenreTape *whole = genre_tape_new(net, T, B), *lean = genre_tape_new_forward(net, T, B);
    const size_t n_lean = genre_tape_size_forward(net, T, B);
    const GenreRun run = {.n_steps = T, .n_streams = B, .math = genre_math_choose(NULL)};
    int steps[GENRE_MAX_LAYERS];
    const size_t n_out = (size_t)genre_net_plan(net, T, steps, NULL) * B * net->n_out;
    ck_assert_uint_lt(4 * n_lean, 3 * genre_tape_size(net, T, B));
    memset(lean->block, 0xff, n_lean * sizeof *lean->block);
    genre_net_reset(net, B, state);
    const GenreReal *right = genre_net_forward(net, &run, x, state, whole);
    genre_net_reset(net, B, state);
    ck_assert_mem_eq(genre_net_forward(net, &run, x, state, lean), right, n_out * sizeof *right);
    genre_tape_free(whole);
    genre_tape_free(lean);
    genre_net_free(net);
    free(state);
    free(x);
}
END_TEST

START_TEST(rates_must_fit) {
    static const struct {
        const char *layers, *named;
    } cases[] = {
        {"[{\"kind\": \"maxpool\", \"kernel_time\": 2, \"name\": \"half\"}, {\"kind\": \"relu\","
         "\"name\": \"joint\", \"input\": [\"half\", \"input\"]}]",
         "\"joint\": of the inputs that it joins one has a step for 2 frames and another for 1"},
        {"[{\"kind\": \"maxpool\", \"kernel_time\": 3, \"name\": \"third\"}, {\"kind\": "
         "\"avgpool\","
         " \"kernel_time\": 2, \"input\": \"input\"}]",
         "\"third\" has a step for 3 frames, which does not fit the last one's, for 2"},
        {"[{\"kind\": \"maxpool\", \"kernel_time\": 64}, {\"kind\": \"avgpool\", \"kernel_time\": "
         "2,"
         " \"name\": \"far\"}]",
         "\"far\" has a step for more than 64 frames"},
        {"[{\"kind\": \"maxpool\", \"kernel_time\": 1000}, {\"kind\": \"maxpool\", \"kernel_time\":"
         " 1000}, {\"kind\": \"maxpool\", \"kernel_time\": 1000}, {\"kind\": \"maxpool\","
         " \"kernel_time\": 1000, \"name\": \"farther\"}]",
         "has a step for more than 64 frames"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GenreError error = {.text = ""};
        json_t *json = json_loads(cases[i].layers, 0, NULL);
        ck_assert_ptr_nonnull(json);
        ck_assert_ptr_null(genre_net_new(json, BANDS, &error));
        REQUIRE(strstr(error.text, cases[i].named), "%s: \"%s\"", cases[i].layers, error.text);
        json_decref(json);
    }
}
END_TEST

static GenreModel *make_model(void) {
    GenreError error;
    GenreRng rng = genre_rng(3, 1);
    json_t *metadata = json_pack(
        "{ss ss ss ss ss ss}", "format", "genrecast", "format_version", "1", "causal", "true",
        "feature",
        "{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 512, \"hop\": 400, \"bands\": 16}",
        "layers",
        "[{\"kind\": \"conv2d\", \"channels\": 2, \"kernel_time\": 3, \"padding\": \"causal\"},"
        " {\"kind\": \"maxpool\", \"kernel_time\": 4, \"kernel_bands\": 2},"
        " {\"kind\": \"stats\"}, {\"kind\": \"dense\", \"units\": 3}]",
        "labels", "[\"a\", \"b\", \"c\"]");
    GenreModel *model = genre_model_new(metadata, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    json_decref(metadata);
    genre_net_init(model->net, &rng);
    for (size_t w = 0; w < model->net->n_weights; w++)
        model->net->weights[w] *= 0.05F; /* log-mels go down to -100 */
    return model;
}

START_TEST(classifier_answers_alike) {
    enum { RATE_HZ = 8000, N = 6 * RATE_HZ };
    static const size_t blocks[] = {1, 7, 512, 4096};
    static float x[N];
    GenreModel *model = make_model();
    GenreSettings settings = genre_settings_default();
    GenreEstimate first;
    settings.interval_s = 0.5F;
    sound_music(x, N, RATE_HZ);
    GenreClassifier *c = genre_classifier_new(model, RATE_HZ, 1, &settings, NULL);
    for (int i = 0; i < 4; i++) {
        genre_classifier_reset(c);
        for (size_t at = 0; at < N; at += blocks[i])
            genre_classifier_push(c, x + at, N - at < blocks[i] ? N - at : blocks[i]);
        genre_classifier_finish(c);
        const GenreEstimate *now = genre_classifier_estimate(c);
        ck_assert_uint_gt(now->sequence, 5);
        if (i == 0)
            first = *now;
        ck_assert_mem_eq(&first, now, sizeof first);
    }
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

/* The network must have seen what the classifier was given: the scores of its last answer are those
 * of the logits of whole blocks of the same frames. */
START_TEST(classifier_runs_whole_blocks) {
    enum { FRAMES = 62, SIZE = 16 };
    GenreModel *model = make_model();
    GenreSettings settings = genre_settings_default();
    settings.smoothing_s = 0.001F; /* the last logits alone */
    settings.interval_s = 0.05F;
    GenreReal *x = make_numbers((size_t)FRAMES * SIZE, 5);
    GenreClassifier *c = genre_classifier_new(model, 8000, 1, &settings, NULL);
    for (int t = 0; t < FRAMES; t++)
        genre_classifier_push_frame(c, x + (size_t)t * SIZE, -20);
    GenreReal *state = calloc((size_t)model->net->n_state + 1, sizeof *state);
    GenreTape *tape = genre_tape_new(model->net, 60, 1);
    const GenreRun run = {.n_steps = 60, .n_streams = 1, .math = genre_math_choose(NULL)};
    genre_net_reset(model->net, 1, state);
    const GenreReal *logits = genre_net_forward(model->net, &run, x, state, tape);
    const GenreReal *last = logits + (size_t)genre_model_step(model, FRAMES - 1) * 3;
    ck_assert_ptr_eq(last, logits + (size_t)14 * 3);
    /* Of the first 20 s the later frames count four times, so with little smoothing the last
     * answer stands for no other. */
    GenreEstimator estimator;
    genre_estimator_init(&estimator, model, 0.05);
    genre_estimator_configure(&estimator, &settings);
    genre_estimator_gate(&estimator, -20);
    for (int t = 0; t < 15; t++) {
        for (int k = 0; k < 3; k++)
            genre_estimator_wait(&estimator, -20, (4 * t + k + 1) * 0.05);
        genre_estimator_push(&estimator, logits + (size_t)t * 3, -20, (4 * t + 4) * 0.05);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq_tol(genre_classifier_estimate(c)->scores[i], estimator.latest.scores[i],
                               1e-6);
    genre_tape_free(tape);
    genre_classifier_free(c);
    genre_model_free(model);
    free(state);
    free(x);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, block_by_block_is_all_at_once);
    tcase_add_loop_test(tests, forward_alone_takes_less, 0, 3);
    tcase_add_test(tests, rates_must_fit);
    tcase_add_test(tests, classifier_answers_alike);
    tcase_add_test(tests, classifier_runs_whole_blocks);
}
