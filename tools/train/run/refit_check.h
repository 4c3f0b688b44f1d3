/* Whether a recipe may refit a model: told before there are any clips. */
#ifndef GENRE_TRAIN_REFIT_CHECK_H
#define GENRE_TRAIN_REFIT_CHECK_H

#include "genrecast.h"
#include "model/model.h"
#include "recipe/recipe.h"

/* Fails unless `before` is the network that the recipe describes, and heard clips that were changed
 * and chosen as it says. */
GenreStatus refit_check(const GenreModel *before, const Recipe *recipe, GenreError *error);

#endif
