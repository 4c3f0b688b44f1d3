/* Random changes to sound before its features are computed: what happens to music on its way to a
 * listener (speed, pitch, tone, coding, room, noise, microphone, level) without its genre changing.
 *
 * They are dear, so they are made once, when a feature cache is prepared: so many variants of every
 * clip, among which training draws. What changes on frames in every step is augment.h.
 */
#ifndef GENRE_TRAIN_WAVEFORM_H
#define GENRE_TRAIN_WAVEFORM_H

#include <jansson.h>
#include <stdio.h>

#include "clips/mono.h"
#include "genrecast.h"

enum { WAVEFORM_MAX_VARIANTS = 32 };

typedef struct {
    const json_t *json;             /* the recipe's; NULL: there is none */
    int variants;                   /* changed versions of each clip; 0: all is off */
    int seed;                       /* of the changes; no matter of the training's */
    double tempo;                   /* faster or slower by up to this share, at the same pitch */
    double pitch_semitones;         /* higher or lower by up to this, at the same speed */
    double eq_db;                   /* bells and shelves of up to +- this */
    double codec;                   /* probability of having been through Vorbis, Opus or MP3 */
    double room;                    /* probability of being played in a room ... */
    double room_low_s, room_high_s; /* ... in which sound takes so long to fade by 60 dB */
    double noise;                   /* probability of noise ... */
    double snr_low_db, snr_high_db; /* ... so far under the music, over the whole clip */
    double microphone;              /* probability of being heard through a small device */
    double low_pass;                /* probability of losing all above a random frequency */
    double gain_db;                 /* the level moves by up to +- this */
} Waveform;

/* Reads a recipe's "waveform" (NULL: all is off). */
GenreStatus waveform_read(Waveform *waveform, const json_t *json, GenreError *error);

/* Turns `mono` into variant 1, 2, ... of the clip called `id`; 0 leaves it alone. Equal seed, id
 * and variant give equal sound. `told` (NULL is fine) gets a line for each change. */
GenreStatus waveform_apply(const Waveform *waveform, const char *id, int variant, Mono *mono,
                           FILE *told, GenreError *error);

#endif
