/* How soon a model follows when one piece of music gives way to another without a pause. */
#ifndef GENRE_TRAIN_SEGUE_H
#define GENRE_TRAIN_SEGUE_H

#include "eval/evaluate.h"

/* Scores the clips of music once more, each right behind another that has none of its genres and
 * plays for 30 s, or to its end. Which one that is depends on the order of the clips alone. Times
 * are counted from the change. `alone` is their evaluation by themselves, with `said`: what could
 * not be read is left out. */
GenreStatus segue_evaluate(Evaluation *segue, const Evaluation *alone, const EvaluateClip *clips,
                           size_t n, Pool *pool, GenreError *error);

/* What is shown since the change, as text. */
void segue_print(const Evaluation *segue, FILE *out);

/* As JSON, a new reference: {"clips", "accuracy", "shown", "settled_s", "settled"}, as in
 * evaluation_json, by seconds since the change, and "noticed", the share of changes that were
 * noticed within ten of them. */
json_t *segue_json(const Evaluation *segue);

#endif
