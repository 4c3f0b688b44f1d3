/* The command lines of what makes clips: not-music and made-music. */
#ifndef GENRE_TRAIN_MADE_ARGUMENTS_H
#define GENRE_TRAIN_MADE_ARGUMENTS_H

#include <stdbool.h>

#include "genrecast.h"
#include "made/play.h"

typedef struct {
    const char *folder, *fonts[PLAYER_MAX_FONTS];
    int n_fonts;
    long n, seconds, seed;
    bool no_speech;
} MadeArguments;

typedef struct {
    const char *name, *help;
    long n_low, n_high, n; /* clips: at least, at most, if not said */
    bool plays;            /* takes --soundfont */
    GenreStatus (*run)(const MadeArguments *arguments, GenreError *error);
} MadeCommand;

/* Reads the command line, runs the command and says what went wrong; returns the exit code. */
int made_run(const MadeCommand *command, int argc, char **argv);

#endif
