/* The `genrecast` program: one command per file, found by name in main.c's table. */
#ifndef GENRE_APP_APP_H
#define GENRE_APP_APP_H

#include "genrecast.h"

/* Exit codes. */
enum {
    GENRE_EXIT_OK = 0,
    GENRE_EXIT_FAILED = 1, /* something could not be done; standard error says what */
    GENRE_EXIT_USAGE = 2,  /* the command line makes no sense */
};

/* Each takes the command line from its own name on and returns the exit code. */
int genre_app_live(int argc, char **argv);
int genre_app_capture(int argc, char **argv); /* internal: live's capture process */
int genre_app_file(int argc, char **argv);
int genre_app_devices(int argc, char **argv);
int genre_app_model(int argc, char **argv);
int genre_app_bench(int argc, char **argv);

#endif
