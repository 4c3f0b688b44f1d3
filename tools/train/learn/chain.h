/* How ranks share the shards of a batch and add up what comes of them: in the order of the shards,
 * so that it is the same to the bit on any number of ranks.
 *
 * Each rank runs some shards in a row. The first sends its sum to the next, which adds its own, and
 * so on to rank 0, which has the last shards and moves the weights. Ranks beyond the number of
 * shards have none.
 */
#ifndef GENRE_TRAIN_CHAIN_H
#define GENRE_TRAIN_CHAIN_H

#include "learn/shard.h"

/* This rank's shards: from `begin` on, before `end`. */
typedef struct {
    int begin, end;
    int before, after; /* ranks with the shards before and behind these; -1: there are none */
} ChainLink;

ChainLink chain_link(int n_shards);

/* What is added up over the steps of an epoch, the same on all ranks before and after a step. */
typedef struct {
    double loss;
    int64_t n_right;
    bool stop; /* a rank was interrupted */
} ChainTotals;

/* Adds the losses, right answers and gradients of `shards`, all those of the batch of which this
 * rank has run its own, and moves running statistics on. Returns on rank 0 the sum of the gradients
 * (n_weights), which is in a shard, else NULL. Totals and statistics are complete on rank 0 only.
 */
float *chain_sum(const ChainLink *link, Shard *shards, GenreNet *net, ChainTotals *totals);

#endif
