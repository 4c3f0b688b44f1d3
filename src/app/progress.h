/* A progress bar with the time left on standard error, where that is a terminal; else nothing.
 * One stands there at a time. */
#ifndef GENRE_APP_PROGRESS_H
#define GENRE_APP_PROGRESS_H

#include <stdbool.h>

typedef struct {
    const char *what; /* "training", or "" */
    bool enabled;
    double started_s, drawn_s;
} GenreProgress;

GenreProgress genre_progress_start(const char *what);

/* Draws it anew for a share `done` of 0 to 1, with `note` (NULL: none) behind it; at most ten times
 * a second. One thread at a time. */
void genre_progress_show(GenreProgress *progress, double done, const char *note);

/* Takes it away, so that something else can be printed. */
void genre_progress_clear(void);

/* What takes it away when printed before a line on standard error, "" where none stands there. Any
 * thread. */
const char *genre_progress_wipe(void);

#endif
