/* The weights in a model file. */
#ifndef GENRE_MODEL_WEIGHTS_H
#define GENRE_MODEL_WEIGHTS_H

#include "model/model.h"
#include "model/safetensors.h"

/* Weights beyond this are not those of a network that was ever trained. */
extern const float genre_largest_weight;

/* Fills the network from the file, checking the name, type, shape and values of each tensor, that
 * none is left over, and the checksum. [set-up] */
GenreStatus genre_model_load_weights(GenreModel *model, const GenreSafetensors *file,
                                     GenreError *error);

#endif
