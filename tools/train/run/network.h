/* Training what a recipe describes, be it one network or several members. */
#ifndef GENRE_TRAIN_NETWORK_H
#define GENRE_TRAIN_NETWORK_H

#include "genrecast.h"
#include "learn/trainer.h"

/* The trained and calibrated model. NULL on failure. */
GenreModel *network_train(const TrainerSettings *settings, json_t *labels, TrainerResult *result,
                          GenreError *error);

/* Removes what is left to go on from. */
void network_forget(const TrainerSettings *settings);

#endif
