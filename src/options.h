/* Options of a feature or a layer as a model file or recipe gives them: a JSON object of which
 * every value is checked. */
#ifndef GENRE_OPTIONS_H
#define GENRE_OPTIONS_H

#include <jansson.h>

#include "genrecast.h"

/* Member `name` of `options` as a whole number from `low` to `high`; `fallback` where it is
 * missing (a fallback outside the range: the option is required). [set-up] */
GenreStatus genre_option_int(const json_t *options, const char *name, int low, int high,
                             int fallback, int *value, GenreError *error);

/* The same for a number; a NaN fallback makes it required. [set-up] */
GenreStatus genre_option_real(const json_t *options, const char *name, double low, double high,
                              double fallback, double *value, GenreError *error);

/* The same for one of a few words: `choices` ends with NULL, *value is the index, `fallback` one
 * too. [set-up] */
GenreStatus genre_option_choice(const json_t *options, const char *name,
                                const char *const choices[], int fallback, int *value,
                                GenreError *error);

/* Fails if `options` has a member that is not among `known` (names with blanks between them):
 * a misspelt option must not be passed over. [set-up] */
GenreStatus genre_options_known(const json_t *options, const char *what, const char *known,
                                GenreError *error);

#endif
