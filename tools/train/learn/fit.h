/* Fitted weights: those that are set from the training data's statistics, not by gradients. */
#ifndef GENRE_TRAIN_FIT_H
#define GENRE_TRAIN_FIT_H

#include "learn/shard.h"

/* Sets the fitted tensors of each layer of task->model->net from what reaches it, front to back.
 * `shard` is work space. */
GenreStatus fit_layers(GenreNet *net, Shard *shard, const ShardTask *task, uint64_t seed,
                       GenreError *error);

#endif
