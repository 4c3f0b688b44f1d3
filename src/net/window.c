#include "net/window.h"

#include <stdlib.h>
#include <string.h>

GenreWindow *genre_window_new(int n_frames, int n_values) {
    GenreWindow *window = calloc(1, sizeof *window);
    if (!window)
        return NULL;
    window->n_frames = n_frames;
    window->n_values = n_values;
    window->frames = calloc((size_t)n_frames * n_values, sizeof *window->frames);
    if (!window->frames) {
        free(window);
        return NULL;
    }
    return window;
}

void genre_window_free(GenreWindow *window) {
    if (window)
        free(window->frames);
    free(window);
}

void genre_window_reset(GenreWindow *window) {
    window->n_heard = 0;
}

void genre_window_push(GenreWindow *window, const GenreReal *frame) {
    const size_t at = (size_t)(window->n_heard++ % (uint64_t)window->n_frames);
    memcpy(window->frames + at * window->n_values, frame, (size_t)window->n_values * sizeof *frame);
}

void genre_window_read(const GenreWindow *window, GenreReal *x) {
    const int n = window->n_frames;
    /* Where the ring is full, its oldest frame stands where the next will. */
    const int full = window->n_heard >= (uint64_t)n;
    const int n_heard = full ? n : (int)window->n_heard;
    const int oldest = full ? (int)(window->n_heard % (uint64_t)n) : 0;
    for (int t = 0; t < n; t++) {
        const int at = (oldest + genre_window_source(t, n, n_heard)) % n;
        memcpy(x + (size_t)t * window->n_values, window->frames + (size_t)at * window->n_values,
               (size_t)window->n_values * sizeof *x);
    }
}
