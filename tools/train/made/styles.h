/* Styles of music (styles.json, explained in STYLES.md), and pieces drawn from them at random: what
 * a genre's drums, basses and chords do, how fast, on which instruments. They are written to be
 * learnt from, not to be listened to. */
#ifndef GENRE_TRAIN_STYLES_H
#define GENRE_TRAIN_STYLES_H

#include <jansson.h>

#include "genrecast.h"
#include "made/song.h"
#include "rng.h"

/* The table, which json_decref frees. NULL: no memory. */
json_t *styles_read(void);

/* The genres that it has, by number; NULL behind the last. */
const char *styles_genre(const json_t *styles, int i);

/* A piece of `seconds` and a bar more in one of the genre's styles; song_free it, also after
 * errors. Another for each state of the generator. */
GenreStatus styles_compose(const json_t *styles, const char *genre, double seconds, GenreRng *rng,
                           Song *song, GenreError *error);

#endif
