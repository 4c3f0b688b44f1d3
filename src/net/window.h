/* The last frames of a stream, for networks that look at a window of them. */
#ifndef GENRE_NET_WINDOW_H
#define GENRE_NET_WINDOW_H

#include <stdint.h>

#include "net/real.h"

typedef struct {
    int n_frames, n_values; /* the window's length; of a frame */
    uint64_t n_heard;       /* frames pushed since the last reset */
    GenreReal *frames;      /* (n_frames, n_values), a ring */
} GenreWindow;

/* NULL: out of memory. [set-up] */
GenreWindow *genre_window_new(int n_frames, int n_values);
void genre_window_free(GenreWindow *window);

void genre_window_reset(GenreWindow *window);                        /* [real time] */
void genre_window_push(GenreWindow *window, const GenreReal *frame); /* [real time] */

/* The last n_frames into x (n_frames, n_values), oldest first. Until so many were heard, those that
 * were are repeated in front: a picture of the right size and texture, if a dull one. At least one
 * must have been heard. [real time] */
void genre_window_read(const GenreWindow *window, GenreReal *x);

/* Which of n_heard frames stands at place t of a window of n_frames that ends with the last. */
static inline int genre_window_source(int t, int n_frames, int n_heard) {
    const int back = n_frames - 1 - t;
    return n_heard - 1 - back % (n_heard < n_frames ? n_heard : n_frames);
}

#endif
