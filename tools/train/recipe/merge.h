/* Several networks as one. */
#ifndef GENRE_TRAIN_MERGE_H
#define GENRE_TRAIN_MERGE_H

#include "genrecast.h"
#include "model/model.h"

enum { MERGE_MAX_PARTS = 8 };

typedef struct {
    const char *name; /* for errors */
    const GenreModel *model;
} MergePart;

/* Frames for each step of what they make: as many as the slowest takes. */
int merge_frames_per_step(const MergePart *parts, int n);

/* A causal model whose logits are the mean of those of n (2 to MERGE_MAX_PARTS) models with the
 * same feature, labels and output, each of which ends with a dense layer; `error` says which does
 * not. Logits of those that make several steps while the slowest makes one are averaged over these.
 * What several have in common, layer by layer from the front on and with the same weights to the
 * bit, is there once, and nothing is there of what only training needs. Calibration and training
 * are not taken over. NULL on failure. */
GenreModel *merge_models(const MergePart *parts, int n, GenreError *error);

#endif
