/* Cross entropy of a softmax over logits, at chosen steps. */
#ifndef GENRE_TRAIN_LOSS_H
#define GENRE_TRAIN_LOSS_H

#include <stddef.h>

/* -sum targets log softmax(logits), all (n). Where dlogits is not NULL, adds scale * its gradient
 * to it. */
double loss_cross_entropy(const float *logits, const float *targets, int n, float scale,
                          float *dlogits);

/* Softmax of logits / temperature into p, all (n). */
void loss_softmax(const float *logits, int n, float temperature, float *p);

#endif
