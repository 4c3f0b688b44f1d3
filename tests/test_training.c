/* How a training goes on: schedules, weights of classes, what weights cost, the log. Whole
 * trainings are run by train.sh and train_run.sh. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "learn/class_weights.h"
#include "learn/optim.h"
#include "learn/penalty.h"
#include "learn/schedule.h"
#include "learn/training_log.h"
#include "model/safetensors.h"
#include "run.h"

static Schedule read_schedule(const char *text) {
    Schedule schedule;
    GenreError error = {.text = ""};
    json_t *json = json_loads(text, 0, NULL);
    REQUIRE(json && schedule_read(&schedule, json, &error) == 0, "%s: %s", text, error.text);
    json_decref(json);
    return schedule;
}

/* Ten epochs of ten steps at a rate of 0.1. */
static double rate(const Schedule *schedule, int64_t step) {
    const ScheduleState state = {0};
    return schedule_rate(schedule, &state, step, 100, 10);
}

START_TEST(schedules_change_the_rate) {
    static const struct {
        const char *recipe;
        double first, last_of_2nd, first_of_3rd, middle, last;
    } cases[] = {
        {"{\"learning_rate\": 0.1, \"warmup\": 0}", 0.09998, 0.09055, 0.08956, 0.0505, 0.001},
        {"{\"learning_rate\": 0.1, \"warmup\": 0, \"schedule\": \"constant\"}", 0.1, 0.1, 0.1, 0.1,
         0.1},
        {"{\"learning_rate\": 0.1, \"warmup\": 0, \"schedule\": \"step\", \"schedule_epochs\": 2, "
         "\"schedule_factor\": 0.1}",
         0.1, 0.1, 0.01, 0.001, 0.00001},
        {"{\"learning_rate\": 0.1, \"warmup\": 0, \"schedule\": \"exponential\", "
         "\"schedule_epochs\": 2}",
         0.1, 0.05176, 0.05, 0.01830, 0.003235},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Schedule schedule = read_schedule(cases[i].recipe);
        const double right[] = {cases[i].first, cases[i].last_of_2nd, cases[i].first_of_3rd,
                                cases[i].middle, cases[i].last};
        const int64_t steps[] = {1, 20, 21, 50, 100};
        for (int k = 0; k < 5; k++)
            REQUIRE(fabs(rate(&schedule, steps[k]) - right[k]) < 1e-3 * right[k] + 1e-5,
                    "%s: %g instead of %g at step %d", cases[i].recipe, rate(&schedule, steps[k]),
                    right[k], (int)steps[k]);
    }
}
END_TEST

START_TEST(rate_rises_at_first) {
    const char *const kinds[] = {"cosine", "constant", "step", "exponential", "plateau"};
    for (int i = 0; i < 5; i++) {
        char recipe[200];
        sprintf(recipe, "{\"learning_rate\": 0.1, \"warmup\": 0.1, \"schedule\": \"%s\"}",
                kinds[i]);
        const Schedule schedule = read_schedule(recipe);
        ck_assert_double_eq_tol(rate(&schedule, 1), 0.01, 1e-9);
        ck_assert_double_eq_tol(rate(&schedule, 5), 0.05, 1e-9);
    }
}
END_TEST

START_TEST(plateau_cuts_when_nothing_gets_better) {
    const Schedule schedule = read_schedule(
        "{\"learning_rate\": 0.1, \"warmup\": 0, \"schedule\": \"plateau\", \"schedule_epochs\": 2,"
        " \"schedule_factor\": 0.25}");
    const bool better[] = {true, false, true, false, false, false, false, true};
    const double right[] = {0.1, 0.1, 0.1, 0.1, 0.025, 0.025, 0.00625, 0.00625};
    ScheduleState state = {0};
    for (int i = 0; i < 8; i++) {
        schedule_note(&schedule, &state, better[i]);
        ck_assert_double_eq_tol(schedule_rate(&schedule, &state, 10 * i + 11, 100, 10), right[i],
                                1e-9);
    }
}
END_TEST

