#include "app/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "app/app.h"
#include "out/text.h"

static const char *program = "genrecast";

void genre_set_program(const char *name) {
    program = name;
}

void genre_complain(const char *format, ...) {
    va_list args;
    char *text = NULL;
    va_start(args, format);
    const int n = vasprintf(&text, format, args);
    va_end(args);
    /* File names and what libraries say about them may hold anything. */
    char *shown = n >= 0 ? genre_text_printable(text) : NULL;
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", program, shown ? shown : "out of memory");
    free(shown);
    if (n >= 0)
        free(text);
}

bool genre_read_number(const char *name, const char *text, double low, double high, double *value) {
    char *end;
    errno = 0;
    const double number = strtod(text, &end);
    if (end == text || *end || !(number >= low && number <= high)) {
        genre_complain("%s: \"%s\" is not a number from %g to %g", name, text, low, high);
        return false;
    }
    *value = number;
    return true;
}

bool genre_read_count(const char *name, const char *text, long low, long high, long *value) {
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end || errno || number < low || number > high) {
        genre_complain("%s: \"%s\" is not a whole number from %ld to %ld", name, text, low, high);
        return false;
    }
    *value = number;
    return true;
}

GenreModel *genre_open_model(const char *path) {
    GenreError error;
    GenreModel *model = path ? genre_model_load(path, &error) : genre_model_default(&error);
    if (!model)
        genre_complain("%s", error.text);
    return model;
}

int genre_usage_error(const char *command) {
    fprintf(stderr, "Try \"%s%s%s --help\".\n", program, *command ? " " : "", command);
    return GENRE_EXIT_USAGE;
}
