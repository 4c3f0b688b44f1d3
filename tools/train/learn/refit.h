/* Training once more, with the clips that a model was validated on among those to train on.
 *
 * Nothing is left then to stop early or to calibrate by, so both come from the training that made
 * the model before: as many epochs as its best was, and its temperatures. */
#ifndef GENRE_TRAIN_REFIT_H
#define GENRE_TRAIN_REFIT_H

#include <jansson.h>
#include <stdbool.h>

#include "genrecast.h"
#include "model/model.h"
#include "recipe/recipe.h"

/* Whether both say the same, or are not there (NULL) both. */
bool refit_same(const json_t *a, const json_t *b);

/* How many epochs made `before`, or, where `member` is not NULL, its member of this name. Fails
 * where it does not say so; where it has other labels or frames than `model`, which is to be
 * trained; or was trained in another way than by `recipe`. */
GenreStatus refit_epochs(const GenreModel *before, const char *member, const GenreModel *model,
                         const Recipe *recipe, int *epochs, GenreError *error);

#endif
