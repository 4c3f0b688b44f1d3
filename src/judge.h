/* The back half of the pipe, of one stream: what the network remembers of it and is to see of it,
 * and what its logits come to. The network itself is run elsewhere (runner.h), for one stream or
 * for many at once: so a frame is taken in two steps, before and after.
 */
#ifndef GENRE_JUDGE_H
#define GENRE_JUDGE_H

#include "estimate/estimate.h"
#include "genrecast.h"
#include "model/model.h"
#include "net/window.h"

typedef struct {
    const GenreModel *model;
    GenreReal *state;    /* (net->n_state) of the network; NULL where the model is not causal */
    GenreReal *block;    /* (net->frames_per_step, n_bands) frames that a causal one takes at a
                          * time ... */
    int n_in_block;      /* ... and how many of them are there */
    GenreWindow *window; /* the last frames of sound; NULL where the model is causal */
    GenreEstimator estimator;
    float level_db; /* of the frame whose logits are waited for ... */
    double time_s;  /* ... and its end */
} GenreJudge;

/* `settings` NULL means the defaults; where it fails, what was made can be cleared. [set-up] */
GenreStatus genre_judge_init(GenreJudge *judge, const GenreModel *model, double period_s,
                             const GenreSettings *settings, GenreError *error);
void genre_judge_clear(GenreJudge *judge); /* all zero is fine */

void genre_judge_reset(GenreJudge *judge); /* [real time] */

/* A frame (n_bands) of `level_db` that ends at `time_s`. True where the network is to be run now:
 * then genre_judge_settle or _put_off must follow. [real time] */
bool genre_judge_take(GenreJudge *judge, const float *frame, float level_db, double time_s);

/* The logits that it wanted, with the state moved on. [real time] */
void genre_judge_settle(GenreJudge *judge, const GenreReal *logits);

/* In place of these: the next ones will count for this frame too. For windows. [real time] */
void genre_judge_put_off(GenreJudge *judge);

#endif
