/* How much each label counts in the loss. */
#ifndef GENRE_TRAIN_CLASS_WEIGHTS_H
#define GENRE_TRAIN_CLASS_WEIGHTS_H

#include <jansson.h>

#include "batch.h"
#include "genrecast.h"

/* Fails unless `json` is a recipe's "class_weights": "balanced", or an object of labels and
 * numbers. */
GenreStatus class_weights_check(const json_t *json, GenreError *error);

/* Sets weights (n_labels) as it says. Labels that an object does not name have 1. "balanced" makes
 * up for how often each label is drawn from `source`: of labels that exclude each other all count
 * alike, with 1 as the mean over what is drawn; of independent ones, having and not having it. */
GenreStatus class_weights_set(const json_t *json, const BatchSource *source, bool independent,
                              char *const *labels, int n_labels, float *weights, GenreError *error);

#endif
