/* All that `genrecast live` tells the world: screen or lines or JSON, and OSC. */
#ifndef GENRE_APP_LIVE_OUTPUT_H
#define GENRE_APP_LIVE_OUTPUT_H

#include <signal.h>

#include "app/live_options.h"
#include "genrecast.h"
#include "out/osc.h"

typedef struct GenreLiveOutput GenreLiveOutput;

/* What changes from moment to moment. */
typedef struct {
    double time_s;  /* since the start */
    double held_s;  /* how long the latest answer has held */
    float level_db; /* NAN: no sound comes */
    const char *input;
    uint64_t dropped, n_overflows;
} GenreLiveMoment;

/* Opens what `options` ask for. Lines that standard output has no room for are dropped, which is
 * told; where it takes only a part of one, the rest is waited for, until `stop`. NULL on failure,
 * `error` says why. */
GenreLiveOutput *genre_live_output_new(const GenreLiveOptions *options, const GenreModel *model,
                                       const volatile sig_atomic_t *stop, GenreError *error);
void genre_live_output_free(GenreLiveOutput *output); /* NULL is fine */

/* To be called before the first estimate of another model. After a failure the one before stays. */
GenreStatus genre_live_output_set_model(GenreLiveOutput *output, const GenreModel *model,
                                        GenreError *error);

/* An update. `final`: of a file's estimates the last one (1) or not (0); -1: not from a file. */
void genre_live_output_estimate(GenreLiveOutput *output, const GenreEstimate *estimate,
                                uint64_t dropped, int final);

/* After a reset: the latest estimate holds no more. */
void genre_live_output_forget(GenreLiveOutput *output);

/* Something that happened: `word` for OSC ("device lost"), `sentence` for people. */
void genre_live_output_status(GenreLiveOutput *output, const char *word, const char *sentence);

/* What is due between the updates: level, heartbeat, screen. */
void genre_live_output_moment(GenreLiveOutput *output, const GenreLiveMoment *moment);

typedef enum { GENRE_LIVE_GO_ON, GENRE_LIVE_QUIT, GENRE_LIVE_COMMAND } GenreLiveInput;

/* What keys and OSC ask for; until it is GO_ON. */
GenreLiveInput genre_live_output_input(GenreLiveOutput *output, GenreOscCommand *command);

/* True once nobody reads standard output any more, or it cannot be written. */
bool genre_live_output_closed(GenreLiveOutput *output);

/* True in the second case, which has been told by then. */
bool genre_live_output_failed(const GenreLiveOutput *output);

#endif
