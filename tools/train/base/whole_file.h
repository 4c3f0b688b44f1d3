/* Text files that are there in whole or not at all. */
#ifndef GENRE_TRAIN_WHOLE_FILE_H
#define GENRE_TRAIN_WHOLE_FILE_H

#include "genrecast.h"

/* Writes `text` by way of a temporary file beside `path`: an interrupted or failed write leaves the
 * old file. */
GenreStatus whole_file_write(const char *path, const char *text, GenreError *error);

#endif