static GenreStatus set_weights(const char *text, bool independent, float weights[3],
                               GenreError *error) {
    /* Drawn: a with 0.5, b with 0.3, a and b with 0.2; never c. */
    BatchClip clips[] = {{.labels = 1}, {.labels = 2}, {.labels = 3}};
    double up_to[] = {0.5, 0.8, 1};
    char *labels[] = {"a", "b", "c"};
    const BatchSource source = {.n = 3, .clips = clips, .up_to = up_to};
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    GenreStatus status = class_weights_check(json, error);
    if (!status)
        status = class_weights_set(json, &source, independent, labels, 3, weights, error);
    json_decref(json);
    return status;
}

START_TEST(class_weights_balance) {
    GenreError error;
    float w[3];
    ck_assert_int_eq(set_weights("\"balanced\"", false, w, &error), 0);
    ck_assert_float_eq_tol(w[0], 1 / (2 * 0.7f), 1e-6f);
    ck_assert_float_eq_tol(w[1], 1 / (2 * 0.5f), 1e-6f);
    ck_assert_float_eq(w[2], 1);
    ck_assert_int_eq(set_weights("\"balanced\"", true, w, &error), 0);
    ck_assert_float_eq_tol(w[0], 0.3f / 0.7f, 1e-6f);
    ck_assert_float_eq_tol(w[1], 1, 1e-6f);
    ck_assert_int_eq(set_weights("{\"b\": 2.5}", false, w, &error), 0);
    ck_assert_float_eq(w[0], 1);
    ck_assert_float_eq(w[1], 2.5f);
    const char *const bad[] = {"\"even\"", "{\"b\": 0}", "{\"b\": \"2\"}", "{\"d\": 1}", "[1, 2]"};
    for (int i = 0; i < 5; i++)
        REQUIRE(set_weights(bad[i], false, w, &error) == GENRE_ERR_FORMAT, "%s is taken", bad[i]);
}
END_TEST

START_TEST(logits_are_adjusted_by_how_often_labels_come) {
    /* Drawn: a with 0.5, b with 0.3, what is no label with 0.2; never c. */
    BatchClip clips[] = {{.labels = 1}, {.labels = 2}, {.labels = 8}};
    double up_to[] = {0.5, 0.8, 1};
    const BatchSource source = {.n = 3, .clips = clips, .up_to = up_to};
    float offsets[4];
    class_weights_logits(1, &source, 3, 4, offsets);
    ck_assert_float_eq_tol(offsets[0], logf(0.5f / 0.4f), 1e-6f);
    ck_assert_float_eq_tol(offsets[1], logf(0.3f / 0.4f), 1e-6f);
    ck_assert_float_eq(offsets[2], 0);
    ck_assert_float_eq(offsets[3], 0);
    class_weights_logits(0.5, &source, 3, 4, offsets);
    ck_assert_float_eq_tol(offsets[1], 0.5f * logf(0.3f / 0.4f), 1e-6f);
}
END_TEST

/* The cost's gradient against differences; biases and layers without "l1" and "l2" cost nothing. */
START_TEST(penalty_gradient_is_right) {
    GenreError error = {.text = ""};
    Penalty penalty;
    json_t *layers = json_loads("[{\"kind\": \"dense\", \"units\": 3, \"l1\": 0.5, \"l2\": 0.25},"
                                " {\"kind\": \"lstm\", \"units\": 2, \"l2\": 2},"
                                " {\"kind\": \"dense\", \"units\": 2}]",
                                0, NULL);
    json_t *stripped = json_deep_copy(layers);
    penalty_strip(stripped);
    GenreNet *net = genre_net_new(stripped, 4, &error);
    REQUIRE(net && penalty_read(&penalty, layers, net, &error) == 0, "%s", error.text);
    GenreRng rng = genre_rng(1, 1);
    genre_net_init(net, &rng);
    float *gradient = calloc(net->n_weights, sizeof *gradient);
    float *unused = calloc(net->n_weights, sizeof *unused);
    const size_t free_from = net->nodes[2].layer.tensors[0].offset;
    double right = 0;
    for (int i = 0; i < 12; i++) /* the first layer's matrix */
        right += 0.5 * fabsf(net->weights[i]) + 0.25 * net->weights[i] * net->weights[i];
    for (int i = 15; i < 15 + 8 * 5; i++) /* and the second's two */
        right += 2 * net->weights[i] * net->weights[i];
    ck_assert_double_eq_tol(penalty_add(&penalty, net, gradient), right, 1e-4);
    for (size_t i = 0; i < net->n_weights; i++) {
        const float step = 1e-2f, kept = net->weights[i];
        net->weights[i] = kept + step;
        const double up = penalty_add(&penalty, net, unused);
        net->weights[i] = kept - step;
        const double down = penalty_add(&penalty, net, unused);
        net->weights[i] = kept;
        if (fabsf(kept) > step)
            REQUIRE(fabs(gradient[i] - (up - down) / (2 * step)) < 1e-3, "weight %zu: %g, not %g",
                    i, gradient[i], (up - down) / (2 * step));
        if (i >= free_from)
            ck_assert_float_eq(gradient[i], 0);
    }
    json_object_set_new(json_array_get(layers, 2), "l1", json_real(-1));
    ck_assert_int_ne(penalty_read(&penalty, layers, net, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "\"dense2\""));
    free(unused);
    free(gradient);
    genre_net_free(net);
    json_decref(stripped);
    json_decref(layers);
}
END_TEST

