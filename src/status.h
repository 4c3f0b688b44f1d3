/* Errors for set-up functions: a status to branch on and one sentence to show. */
#ifndef GENRE_STATUS_H
#define GENRE_STATUS_H

#include "genrecast.h"

/* Fills `error` (NULL is fine) with `status` and a printf-style sentence; returns `status`.
 * A longer sentence is cut off, and control characters in it become "?". Not for the audio
 * thread. */
GenreStatus genre_fail(GenreError *error, GenreStatus status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
