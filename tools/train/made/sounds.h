/* Sounds that are not music, made up: what a model is taught to call unknown. None is meant to fool
 * an ear, only to fill spectrum and time as its model does. */
#ifndef GENRE_TRAIN_SOUNDS_H
#define GENRE_TRAIN_SOUNDS_H

#include <stdbool.h>

#include "clips/mono.h"
#include "rng.h"

typedef struct {
    const char *name;
    const char *group; /* the dataset that its clips are of */
    bool held_out;     /* for validation alone */
} Sound;

/* The kinds of sound by number, NULL behind the last. */
const Sound *sounds_at(int kind);

/* One of kind number `kind` into silence (mono->n samples), another for each state of the
 * generator; of any level. */
GenreStatus sounds_make(int kind, Mono *mono, GenreRng *rng, GenreError *error);

/* Whether the program espeak-ng is there, which does the speaking. */
bool speech_is_there(void);
extern const char speech_is_missing[]; /* what to say if not */

/* Someone who speaks, now and then two at a time, into silence. Those for validation have voices
 * and languages of their own. `voice` says who it is. */
GenreStatus speech_make(bool held_out, Mono *mono, GenreRng *rng, char voice[40],
                        GenreError *error);

/* Adds someone who talks on and on, as fast as a rapper, so loud (1: full scale). */
GenreStatus speech_add(Mono *mono, double gain, GenreRng *rng, GenreError *error);

#endif
