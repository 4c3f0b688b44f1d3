/* One plugin instance's run(), apart from what the formats differ in: reads the control inputs,
 * analyses, passes the audio on, writes the control outputs.
 *
 * All of it is [real time]. A port that is not connected is NULL: inputs then count as their
 * default. */
#ifndef GENRE_PLUGIN_ANALYSER_H
#define GENRE_PLUGIN_ANALYSER_H

#include "engine.h"

enum { GENRE_PLUGIN_MAX_CHANNELS = 2 };

typedef struct {
    GenreEngine *engine; /* the owner's; see genre_analyser_swap */
    int n_channels;
    bool has_bypass;     /* the last input means the opposite: see ports.h */
    size_t slice_frames; /* short enough that no estimate is missed between two slices */
    float *control[GENRE_N_CONTROLS];
    const float *in[GENRE_PLUGIN_MAX_CHANNELS];
    float *out[GENRE_PLUGIN_MAX_CHANNELS];

    GenreSettings settings; /* as configured last */
    bool configured;
    bool enabled;
    bool reset_was_on;
    uint64_t seen; /* sequence number of the estimate in `shown` */

    /* What the outputs hold. */
    struct {
        float genre, confidence, level, silence;
        float scores[GENRE_N_DEFAULT_LABELS];
    } shown;
} GenreAnalyser;

void genre_analyser_init(GenreAnalyser *analyser, GenreEngine *engine, double rate_hz,
                         int n_channels);

/* Any port below GENRE_PORT_ATOM_IN(n_channels); others are ignored. */
void genre_analyser_connect(GenreAnalyser *analyser, unsigned port, void *data);

/* As if nothing had been heard yet. */
void genre_analyser_reset(GenreAnalyser *analyser);

/* Goes on with another engine, which starts with what comes next. The outputs keep the last answer
 * until it has one of its own. */
void genre_analyser_swap(GenreAnalyser *analyser, GenreEngine *engine);

/* One run(): _begin, then _slice and _renew until `at` reaches n_frames, then _end. _begin says
 * whether it reset. _slice takes in some of the audio and moves `at` on; _renew says whether there
 * is a new estimate, genre_classifier_estimate(engine->classifier). */
bool genre_analyser_begin(GenreAnalyser *analyser);
void genre_analyser_slice(GenreAnalyser *analyser, size_t *at, size_t n_frames);
bool genre_analyser_renew(GenreAnalyser *analyser);
void genre_analyser_end(GenreAnalyser *analyser);

#endif
