#include "runner.h"

#include <stdlib.h>
#include <string.h>

#include "status.h"

/* Frames that a run takes of each stream. */
static int n_steps(const GenreModel *model) {
    return model->window_frames ? model->window_frames : model->net->frames_per_step;
}

GenreStatus genre_runner_init(GenreRunner *runner, const GenreModel *model, int n_streams,
                              GenreError *error) {
    const GenreNet *net = model->net;
    *runner = (GenreRunner){.model = model, .n_streams = n_streams};
    runner->math = genre_math_choose(error);
    if (!runner->math)
        return GENRE_ERR_UNSUPPORTED;
    const size_t n_values = (size_t)n_steps(model) * net->n_in;
    const bool is_window = model->window_frames > 0, are_many = n_streams > 1;
    runner->tape = genre_tape_new_forward(net, n_steps(model), n_streams);
    /* One causal stream is run from what it holds itself. */
    if (is_window)
        runner->picture = calloc(n_values, sizeof *runner->picture);
    if (are_many)
        runner->x = calloc(n_values * (size_t)n_streams, sizeof *runner->x);
    if (are_many || is_window)
        runner->state = calloc((size_t)net->n_state * (size_t)n_streams + 1, sizeof *runner->state);
    if (!runner->tape || (is_window && !runner->picture) || (are_many && !runner->x) ||
        ((are_many || is_window) && !runner->state))
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return GENRE_SUCCESS;
}

void genre_runner_clear(GenreRunner *runner) {
    genre_tape_free(runner->tape);
    free(runner->x);
    free(runner->picture);
    free(runner->state);
}

/* What the network sees of a stream now, (T, n_bands). */
static const GenreReal *look(GenreRunner *runner, const GenreJudge *judge) {
    if (!judge->window)
        return judge->block;
    genre_window_read(judge->window, runner->picture);
    return runner->picture;
}

/* The inputs of n streams, step by step side by side. */
static void join(GenreRunner *runner, GenreJudge *const *judges, int n) {
    const size_t n_in = (size_t)runner->model->net->n_in;
    for (int b = 0; b < n; b++) {
        const GenreReal *its = look(runner, judges[b]);
        for (int t = 0; t < n_steps(runner->model); t++)
            memcpy(runner->x + ((size_t)t * n + b) * n_in, its + (size_t)t * n_in,
                   n_in * sizeof *its);
    }
}

const GenreReal *genre_runner_run(GenreRunner *runner, GenreJudge *const *judges, int n) {
    const GenreNet *net = runner->model->net;
    const GenreRun run = {.n_steps = n_steps(runner->model), .n_streams = n, .math = runner->math};
    const bool is_window = judges[0]->window;
    if (is_window)
        genre_net_reset(net, n, runner->state);
    if (n == 1)
        return genre_net_forward(net, &run, look(runner, judges[0]),
                                 is_window ? runner->state : judges[0]->state, runner->tape);
    join(runner, judges, n);
    for (int b = 0; !is_window && b < n; b++)
        genre_net_put_state(net, n, b, judges[b]->state, runner->state);
    const GenreReal *logits = genre_net_forward(net, &run, runner->x, runner->state, runner->tape);
    for (int b = 0; !is_window && b < n; b++)
        genre_net_get_state(net, n, b, runner->state, judges[b]->state);
    return logits;
}

void genre_runner_finish(GenreRunner *runner, GenreJudge *judge, float level_db, double time_s) {
    if (judge->window && judge->estimator.n_waiting > 0)
        genre_estimator_catch_up(&judge->estimator, genre_runner_run(runner, &judge, 1));
    genre_estimator_finish(&judge->estimator, level_db, time_s);
}
