/* A sound file played into a stream at the pace of real time, in place of an audio input. */
#ifndef GENRE_APP_PLAYER_H
#define GENRE_APP_PLAYER_H

#include "app/stream.h"

/* Plays from when the stream is first read until the end of the file (never, with `loop`) or until
 * the stream is asked to stop. */
GenreStatus genre_player_run(GenreStream *stream, const char *path, bool loop, GenreError *error);

#endif
