/* What makes up, in the loss, for labels that are drawn more often than others. */
#ifndef GENRE_TRAIN_CLASS_WEIGHTS_H
#define GENRE_TRAIN_CLASS_WEIGHTS_H

#include <jansson.h>

#include "genrecast.h"
#include "learn/batch.h"

/* Fails unless `json` is a recipe's "class_weights": "balanced", or an object of labels and
 * numbers. */
GenreStatus class_weights_check(const json_t *json, GenreError *error);

/* Sets weights (n_labels) as it says. Labels that an object does not name have 1. "balanced" makes
 * up for how often each label is drawn from `source`: of labels that exclude each other all count
 * alike, with 1 as the mean over what is drawn; of independent ones, having and not having it. */
GenreStatus class_weights_set(const json_t *json, const BatchSource *source, bool independent,
                              char *const *labels, int n_labels, float *weights, GenreError *error);

/* Sets offsets (n_outputs) for the logits in the loss alone: `share` times the logarithm of how
 * often each of the first n_labels is drawn from `source`, against their mean. A network so trained
 * answers as if all labels came equally often (Menon et al. 2021), where weights make few clips
 * count much, and be learnt by heart. */
void class_weights_logits(double share, const BatchSource *source, int n_labels, int n_outputs,
                          float *offsets);

#endif
