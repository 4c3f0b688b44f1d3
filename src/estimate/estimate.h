/* From the network's logits and the level to an answer: calibration, smoothing, hysteresis,
 * silence gate, "unknown".
 */
#ifndef GENRE_ESTIMATE_ESTIMATE_H
#define GENRE_ESTIMATE_ESTIMATE_H

#include "genrecast.h"
#include "model/model.h"

/* Logits are not wanted more often than this from a network that is not run at each frame: little
 * of its window is new by then. */
enum { GENRE_LEAST_WAIT_MS = 250 };

typedef struct {
    const GenreCalibration *calibration;
    bool independent; /* scores do not sum to 1: each label applies or not by itself */
    int n_outputs;    /* one per label; one more: not music */
    GenreSettings settings;
    double period_s; /* from frame to frame */

    uint64_t n_silent;     /* frames under the silence level in a row */
    bool silent;           /* the gate is shut */
    uint64_t n_heard;      /* frames of sound, that `mean` rests on */
    uint64_t n_waiting;    /* the last of them, whose logits are yet to come */
    uint64_t n_leading;    /* frames that `challenger` has been ahead of `answer` */
    uint64_t n_held;       /* frames since `answer` became what it is */
    uint64_t n_since_last; /* frames since the last estimate */
    int answer;            /* label index or one of the values below */
    int challenger;
    float mean[GENRE_MAX_LABELS]; /* (n_outputs) smoothed probabilities */
    uint64_t n_anew; /* where `mean` is of the music before, frames that the next logits rest on
                      * without their own; else 0 */

    GenreEstimate latest;
    GenreEstimate last_music; /* sequence 0: none */
} GenreEstimator;

/* What the gate makes of a frame. */
typedef enum {
    GENRE_FRAME_SILENT, /* nothing to run the network on */
    GENRE_FRAME_SOUND,
    GENRE_FRAME_ONSET, /* the first sound after a long silence: start the network afresh */
} GenreFrameKind;

void genre_estimator_init(GenreEstimator *estimator, const GenreModel *model, double period_s);
void genre_estimator_reset(GenreEstimator *estimator); /* [real time] */
void genre_estimator_configure(GenreEstimator *estimator,
                               const GenreSettings *settings); /* [real time] */

/* First half of a frame: its level in dBFS. [real time] */
GenreFrameKind genre_estimator_gate(GenreEstimator *estimator, float level_db);

/* Second half: its logits (n_outputs), NULL where the gate said silent; `time_s` since the start.
 * Renews estimator->latest when an estimate is due. [real time] */
void genre_estimator_push(GenreEstimator *estimator, const float *logits, float level_db,
                          double time_s);

/* In place of _push for a frame of sound of which there are no logits yet: those that come next
 * count for it too. For networks that are too much work to be run at each frame. [real time] */
void genre_estimator_wait(GenreEstimator *estimator, float level_db, double time_s);

/* Whether the frame of sound that comes now should have logits: an estimate falls due with it, and
 * the last logits are not brand new. [real time] */
bool genre_estimator_wants(const GenreEstimator *estimator);

/* Whether logits that are wanted are better put off, with `n_behind` frames already there behind
 * the one that comes now: the next ones would fall due before these are made use of. [real time] */
bool genre_estimator_is_behind(const GenreEstimator *estimator, uint64_t n_behind);

/* In place of _wait where logits are wanted but put off: the estimate stays due, and is not renewed
 * without them. [real time] */
void genre_estimator_put_off(GenreEstimator *estimator);

/* Takes logits for the frames that still wait, if any, without a frame of their own. [real time] */
void genre_estimator_catch_up(GenreEstimator *estimator, const float *logits);

/* The music has changed, and what the next logits say rests on little more than the last
 * `n_frames`: the scores begin again with them, while the name that is shown stays until another
 * has led for as long as it takes. Where smoothing is infinite the scores remain those of all that
 * was heard, though the network went on from less. Not while frames wait for their logits.
 * [real time] */
void genre_estimator_begin_again(GenreEstimator *estimator, uint64_t n_frames);

/* Makes the last estimate of a stream that ends at `time_s`; `level_db` is its last frame's, which
 * need not have had an estimate, or that of a sound too short for a frame. [real time] */
void genre_estimator_finish(GenreEstimator *estimator, float level_db, double time_s);

#endif
