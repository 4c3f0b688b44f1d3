/* How a training goes on: schedules, the log. Whole trainings are run by train.sh and
 * train_run.sh. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/safetensors.h"
#include "run.h"
#include "schedule.h"
#include "training_log.h"

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
    tcase_add_test(tests, log_forgets_epochs_that_are_to_be_done_again);
    tcase_add_test(tests, full_disk_is_told_of);
}
