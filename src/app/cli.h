/* What the programs' command lines have in common. */
#ifndef GENRE_APP_CLI_H
#define GENRE_APP_CLI_H

#include <stdio.h>

#include "genrecast.h"

/* "PROGRAM: sentence." on standard error, in printf's manner. */
void genre_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The program's name for genre_complain; "genrecast" until set. */
void genre_set_program(const char *name);

/* `text`, the value of option `name`, as a number from `low` to `high` ("inf" is one too). False
 * after having complained. */
bool genre_read_number(const char *name, const char *text, double low, double high, double *value);

/* The same for a whole number. */
bool genre_read_count(const char *name, const char *text, long low, long high, long *value);

/* The model at `path`, or the compiled-in one for NULL. NULL after having complained. */
GenreModel *genre_open_model(const char *path);

/* Prints a command's help text on `out`. Each program has one such convention: --help writes it to
 * standard output and succeeds, a usage error writes one line and names --help. */
int genre_usage_error(const char *command);

#endif
