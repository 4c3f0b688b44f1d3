/* A progress line on standard error, where that is a terminal; otherwise nothing. */
#ifndef GENRE_APP_PROGRESS_H
#define GENRE_APP_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool enabled;
    bool drawn; /* stands on the screen now */
    double start_s;
    size_t n_files;
    uint64_t n_bytes;         /* of all files: the measure of what is left */
    atomic_size_t files_done; /* any thread adds to these three */
    atomic_ullong bytes_done;
    atomic_ullong heard_ms; /* audio worked through */
} GenreProgress;

void genre_progress_init(GenreProgress *progress, size_t n_files, uint64_t n_bytes);

/* Draws it anew, or takes it away so that something else can be printed. One thread at a time. */
void genre_progress_draw(GenreProgress *progress);
void genre_progress_clear(GenreProgress *progress);

#endif
