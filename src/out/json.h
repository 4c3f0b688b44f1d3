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

/* The scores as whole millionths, (n_labels), that sum to exactly one million unless labels are
 * independent: what every text form of an estimate prints, so that rounding each score by itself
 * cannot spoil the sum. */
void genre_score_millionths(const GenreModel *model, const GenreEstimate *estimate,
                            int *millionths);

/* The confidence in millionths, the same as the score that it is. */
int genre_confidence_millionths(const GenreModel *model, const GenreEstimate *estimate);

#endif
