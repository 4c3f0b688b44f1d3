/* How much of a model's knowledge survives what degrade.h does to its clips. */
#ifndef GENRE_TRAIN_EVAL_DEGRADED_H
#define GENRE_TRAIN_EVAL_DEGRADED_H

#include "eval/evaluate.h"

/* Of one degradation, compared with the clean sound clip by clip. */
typedef struct {
    Evaluation evaluation;
    double lost;            /* share of the clips that are right less often, after 30 s */
    Interval lost_interval; /* 95 % */
} Degraded;

/* The clips of one artist, or one that is by itself. */
typedef struct {
    size_t n;
    long lost; /* how many were right and are not any more, less those the other way round */
} DegradedGroup;

/* The share of the groups' clips that is lost, with the interval of paired shares (Wald's), in
 * which the groups are what is independent. */
double degraded_lost(const DegradedGroup *groups, int n_groups, Interval *interval);

/* Scores the clips that are sound files and that `clean` could read (its `said` is needed) once
 * clean and once with each degradation, into each (DEGRADE_N). GENRE_ERR_BAD_ARG where there is no
 * such clip. */
GenreStatus degraded_evaluate(Degraded *each, const Evaluation *clean, const EvaluateClip *clips,
                              size_t n, Pool *pool, GenreError *error);

/* As a table. */
void degraded_print(const Degraded *each, FILE *out);

/* As JSON, a new reference: {"clips": how many, "clean": {...}, "room": ..., "noise", "low-pass",
 * "codec", "quiet"}, each of them {"about", "accuracy": {"1": ... "30"}, "lost", "lost_interval",
 * "ece", "shown": {"right", "wrong", "unknown", "silence"}, "changes_per_minute"}; after 30 s where
 * no time is given. */
json_t *degraded_json(const Degraded *each);

#endif
