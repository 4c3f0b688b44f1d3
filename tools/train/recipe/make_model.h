/* From a recipe to a model without weights, and from its training to a model file. */
#ifndef GENRE_TRAIN_MAKE_MODEL_H
#define GENRE_TRAIN_MAKE_MODEL_H

#include "clips/cache.h"
#include "genrecast.h"
#include "recipe/recipe.h"

/* The model that `recipe`, which has no members, describes, for a list of labels. NULL on failure.
 */
GenreModel *make_model(const Recipe *recipe, json_t *labels, GenreError *error);

/* Whether the recipe's layers make a network, told before there are clips and labels. */
GenreStatus make_model_check(const Recipe *recipe, GenreError *error);

/* Writes a trained model with its calibration and where it comes from: `summary` of the training
 * and `split` (NULL: none), the description of how the clips were divided. */
GenreStatus save_model(const GenreModel *model, const Recipe *recipe, const Cache *cache,
                       json_t *summary, json_t *split, const char *path, GenreError *error);

/* What a model's file says of its training, as save_model wrote it: a new reference; NULL: nothing,
 * or there is no model. */
json_t *read_training(const GenreModel *model);

#endif
