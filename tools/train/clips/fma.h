/* FMA, a data set for music analysis (Defferrard et al. 2017), as its archives unpack:
 * fma_metadata/tracks.csv beside folders of clips, fma_small/000/000002.mp3 and so on. */
#ifndef GENRE_TRAIN_FMA_H
#define GENRE_TRAIN_FMA_H

#include "clips/manifest.h"

/* Whether `path` is a folder that holds fma_metadata, or one of the folders of clips beside it. */
bool fma_is_one(const char *path);

/* Adds the clips of a folder of clips, or of the only one in `path`: those with a top genre whose
 * file is there. The artist's name and the split are FMA's. */
GenreStatus fma_read(Manifest *manifest, const char *path, GenreError *error);

#endif