START_TEST(sgd_has_momentum) {
    GenreError error;
    json_t *layers = json_loads("[{\"kind\": \"dense\", \"units\": 1}]", 0, NULL);
    GenreNet *net = genre_net_new(layers, 1, &error);
    const OptimSettings settings = {.kind = OPTIM_SGD,
                                    .learning_rate = 0.1,
                                    .weight_decay = 0.5,
                                    .clip_norm = 100,
                                    .weight_average = 0};
    Optim optim;
    double weight = 1, bias = -2, speed[2] = {0};
    net->weights[0] = 1;
    net->weights[1] = -2;
    ck_assert_int_eq(optim_init(&optim, net, &error), 0);
    optim_start(&optim, net->weights);
    for (int t = 0; t < 3; t++) {
        float gradient[2] = {3, -0.5f * (float)t};
        speed[0] = 0.9 * speed[0] + gradient[0];
        speed[1] = 0.9 * speed[1] + gradient[1];
        weight -= 0.1 * (speed[0] + 0.5 * weight);
        bias -= 0.1 * speed[1];
        optim_step(&optim, &settings, net->weights, gradient);
        ck_assert_double_eq_tol(net->weights[0], weight, 1e-5);
        ck_assert_double_eq_tol(net->weights[1], bias, 1e-5);
    }
    optim_clear(&optim);
    genre_net_free(net);
    json_decref(layers);
}
END_TEST

START_TEST(log_forgets_epochs_that_are_to_be_done_again) {
    char path[] = "/tmp/genrecast-log-XXXXXX";
    GenreError error;
    size_t size;
    close(mkstemp(path));
    ck_assert_int_eq(training_log_begin(path, 0, &error), 0);
    for (int i = 1; i <= 12; i++) {
        const TrainingEpoch epoch = {.epoch = i, .valid_loss = 0.5, .learning_rate = 0.01};
        ck_assert_int_eq(training_log_add(path, &epoch, &error), 0);
    }
    ck_assert_int_eq(training_log_begin(path, 10, &error), 0);
    char *text = genre_read_file(path, 1 << 16, &size, &error);
    int n_lines = 0;
    for (size_t i = 0; i < size; i++)
        n_lines += text[i] == '\n';
    ck_assert_int_eq(n_lines, 11);
    ck_assert(text[size - 1] == '\n');
    free(text);
    remove(path);
}
END_TEST

START_TEST(full_disk_is_told_of) {
    GenreError error = {.text = ""};
    const TrainingEpoch epoch = {.epoch = 1};
    ck_assert_int_eq(training_log_add("/dev/full", &epoch, &error), GENRE_ERR_WRITE);
    ck_assert_ptr_nonnull(strstr(error.text, "/dev/full cannot be written: No space left"));
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, schedules_change_the_rate);
    tcase_add_test(tests, rate_rises_at_first);
    tcase_add_test(tests, plateau_cuts_when_nothing_gets_better);
    tcase_add_test(tests, class_weights_balance);
    tcase_add_test(tests, logits_are_adjusted_by_how_often_labels_come);
    tcase_add_test(tests, penalty_gradient_is_right);
    tcase_add_test(tests, sgd_has_momentum);
    tcase_add_test(tests, log_forgets_epochs_that_are_to_be_done_again);
    tcase_add_test(tests, full_disk_is_told_of);
}
