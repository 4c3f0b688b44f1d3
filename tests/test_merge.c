/* Several networks as one: its logits are the mean of theirs. */
#include "recipe/merge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { BANDS = 12, FRAMES = 40 };

static const char lstm[] = "[{'kind': 'floor'}, {'kind': 'affine', 'name': 'frame'},"
                           " {'kind': 'lstm', 'units': 6}, {'kind': 'dropout', 'rate': 0.5},"
                           " {'kind': 'dense', 'units': 3}]";
static const char picture[] =
    "[{'kind': 'floor'}, {'kind': 'affine'}, {'kind': 'noise', 'deviation': 0.1},"
    " {'kind': 'conv2d', 'channels': 3, 'kernel_time': 3, 'kernel_bands': 3, 'padding': 'causal'},"
    " {'kind': 'batchnorm'}, {'kind': 'relu'}, {'kind': 'dense', 'units': 3}]";
/* Its last layer takes several inputs, one of them the network's own and one another's too. */
static const char joined[] =
    "[{'kind': 'floor'}, {'kind': 'affine', 'name': 'scaled'},"
    " {'kind': 'delta', 'reach': 2, 'name': 'frame'},"
    " {'kind': 'dropout', 'rate': 0.1, 'input': ['frame', 'scaled'], 'name': 'joined'},"
    " {'kind': 'dense', 'units': 3, 'input': ['joined', 'input', 'scaled']}]";
static const char shallow[] = "[{'kind': 'floor'}, {'kind': 'affine'},"
                              " {'kind': 'dense', 'units': 3}]";

/* One step of every four frames, and one of every two. */
static const char slow[] = "[{'kind': 'floor'}, {'kind': 'affine'},"
                           " {'kind': 'maxpool', 'kernel_time': 2, 'kernel_bands': 2},"
                           " {'kind': 'lstm', 'units': 4}, {'kind': 'avgpool', 'kernel_time': 2},"
                           " {'kind': 'dense', 'units': 3}]";
static const char half[] = "[{'kind': 'floor'}, {'kind': 'affine'},"
                           " {'kind': 'avgpool', 'kernel_time': 2}, {'kind': 'dense', 'units': 3}]";
static const char third[] =
    "[{'kind': 'avgpool', 'kernel_time': 3}, {'kind': 'dense', 'units': 3}]";

/* Fitted layers get the same weights in every model, others those of the seed. */
static GenreModel *make_model(const char *layers, uint64_t seed) {
    GenreError error = {.text = ""};
    char text[1024];
    size_t n = 0;
    for (; layers[n]; n++)
        text[n] = layers[n] == '\'' ? '"' : layers[n];
    text[n] = 0;
    json_t *metadata =
        json_pack("{ss ss ss ss ss ss ss}", "format", "genrecast", "format_version", "1", "causal",
                  "true", "labels", "[\"a\", \"b\", \"c\"]", "feature",
                  "{\"kind\": \"logmel\", \"n_fft\": 2048, \"hop\": 1024, \"bands\": 12}", "layers",
                  text, "calibration", "{\"heard_s\": [1], \"temperature\": [2]}");
    GenreModel *model = genre_model_new(metadata, &error);
    ck_assert_msg(model != NULL, "%s: %s", layers, error.text);
    json_decref(metadata);
    GenreRng rng = genre_rng(seed, 1);
    for (int i = 0; i < model->net->n_nodes; i++) {
        const GenreLayer *layer = &model->net->nodes[i].layer;
        GenreRng fitted = genre_rng(99, 1);
        for (int k = 0; k < layer->n_tensors; k++)
            for (size_t w = 0; w < layer->tensors[k].n; w++)
                model->net->weights[layer->tensors[k].offset + w] =
                    layer->tensors[k].fitted ? (float)genre_rng_between(&fitted, 0.1, 1)
                                             : (float)genre_rng_between(&rng, 0.05, 0.6);
    }
    return model;
}

/* Logits (FRAMES / frames_per_step, 3) for random frames, the same for all models: the mean over
 * the steps that a model makes of so many frames. */
static void run_model(const GenreModel *model, int frames_per_step, float *logits) {
    float x[FRAMES * BANDS];
    GenreRng rng = genre_rng(5, 1);
    for (int i = 0; i < FRAMES * BANDS; i++)
        x[i] = (float)genre_rng_between(&rng, -60, 0);
    const GenreNet *net = model->net;
    GenreTape *tape = genre_tape_new(net, FRAMES, 1);
    float *state = calloc((size_t)net->n_state + 1, sizeof *state);
    const GenreRun run = {FRAMES, 1, &genre_math_portable, NULL};
    genre_net_reset(net, 1, state);
    const float *y = genre_net_forward(net, &run, x, state, tape);
    const int n = frames_per_step / net->frames_per_step;
    memset(logits, 0, FRAMES * 3 * sizeof *logits);
    for (int t = 0; t < FRAMES / net->frames_per_step; t++)
        for (int i = 0; i < 3; i++)
            logits[t / n * 3 + i] += y[t * 3 + i] / (float)n;
    free(state);
    genre_tape_free(tape);
}

