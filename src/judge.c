#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "status.h"

/* From this novelty on (net.h) another piece of music is taken to have begun, without a pause. With
 * less, changes are known sooner, but pieces with several parts are told apart from themselves, and
 * are less often right; with more, later: measured on held-out clips and on collections that the
 * network was trained without (models/LOG.md). */
static const double other_music_from = 0.08;

GenreStatus genre_judge_init(GenreJudge *judge, const GenreModel *model, double period_s,
                             const GenreSettings *settings, GenreError *error) {
    const GenreNet *net = model->net;
    *judge = (GenreJudge){.model = model};
    if (model->window_frames) {
        judge->window = genre_window_new(model->window_frames, model->n_bands);
    } else {
        judge->state = calloc((size_t)net->n_state + 1, sizeof *judge->state);
        judge->block = calloc((size_t)net->frames_per_step * net->n_in, sizeof *judge->block);
    }
    if (!judge->window && (!judge->state || !judge->block))
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    genre_estimator_init(&judge->estimator, model, period_s);
    genre_estimator_configure(&judge->estimator, settings);
    genre_judge_reset(judge);
    return GENRE_SUCCESS;
}

void genre_judge_clear(GenreJudge *judge) {
    genre_window_free(judge->window);
    free(judge->block);
    free(judge->state);
}

static void forget_frames(GenreJudge *judge) {
    judge->n_in_block = 0;
    if (judge->window)
        genre_window_reset(judge->window);
    else
        genre_net_reset(judge->model->net, 1, judge->state);
}

void genre_judge_reset(GenreJudge *judge) {
    forget_frames(judge);
    genre_estimator_reset(&judge->estimator);
}

/* Adds a frame to what the network sees; true where it is to look at that now. */
static bool show(GenreJudge *judge, const float *frame) {
    if (judge->window) {
        genre_window_push(judge->window, frame);
        return genre_estimator_wants(&judge->estimator);
    }
    const GenreNet *net = judge->model->net;
    const size_t n = (size_t)net->n_in;
    memcpy(judge->block + (size_t)judge->n_in_block * n, frame, n * sizeof *frame);
    judge->n_in_block = (judge->n_in_block + 1) % net->frames_per_step;
    return judge->n_in_block == 0;
}

bool genre_judge_take(GenreJudge *judge, const float *frame, float level_db, double time_s) {
    judge->level_db = level_db;
    judge->time_s = time_s;
    switch (genre_estimator_gate(&judge->estimator, level_db)) {
    case GENRE_FRAME_SILENT:
        genre_estimator_push(&judge->estimator, NULL, level_db, time_s);
        return false;
    case GENRE_FRAME_ONSET:
        forget_frames(judge);
        break;
    case GENRE_FRAME_SOUND:
        break;
    }
    if (show(judge, frame))
        return true;
    genre_estimator_wait(&judge->estimator, level_db, time_s);
    return false;
}

void genre_judge_settle(GenreJudge *judge, const GenreReal *logits) {
    const GenreNet *net = judge->model->net;
    genre_estimator_push(&judge->estimator, logits, judge->level_db, judge->time_s);
    if (judge->state && genre_net_novelty(net, judge->state) > other_music_from)
        genre_estimator_begin_again(&judge->estimator,
                                    (uint64_t)genre_net_renew(net, judge->state));
}

void genre_judge_put_off(GenreJudge *judge) {
    genre_estimator_put_off(&judge->estimator);
}
