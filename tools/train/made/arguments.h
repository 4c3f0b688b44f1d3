/* The command lines of what makes clips: not-music and made-music. */
#ifndef GENRE_TRAIN_MADE_ARGUMENTS_H
#define GENRE_TRAIN_MADE_ARGUMENTS_H

#include "made/make.h"

/* Reads the command line, makes the clips and says what went wrong; returns the exit code. */
int made_run(const MadeCommand *command, int argc, char **argv);

#endif
