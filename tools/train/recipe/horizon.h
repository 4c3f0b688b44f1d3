/* How far back the running statistics of a finished model reach. */
#ifndef GENRE_TRAIN_HORIZON_H
#define GENRE_TRAIN_HORIZON_H

#include "genrecast.h"

/* The same model, without calibration, but no layer of running means reaches back further than
 * `horizon_s`. NULL on failure. */
GenreModel *horizon_limit(const GenreModel *model, double horizon_s, GenreError *error);

#endif
