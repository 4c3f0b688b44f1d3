/* A fixed set of what music goes through on its way to a listener, to measure how much of a model's
 * knowledge survives it. Nothing here is random but the rooms and the noise, and these depend on
 * the file's name alone: everyone gets the same sound. */
#ifndef GENRE_TRAIN_DEGRADE_H
#define GENRE_TRAIN_DEGRADE_H

#include "clips/mono.h"

typedef enum {
    DEGRADE_NOT, /* the clean sound */
    DEGRADE_ROOM,
    DEGRADE_NOISE,
    DEGRADE_LOW_PASS,
    DEGRADE_CODEC,
    DEGRADE_QUIET,
    DEGRADE_N
} Degradation;

/* "clean", "room", "noise", "low-pass", "codec", "quiet"; and what that is, in a few words. */
const char *degrade_name(Degradation degradation);
const char *degrade_about(Degradation degradation);

/* Degrades the sound of the file `name` in place. What would clip is made softer as a whole.
 * GENRE_ERR_NO_MEMORY; GENRE_ERR_UNSUPPORTED where libsndfile has no Opus. */
GenreStatus degrade(Mono *mono, Degradation degradation, const char *name, GenreError *error);

/* Reads the file at `path` as mono at its own rate, and degrades it under its name without
 * folders. */
GenreStatus degrade_read(Mono *mono, const char *path, Degradation degradation, GenreError *error);

#endif
