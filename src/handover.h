/* Between the thread that collects feature frames and the one that runs the network on them, where
 * these are two: frames one way, estimates the other, and neither ever waits.
 *
 * Settings and resets travel with the frames, so that each frame meets the ones it would have met
 * had all been done in one thread. */
#ifndef GENRE_HANDOVER_H
#define GENRE_HANDOVER_H

#include <stdatomic.h>

#include "audio/ring.h"
#include "genrecast.h"

/* What goes with a frame. */
typedef struct {
    double time_s; /* since the start or the last reset */
    GenreSettings settings;
    float level_db;
    uint32_t epoch; /* counts resets: another one than before means to start afresh */
} GenreCollected;

typedef struct {
    int n_values;    /* of a frame */
    void *memory[2]; /* that the rings lie in */
    GenreRing *frames;
    GenreRing *estimates;
    _Atomic uint64_t n_put_off; /* frames at which an estimate was due and was put off */

    /* The collector's. */
    float *out; /* an entry being written */
    uint32_t epoch;
    GenreSettings settings;
    GenreEstimate none, latest; /* before the first; the last received */

    /* The updater's. */
    float *in; /* the entry read last */
} GenreHandover;

/* For frames of `n_values`, one every `period_s`; `none` is the estimate before the first. NULL:
 * out of memory. [set-up] */
GenreHandover *genre_handover_new(int n_values, double period_s, const GenreSettings *settings,
                                  const GenreEstimate *none);
void genre_handover_free(GenreHandover *handover); /* NULL is fine */

/* ---- The collector's side [real time] ------------------------------------------------------ */

/* Hands a frame over; where there is no room it is lost, and counted. */
void genre_handover_put(GenreHandover *handover, const float *frame, float level_db, double time_s);

/* From the next frame on all starts afresh; estimates of before no longer arrive. */
void genre_handover_reset(GenreHandover *handover);

/* The latest estimate that has arrived. */
const GenreEstimate *genre_handover_estimate(GenreHandover *handover);

/* ---- The updater's side [real time] -------------------------------------------------------- */

/* The next frame and what goes with it; NULL: there is none. Valid until the next call. */
const float *genre_handover_take(GenreHandover *handover, GenreCollected *about);

void genre_handover_give(GenreHandover *handover, uint32_t epoch, const GenreEstimate *estimate);

/* ---- Either side [real time] --------------------------------------------------------------- */

/* Frames that wait to be taken. */
size_t genre_handover_n_waiting(const GenreHandover *handover);

#endif
