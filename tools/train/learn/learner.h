/* What a training's steps take: a batch in shards, its gradient, and the weights' next values. */
#ifndef GENRE_TRAIN_LEARNER_H
#define GENRE_TRAIN_LEARNER_H

#include <signal.h>

#include "base/pool.h"
#include "learn/chain.h"
#include "learn/optim.h"
#include "learn/penalty.h"
#include "learn/shard.h"

typedef struct {
    ShardTask task;
    Penalty penalty;
    Optim optim;
    int n_shards;
    ChainLink link; /* those of this rank */
    Shard *shards;  /* (n_shards) of which others are empty, but for the first of rank 0 */
} Learner;

/* `task` says what is to be learnt, all but the times at which the loss looks: those are the
 * recipe's, as whole blocks of `block` frames. Clear it even after a failure. */
GenreStatus learner_init(Learner *learner, const ShardTask *task, int block, GenreError *error);
void learner_clear(Learner *learner);

/* One step over a batch, the shards on the pool's threads; adds its loss and right answers, and
 * tells whether `interrupted` is set on any rank. Rank 0 moves the weights, at the learning rate
 * `rate`, and shares them. Random numbers come from `seed` and the step's number. */
void learner_step(Learner *learner, Pool *pool, uint64_t seed, double rate,
                  const volatile sig_atomic_t *interrupted, ChainTotals *totals);

#endif
