/* A progress bar with the time left on standard error, where that is a terminal. */
#ifndef GENRE_TRAIN_PROGRESS_H
#define GENRE_TRAIN_PROGRESS_H

typedef struct {
    const char *what;
    double started_s, shown_s;
    int shown; /* the bar is on the screen */
} Progress;

double now_s(void); /* monotonic clock */

Progress progress_start(const char *what);
/* `done` of 0 to 1; `note` (NULL is fine) stands behind the bar. At most 10 times a second. */
void progress_show(Progress *progress, double done, const char *note);
void progress_clear(Progress *progress);

#endif
