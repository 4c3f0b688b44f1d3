/* Where `live` gets its sound from: starts the capture process, watches over it, and starts it
 * again when it or its device is lost. */
#ifndef GENRE_APP_SOURCE_H
#define GENRE_APP_SOURCE_H

#include "genrecast.h"

typedef struct {
    const char *device; /* NULL: the default input */
    double rate_hz;     /* 0: the device's own */
    int n_channels;     /* 0: at most 2 */
    const char *file;   /* play this instead of listening to a device; NULL: none */
    bool loop;
    bool verbose; /* let the audio libraries' messages through */
} GenreSourceSpec;

typedef struct GenreSource GenreSource;

typedef enum {
    GENRE_SOURCE_SAME,
    GENRE_SOURCE_STARTED, /* sound comes, in the form that _rate_hz and _n_channels tell */
    GENRE_SOURCE_LOST,    /* no sound any more, or none to begin with: see _error; it is tried again
                           * once a second (a file is not) */
    GENRE_SOURCE_ENDED, /* the file was played to its end and all of it has been read; see _error */
} GenreSourceEvent;

/* Starts the first capture process. `spec`'s strings must outlive it. NULL on failure, `error` says
 * why. */
GenreSource *genre_source_new(const GenreSourceSpec *spec, GenreError *error);

/* Ends the capture process, within a third of a second at most. NULL is fine. */
void genre_source_free(GenreSource *source);

/* Looks after the capture process. Call it every few ten milliseconds. */
GenreSourceEvent genre_source_service(GenreSource *source);

/* Takes up to `n_frames` interleaved frames; returns how many there were. */
size_t genre_source_read(GenreSource *source, float *samples, size_t n_frames);

/* Of the sound that comes, or came last. */
double genre_source_rate_hz(const GenreSource *source);
int genre_source_n_channels(const GenreSource *source);
const char *genre_source_name(const GenreSource *source);
const char *genre_source_note(const GenreSource *source); /* something to tell the user, or "" */

/* Why there is no sound; a status of success where a file simply ended. */
const GenreError *genre_source_error(const GenreSource *source);

/* How long after `since_s` the device had come how far, for people; "" for a file. Once sound has
 * come. */
void genre_source_tell_start(const GenreSource *source, double since_s, char text[200]);

/* Frames lost so far because the program did not keep up. */
uint64_t genre_source_dropped(const GenreSource *source);

/* How often the sound system reported a loss of its own. */
uint64_t genre_source_n_overflows(const GenreSource *source);

#endif