static int count_kind(const GenreModel *model, const char *kind) {
    int n = 0;
    for (int i = 0; i < model->net->n_nodes; i++)
        n += strcmp(model->net->nodes[i].layer.kind->name, kind) == 0;
    return n;
}

START_TEST(logits_are_the_mean) {
    static const struct {
        const char *layers[3];
        int n_layers, frames_per_step;
    } cases[] = {{{lstm, lstm}, 2 + 2 + 1, 1},
                 {{lstm, picture}, 2 + 1 + 3 + 1, 1},
                 {{joined, lstm, picture}, 2 + 2 + 1 + 3 + 1, 1},
                 {{lstm, shallow, joined}, 2 + 1 + 2 + 1, 1},
                 {{lstm, slow}, 2 + (1 + 1) + 3 + 1, 4},
                 {{slow, joined, half}, 2 + 3 + (2 + 1) + (1 + 1) + 1, 4}};
    const int frames_per_step = cases[_i].frames_per_step;
    GenreError error = {.text = ""};
    MergePart parts[3];
    float mean[FRAMES * 3] = {0}, logits[FRAMES * 3];
    size_t n_weights = 0;
    int n = 0;
    for (; n < 3 && cases[_i].layers[n]; n++) {
        parts[n] = (MergePart){"part", make_model(cases[_i].layers[n], (uint64_t)n + 1)};
        n_weights += parts[n].model->net->n_weights;
    }
    for (int m = 0; m < n; m++) {
        run_model(parts[m].model, frames_per_step, logits);
        for (int i = 0; i < FRAMES * 3; i++)
            mean[i] += logits[i] / (float)n;
    }
    GenreModel *model = merge_models(parts, n, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_int_eq(model->net->frames_per_step, frames_per_step);
    run_model(model, frames_per_step, logits);
    for (int i = 0; i < FRAMES * 3; i++)
        REQUIRE(fabsf(logits[i] - mean[i]) < 1e-4f * (1 + fabsf(mean[i])),
                "%g instead of the mean %g", logits[i], mean[i]);
    ck_assert_int_eq(model->net->n_nodes, cases[_i].n_layers);
    ck_assert_int_eq(count_kind(model, "affine"), 1);
    ck_assert_int_eq(count_kind(model, "noise"), 0);
    ck_assert_uint_lt(model->net->n_weights, n_weights - 2 * BANDS);
    ck_assert_int_eq(model->calibration.n, 0);
    genre_model_free(model);
    for (int m = 0; m < n; m++)
        genre_model_free((GenreModel *)parts[m].model);
}
END_TEST

START_TEST(weights_of_two_that_share_a_front_end) {
    GenreError error = {.text = ""};
    const MergePart parts[] = {{"a", make_model(lstm, 1)}, {"b", make_model(lstm, 2)}};
    GenreModel *model = merge_models(parts, 2, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    /* 24 of the affine layer in common, and one bias instead of two. */
    ck_assert_uint_eq(model->net->n_weights, 2 * parts[0].model->net->n_weights - 2 * BANDS - 3);
    ck_assert_int_ge(genre_net_find(model->net, "frame"), 0);
    ck_assert_int_ge(genre_net_find(model->net, "lstm2_2"), 0);
    genre_model_free(model);
    /* With one weight that differs, nothing behind it is the same either. */
    GenreNet *net = parts[1].model->net;
    net->weights[net->nodes[1].layer.tensors[0].offset] += 1e-3f;
    model = merge_models(parts, 2, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_int_eq(count_kind(model, "floor"), 1);
    ck_assert_int_eq(count_kind(model, "affine"), 2);
    genre_model_free(model);
    genre_model_free((GenreModel *)parts[0].model);
    genre_model_free((GenreModel *)parts[1].model);
}
END_TEST

START_TEST(what_cannot_be_merged_gets_a_sentence) {
    static const struct {
        const char *good, *layers, *said;
    } cases[] = {
        {lstm, "[{'kind': 'lstm', 'units': 3}]", "member \"bad\": its last layer is not dense"},
        {lstm,
         "[{'kind': 'tanh'}, {'kind': 'relu'}, {'kind': 'elu'}, {'kind': 'sigmoid'},"
         " {'kind': 'delta'}, {'kind': 'norm'}, {'kind': 'stats'},"
         " {'kind': 'dense', 'units': 3, 'input': ['input', 'tanh0', 'relu1', 'elu2',"
         " 'sigmoid3', 'delta4', 'norm5', 'stats6']}]",
         "more than 8 inputs together"},
        {half, third, "member \"good\" has a step for 2 frames, which does not fit"}};
    GenreError error;
    const MergePart parts[] = {{"good", make_model(cases[_i].good, 1)},
                               {"bad", make_model(cases[_i].layers, 2)}};
    ck_assert_ptr_null(merge_models(parts, 2, &error));
    REQUIRE(strstr(error.text, cases[_i].said), "%s", error.text);
    genre_model_free((GenreModel *)parts[0].model);
    genre_model_free((GenreModel *)parts[1].model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, logits_are_the_mean, 0, 6);
    tcase_add_test(tests, weights_of_two_that_share_a_front_end);
    tcase_add_loop_test(tests, what_cannot_be_merged_gets_a_sentence, 0, 3);
}
