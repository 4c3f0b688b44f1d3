/* What a network's logits cost, and the gradient of that. */
#ifndef GENRE_TRAIN_LOSS_H
#define GENRE_TRAIN_LOSS_H

#include <stdbool.h>
#include <stddef.h>

/* Of labels of which one applies: -sum weights targets log softmax(logits), all (n). Of labels that
 * are independent: the mean over the labels of -(weights targets log s + (1 - targets) log(1 - s)),
 * s = sigmoid(logits). Where dlogits is not NULL, adds scale * its gradient to it. `weights` may be
 * NULL for all 1. */
double loss_at(bool independent, const float *logits, const float *targets, const float *weights,
               int n, float scale, float *dlogits);

#endif
