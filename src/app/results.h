/* A file of JSON lines, one for each sound file, that a later run goes on with: what it holds is
 * not done again. It only ever grows, by whole lines; where a sound file has changed, its last line
 * counts. */
#ifndef GENRE_APP_RESULTS_H
#define GENRE_APP_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct GenreResults GenreResults;

/* Opens or makes `path`, reads what it holds and keeps other runs out. What a run that was killed
 * left of a file's lines is cut off, with a warning. NULL after a complaint: where it holds
 * anything but lines of `genrecast file --json`, or lines that were made with something else than
 * `made_with`; then it is as it was. */
GenreResults *genre_results_open(const char *path, const char *made_with);

/* Whether a sound file has a line already: one that tells the same size and time, or none (lines of
 * standard output do not). If not, it is taken to be getting one, so that a path that comes twice
 * is done once. 16 to 32 bytes of memory for each path. */
bool genre_results_has(GenreResults *results, const char *path, uint64_t n_bytes,
                       int64_t modified_s);

/* Adds whole lines. False after a complaint: then it ends as it ended before. */
bool genre_results_add(GenreResults *results, const char *lines);

/* Closes it, NULL too. False after a complaint: then the end of it may be lost. */
bool genre_results_close(GenreResults *results);

#endif
