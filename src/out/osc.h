/* Estimates as OSC messages to any number of receivers, and a port that takes requests.
 *
 * Addresses, below a prefix ("/genre" unless changed). Numbers and strings are never mixed in one
 * message and nothing is bundled, as some receivers take only the one or the other:
 *
 *   /top s         leading label; "unknown" or "silence" in those states
 *   /index i       its index, -1 in those states
 *   /confidence f  0 to 1
 *   /silence i     1 = silent
 *   /<label> f     one score per label; characters that OSC forbids there become "_"
 *   /all f f f ... all scores, in the order of the labels
 *   /level f       dBFS
 *   /alive i       heartbeat, counts up
 *   /labels s s .. at the start, on request and when the model changes
 *   /status s      "listening", "device lost", "device back", "overload", "model changed" ...
 *
 * Requests, on the port listened on: /reset, /interval f, /smoothing f, /hold f, /model s, /labels,
 * /subscribe [s URL], /unsubscribe [s URL]; without a URL the sender is meant. Any number type
 * does.
 *
 * Nothing here blocks, save that _new, _target and _listen may ask a name server. One thread at a
 * time; never the audio thread. */
#ifndef GENRE_OUT_OSC_H
#define GENRE_OUT_OSC_H

#include "genrecast.h"

typedef struct GenreOsc GenreOsc;

/* `prefix`: "/a" or "/a/b". NULL on failure, `error` says why. */
GenreOsc *genre_osc_new(const char *prefix, GenreError *error);
void genre_osc_free(GenreOsc *osc); /* NULL is fine */

/* Adds a receiver; `url` as in osc_target.h. */
GenreStatus genre_osc_target(GenreOsc *osc, const char *url, GenreError *error);

/* Opens the control port: PORT or HOST:PORT. */
GenreStatus genre_osc_listen(GenreOsc *osc, const char *where, GenreError *error);
int genre_osc_port(const GenreOsc *osc); /* the control port; 0: none */

/* Takes over the model's labels (copied) and sends them. After a failure those before stay. */
GenreStatus genre_osc_set_model(GenreOsc *osc, const GenreModel *model, GenreError *error);

/* Each sends to every receiver. */
void genre_osc_estimate(GenreOsc *osc, const GenreEstimate *estimate);
void genre_osc_level(GenreOsc *osc, float level_db);
void genre_osc_alive(GenreOsc *osc);
void genre_osc_status(GenreOsc *osc, const char *text);

/* A request that osc cannot answer by itself. */
typedef struct {
    enum {
        GENRE_OSC_RESET,
        GENRE_OSC_INTERVAL,  /* number: seconds */
        GENRE_OSC_SMOOTHING, /* number: seconds */
        GENRE_OSC_HOLD,      /* number: seconds */
        GENRE_OSC_MODEL,     /* text: path */
    } what;
    double number; /* finite */
    char text[1024];
} GenreOscCommand;

/* Keeps connections going and answers what it can; true with the next command for the caller. Call
 * it every few ten milliseconds until it returns false. */
bool genre_osc_service(GenreOsc *osc, GenreOscCommand *command);

/* The next thing worth telling the user (a receiver out of reach, requests that make no sense), a
 * sentence that lives until the next call; NULL = nothing. */
const char *genre_osc_warning(GenreOsc *osc);

/* Receivers now, subscribers included, and the URL of each. */
int genre_osc_n_targets(const GenreOsc *osc);
const char *genre_osc_target_name(const GenreOsc *osc, int index);
bool genre_osc_target_up(const GenreOsc *osc, int index);

#endif
