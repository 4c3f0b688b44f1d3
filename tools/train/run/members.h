/* The members of a recipe: networks that are trained one after the other and make one model. */
#ifndef GENRE_TRAIN_MEMBERS_H
#define GENRE_TRAIN_MEMBERS_H

#include "genrecast.h"
#include "learn/trainer.h"
#include "model/model.h"

/* The model that a recipe's members make, with weights drawn at random: whether it can be made,
 * told before any is trained. NULL on failure. */
GenreModel *members_try(const Recipe *recipe, json_t *labels, GenreError *error);

/* Trains the members of a job's recipe, with `settings` but for what differs from one to the next,
 * and makes a calibrated model of them. A member that is done keeps its checkpoint, which takes no
 * time to go on from, until members_forget. NULL on failure. */
GenreModel *members_train(const TrainerSettings *settings, json_t *labels, TrainerResult *result,
                          GenreError *error);

/* Removes the checkpoints of all members, that of the first, settings->checkpoint_path, last: where
 * it is there, a training is unfinished. */
void members_forget(const TrainerSettings *settings);

#endif
