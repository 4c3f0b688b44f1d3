/* Listening to a clip with the product's own classifier, and keeping what an evaluation needs. */
#ifndef GENRE_TRAIN_HEAR_H
#define GENRE_TRAIN_HEAR_H

#include "eval/evaluate.h"
#include "eval/shown.h"

typedef struct {
    bool failed;   /* could not be read */
    double from_s; /* when it began: 0, but for a clip that another plays before */
    double lasted_s;
    GenreEstimate at[EVALUATE_N_TIMES]; /* after each time; sequence 0: no estimate yet */
    Showing showing;                    /* up to the last of the times */
} Heard;

/* The clip's labels, a bit each; none where it is not music. */
uint64_t hear_labels_of(const EvaluateClip *clip);

/* Listens to the clip, degraded where it is a sound file, as far as the last of the times; to the
 * one before it as far, where there is one, and to both as frames. What fails says so in `error`
 * and heard->failed. */
GenreStatus hear(Heard *heard, const GenreModel *model, const EvaluateClip *clip,
                 Degradation degradation, GenreError *error);

#endif
