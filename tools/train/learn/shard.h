/* Part of a batch: everything that one thread needs to turn it into a gradient. */
#ifndef GENRE_TRAIN_SHARD_H
#define GENRE_TRAIN_SHARD_H

#include "learn/batch.h"
#include "model/model.h"

/* What all shards of a training have in common. */
typedef struct {
    const Recipe *recipe;
    const GenreModel *model;
    const BatchSource *source;            /* NULL: the batches are as they are */
    const float *label_weights;           /* (n_labels) that they have in the loss; NULL: all 1 */
    const float *logit_offsets;           /* (n_labels) added to the logits in the loss */
    int n_times, times[RECIPE_MAX_TIMES]; /* frames after which the loss looks */
} ShardTask;

typedef struct {
    Batch batch;
    GenreTape *tape, *work;
    float *state, *dlogits;
    float *gradient; /* (n_weights) */
    double loss;     /* its part of the batch's mean loss */
    int n_right;     /* clips whose leading label was right when the loss last looked */
} Shard;

/* A shard of n_streams clips. Clear it even after a failure. */
GenreStatus shard_init(Shard *shard, const ShardTask *task, int n_streams, GenreError *error);
void shard_clear(Shard *shard);

/* Random excerpts through the network: fills the batch and the tape. Training where `trains`: with
 * dropout and noise, drawn from `rng` too. Returns the logits. */
const float *shard_forward(Shard *shard, const ShardTask *task, GenreRng *rng, bool trains);

/* The same in training, then loss, right answers and the loss's gradient. */
void shard_run(Shard *shard, const ShardTask *task, GenreRng *rng);

#endif
