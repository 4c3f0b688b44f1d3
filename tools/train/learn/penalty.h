/* L1 and L2: what the size of a layer's weights costs.
 *
 * A recipe's layer may have "l1" and "l2": these times the sum of the absolute values, and of the
 * squares, of its matrices are added to the loss. They stand in the layer because that is where
 * published networks have them, and are left out of the model, to which they mean nothing. */
#ifndef GENRE_TRAIN_PENALTY_H
#define GENRE_TRAIN_PENALTY_H

#include <jansson.h>

#include "genrecast.h"
#include "net/net.h"

typedef struct {
    bool any;
    double l1[GENRE_MAX_LAYERS], l2[GENRE_MAX_LAYERS];
} Penalty;

/* Reads them of a recipe's layers, of which `net` was made. */
GenreStatus penalty_read(Penalty *penalty, const json_t *layers, const GenreNet *net,
                         GenreError *error);

/* Takes them out of a recipe's layers. */
void penalty_strip(json_t *layers);

/* What the weights cost; adds the gradient of that to `gradient` (n_weights). */
double penalty_add(const Penalty *penalty, const GenreNet *net, float *gradient);

#endif
