/* The folder that a run's jobs stand in. */
#ifndef GENRE_TRAIN_RUN_FOLDER_H
#define GENRE_TRAIN_RUN_FOLDER_H

#include <jansson.h>

#include "genrecast.h"

/* Makes `folder`, or takes up what is in it: a run of the same recipe where `resume`; where
 * `restart` its jobs are thrown away. */
GenreStatus run_folder_open(const char *folder, const json_t *recipe, bool resume, bool restart,
                            GenreError *error);

/* folder/name, made where it is missing. free() it; NULL on failure. */
char *run_folder_of_job(const char *folder, const char *name, GenreError *error);

#endif
