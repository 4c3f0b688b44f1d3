#include "options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "status.h"

GenreStatus genre_option_int(const json_t *options, const char *name, int low, int high,
                             int fallback, int *value, GenreError *error) {
    const json_t *json = json_object_get(options, name);
    if (!json && fallback >= low && fallback <= high) {
        *value = fallback;
        return GENRE_SUCCESS;
    }
    if (!json)
        return genre_fail(error, GENRE_ERR_FORMAT, "option \"%s\" is missing", name);
    if (!json_is_integer(json) || json_integer_value(json) < low || json_integer_value(json) > high)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "option \"%s\" is not a whole number from %d to %d", name, low, high);
    *value = (int)json_integer_value(json);
    return GENRE_SUCCESS;
}

GenreStatus genre_option_real(const json_t *options, const char *name, double low, double high,
                              double fallback, double *value, GenreError *error) {
    const json_t *json = json_object_get(options, name);
    if (!json && !isnan(fallback)) {
        *value = fallback;
        return GENRE_SUCCESS;
    }
    if (!json)
        return genre_fail(error, GENRE_ERR_FORMAT, "option \"%s\" is missing", name);
    const double number = json_number_value(json);
    if (!json_is_number(json) || !(number >= low && number <= high))
        return genre_fail(error, GENRE_ERR_FORMAT, "option \"%s\" is not a number from %g to %g",
                          name, low, high);
    *value = number;
    return GENRE_SUCCESS;
}

GenreStatus genre_option_choice(const json_t *options, const char *name,
                                const char *const choices[], int fallback, int *value,
                                GenreError *error) {
    const json_t *json = json_object_get(options, name);
    const char *word = json_string_value(json);
    char all[200] = "";
    *value = fallback;
    if (!json)
        return GENRE_SUCCESS;
    for (int i = 0; choices[i]; i++) {
        if (word && strcmp(word, choices[i]) == 0) {
            *value = i;
            return GENRE_SUCCESS;
        }
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s\"%s\"", i ? ", " : "",
                 choices[i]);
    }
    return genre_fail(error, GENRE_ERR_FORMAT, "option \"%s\" is not one of %s", name, all);
}

/* Whether `name` is one of the words of `known`, not just a part of one. */
static bool is_among(const char *name, const char *known) {
    const size_t n = strlen(name);
    while (*known) {
        const size_t word = strcspn(known, " ");
        if (word == n && memcmp(known, name, n) == 0)
            return true;
        known += word + (known[word] == ' ');
    }
    return false;
}

GenreStatus genre_options_known(const json_t *options, const char *what, const char *known,
                                GenreError *error) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)options, name, value) {
        if (!is_among(name, known))
            return genre_fail(error, GENRE_ERR_FORMAT, "%s has no option \"%.40s\"", what, name);
    }
    return GENRE_SUCCESS;
}
