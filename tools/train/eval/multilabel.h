/* How right a model is whose labels are independent: each label is a question of its own. */
#ifndef GENRE_TRAIN_MULTILABEL_H
#define GENRE_TRAIN_MULTILABEL_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "genrecast.h"

/* One label; it is said of clips where its score is at least 0.5. */
typedef struct {
    size_t n; /* clips that have it; without any, the figures are 0 and count in no mean */
    double average_precision; /* mean over the steps of recall of the precision there */
    double precision, recall, f1;
} LabelFigures;

typedef struct {
    size_t n;                                /* clips */
    double mean_average_precision, macro_f1; /* means over the labels that occur */
    double micro_f1;                         /* of all labels' yes and no in one */
    double exact;                            /* share of clips with all labels right */
    LabelFigures labels[GENRE_MAX_LABELS];
} Multilabel;

/* Of scores (n, n_labels), and truth (n): a bit for each label that a clip has. */
GenreStatus multilabel_figures(Multilabel *figures, const float *scores, const uint64_t *truth,
                               size_t n, int n_labels, GenreError *error);

void multilabel_print(const Multilabel *figures, const GenreModel *model, FILE *out);

/* {"clips", "map", "macro_f1", "micro_f1", "exact", "per_label": {label: {"clips", "ap",
 * "precision", "recall", "f1"}}}, a new reference. */
json_t *multilabel_json(const Multilabel *figures, const GenreModel *model);

#endif
