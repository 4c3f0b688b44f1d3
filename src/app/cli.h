/* What the programs' command lines have in common. */
#ifndef GENRE_APP_CLI_H
#define GENRE_APP_CLI_H

#include <stdio.h>

#include "genrecast.h"

/* A program: commands found by name. */
typedef struct {
    const char *name;
    int (*run)(int argc,
               char **argv); /* the command line from its name on; returns the exit code */
    const char *summary;     /* NULL: not for users */
} GenreCommand;

typedef struct {
    const char *name;
    const char *about;    /* a sentence */
    const char *examples; /* lines, each indented by two blanks */
    const GenreCommand *commands;
    int n_commands;
} GenreProgram;

/* What main does: --help, --version, or the command that argv[1] names. */
int genre_run_program(const GenreProgram *program, int argc, char **argv);

/* Has signal `number` call `handler`, with sigaction's `flags`. One that was ignored when we were
 * started stays so: that is how nohup, and a shell for background jobs, ask to be left alone. */
void genre_on_signal(int number, void (*handler)(int), int flags);

/* "PROGRAM: sentence." on standard error, in printf's manner. */
void genre_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `text`, the value of option `name`, as a number from `low` to `high` ("inf" is one too). False
 * after having complained. */
bool genre_read_number(const char *name, const char *text, double low, double high, double *value);

/* The same for a whole number. */
bool genre_read_count(const char *name, const char *text, long low, long high, long *value);

/* The model at `path`, or the compiled-in one for NULL. NULL after having complained. */
GenreModel *genre_open_model(const char *path);

/* After a complaint about the command line: points to --help; returns the exit code. */
int genre_usage_error(const char *command);

#endif
