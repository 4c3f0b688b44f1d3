/* An estimate as one line of JSON: what `genrecast live --json` and `file --json` print. */
#ifndef GENRE_OUT_JSON_H
#define GENRE_OUT_JSON_H

#include "genrecast.h"

/* One object without a newline; free() it. NULL: out of memory. Members, in this order:
 *
 *   path        only where `path` is not NULL; bytes that are not UTF-8 become U+FFFD
 *   time_s      audio heard since the start
 *   state       "music", "silence" or "unknown"
 *   genre       a label, null unless the state is music
 *   confidence  0 to 1
 *   heard_s, held_s, level_db    as in GenreEstimate
 *   scores      label -> number with six decimals; summing to 1 unless labels are independent
 *   dropped     only where `dropped` is not negative: audio frames lost
 *   final       only where `final` is not negative: true (not 0) or false (0)
 *
 * The decimal point is a point in every locale. Any thread. */
char *genre_json_estimate(const GenreModel *model, const GenreEstimate *estimate, const char *path,
                          int final, int64_t dropped);

/* What the line of a file in a collection tells besides, so that a later run knows that it is done.
 */
typedef struct {
    const char *path;
    uint64_t n_bytes;
    int64_t modified_s;    /* seconds since 1970 */
    const char *made_with; /* stands for the model and the settings */
    const char *error;     /* why this is of a part of the file only; NULL: it is not */
} GenreJsonFile;

/* genre_json_estimate with `file->path` and more members behind `final`:
 *
 *   path_hex    only where the path is not UTF-8: its bytes in hexadecimal
 *   bytes, modified_s, made_with, error    as above; the last where there is one
 */
char *genre_json_file(const GenreModel *model, const GenreEstimate *estimate,
                      const GenreJsonFile *file, bool final);

/* The scores as whole millionths, (n_labels), that sum to exactly one million unless labels are
 * independent: what every text form of an estimate prints, so that rounding each score by itself
 * cannot spoil the sum. */
void genre_score_millionths(const GenreModel *model, const GenreEstimate *estimate,
                            int *millionths);

/* The confidence in millionths, the same as the score that it is. */
int genre_confidence_millionths(const GenreModel *model, const GenreEstimate *estimate);

#endif
