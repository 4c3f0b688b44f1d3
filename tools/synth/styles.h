/* The pieces that genrecast-synth can play. */
#ifndef GENRE_SYNTH_STYLES_H
#define GENRE_SYNTH_STYLES_H

#include "voices.h"

typedef struct {
    const char *name;
    const char *summary;
    /* Fills a silent mix; false: out of memory. */
    bool (*render)(SynthMix *mix);
} SynthStyle;

/* By name; NULL where there is none. */
const SynthStyle *synth_find_style(const char *name);

/* By number, NULL behind the last. */
const SynthStyle *synth_style(size_t index);

#endif
