/* What the threads of `genrecast file` share. */
#ifndef GENRE_APP_FILE_TASK_H
#define GENRE_APP_FILE_TASK_H

#include <stdatomic.h>

#include "app/batch.h"
#include "app/report.h"
#include "app/results.h"
#include "app/walk.h"

typedef struct {
    const GenreModel *model;
    GenreSettings settings;
    GenreReport report;
    double every_s; /* 0: the final answer only */
    GenrePaths paths;
    size_t at_once;        /* files that a thread may have in hand for the others to have some */
    GenreResults *results; /* NULL: the answers go to standard output */
    char made_with[17];
    size_t n_skipped, n_kept; /* files that had a line before, and that got one */
    double started_s;
    uint64_t n_bytes;           /* of all files: the measure of what is left */
    atomic_size_t files_done;   /* any thread adds to these four */
    atomic_size_t files_failed; /* that get no line */
    atomic_ullong bytes_done;
    atomic_ullong heard_ms; /* audio worked through */
} GenreFileTask;

/* Hands over a line of file `index`; `error` NULL: it is of the whole file. Any thread. */
void genre_file_say(GenreBatch *batch, size_t index, const GenreFileTask *task,
                    const GenreEstimate *estimate, bool final, const char *error);

/* A thread's work: hears files of the task until there are no more (file_hear.c). */
void genre_file_hear(GenreBatch *batch, void *task);

#endif
