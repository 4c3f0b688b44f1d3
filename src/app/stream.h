/* Sound on its way from the capture process to the program: a block of shared memory with a ring of
 * samples in it and what there is to know about them.
 *
 * Capture runs in a process of its own because PortAudio can hang for good inside its own calls
 * when an audio server dies: a process can be killed, a thread cannot. */
#ifndef GENRE_APP_STREAM_H
#define GENRE_APP_STREAM_H

#include "audio/ring.h"
#include "genrecast.h"

typedef enum {
    GENRE_STREAM_STARTING,
    GENRE_STREAM_RUNNING,
    GENRE_STREAM_ENDED,  /* a file was played to its end */
    GENRE_STREAM_FAILED, /* `error` says why */
} GenreStreamState;

/* When the capture process was how far, on genre_now_s's clock, which processes share. */
typedef struct {
    double begun_s;  /* in its main: all before is the loading of libraries */
    double found_s;  /* the sound system's devices */
    double opened_s; /* the one */
    double started_s;
} GenreStreamTimes;

/* All but the atomics is written before `state` becomes RUNNING (release), then never again;
 * `error` likewise before FAILED or ENDED. */
typedef struct {
    _Atomic int state;            /* GenreStreamState */
    _Atomic bool stop;            /* the program asks the capture process to end */
    _Atomic bool is_read;         /* the program has begun to read: until then a file waits */
    _Atomic uint32_t n_calls;     /* of the callback: the sign of life */
    _Atomic uint32_t n_overflows; /* times that the sound system itself lost input */
    _Atomic double called_s;      /* the first callback, to a millisecond; 0: not seen yet */
    GenreStreamTimes times;       /* of a device */
    int n_channels;
    double rate_hz;
    char device[128];
    char note[200]; /* something to tell the user, or "" */
    GenreError error;
    _Alignas(64) GenreRing ring;
} GenreStream;

/* A new stream as a file descriptor to pass on, mapped here. NULL on failure, `error` says why. */
GenreStream *genre_stream_new(int *fd, GenreError *error);

/* The stream behind a descriptor that was passed on; NULL where it is none. */
GenreStream *genre_stream_open(int fd);

void genre_stream_close(GenreStream *stream); /* NULL is fine */

/* [capture process] Sets the sound's form and an empty ring, of about two seconds. */
void genre_stream_prepare(GenreStream *stream, double rate_hz, int n_channels, const char *device,
                          const char *note);

/* [capture process] Everything is ready: the callback may come. */
void genre_stream_run(GenreStream *stream);

/* [capture process] The end; `error` NULL or a success: all was played. */
void genre_stream_end(GenreStream *stream, const GenreError *error);

/* All that a capture callback does: takes `n_frames` interleaved frames. Those that find no room
 * are counted in the ring. `samples` NULL counts as silence. [real time, capture process] */
void genre_stream_take(GenreStream *stream, const float *samples, size_t n_frames, bool overflow);

/* Frames that found no room. */
uint64_t genre_stream_dropped(GenreStream *stream);

#endif
