/* The command line of `genrecast live`. */
#ifndef GENRE_APP_LIVE_OPTIONS_H
#define GENRE_APP_LIVE_OPTIONS_H

#include "app/source.h"
#include "genrecast.h"

enum { GENRE_MAX_OSC_OPTIONS = 32 };

typedef struct {
    GenreSourceSpec source;
    GenreSettings settings;
    const char *model; /* NULL: the default */
    const char *osc[GENRE_MAX_OSC_OPTIONS];
    int n_osc;
    const char *osc_prefix; /* NULL: /genre */
    const char *osc_listen; /* NULL: no control port */
    bool json;
    bool plain;        /* lines, even on a terminal */
    double duration_s; /* INFINITY: until told to stop */
} GenreLiveOptions;

/* False where the program is to end with `*exit_code`, everything having been said. */
bool genre_live_options_read(GenreLiveOptions *options, int argc, char **argv, int *exit_code);

#endif
