#include "analyser.h"

#include <string.h>

static const float lowest_db = -120;

static void show_nothing(GenreAnalyser *a) {
    memset(&a->shown, 0, sizeof a->shown);
    a->shown.genre = GENRE_PORT_UNKNOWN;
    a->shown.level = lowest_db;
}

void genre_analyser_init(GenreAnalyser *a, GenreEngine *engine, double rate_hz, int n_channels) {
    *a = (GenreAnalyser){.engine = engine, .n_channels = n_channels, .enabled = true};
    a->slice_frames = (size_t)(rate_hz / 50);
    show_nothing(a);
}

void genre_analyser_connect(GenreAnalyser *a, unsigned port, void *data) {
    const unsigned n = (unsigned)a->n_channels;
    if (port < GENRE_N_CONTROLS)
        a->control[port] = data;
    else if (port < GENRE_N_CONTROLS + n)
        a->in[port - GENRE_N_CONTROLS] = data;
    else if (port < GENRE_N_CONTROLS + 2 * n)
        a->out[port - GENRE_N_CONTROLS - n] = data;
}

void genre_analyser_reset(GenreAnalyser *a) {
    genre_classifier_reset(a->engine->classifier);
    a->seen = 0;
    show_nothing(a);
}

void genre_analyser_swap(GenreAnalyser *a, GenreEngine *engine) {
    a->engine = engine;
    a->configured = false;
    a->seen = 0;
}

static float setting(const GenreAnalyser *a, int port) {
    static const float defaults[] = {
#define PORT(id, symbol, name, unit, kind, minimum, value, ...) value,
        GENRE_PLUGIN_SETTINGS(PORT)
#undef PORT
    };
    return a->control[port] ? *a->control[port] : defaults[port];
}

static void configure(GenreAnalyser *a) {
    GenreSettings s = genre_settings_default();
    s.interval_s = setting(a, GENRE_IN_INTERVAL);
    s.smoothing_s = setting(a, GENRE_IN_SMOOTHING);
    s.hold_s = setting(a, GENRE_IN_HOLD);
    s.unknown_below = setting(a, GENRE_IN_THRESHOLD);
    s.silence_db = setting(a, GENRE_IN_SILENCE_BELOW);
    /* Bytes rather than values, as a NaN does not equal itself. */
    if (a->configured && memcmp(&s, &a->settings, sizeof s) == 0)
        return;
    a->settings = s;
    a->configured = true;
    genre_classifier_configure(a->engine->classifier, &s);
}

static bool is_enabled(const GenreAnalyser *a) {
    const float *port = a->control[GENRE_IN_ENABLED];
    return !port || (*port > 0) != a->has_bypass;
}

bool genre_analyser_begin(GenreAnalyser *a) {
    const bool reset = setting(a, GENRE_IN_RESET) > 0, enabled = is_enabled(a);
    /* What comes after a gap is another piece. */
    const bool afresh = (reset && !a->reset_was_on) || enabled != a->enabled;
    configure(a);
    if (afresh)
        genre_analyser_reset(a);
    a->reset_was_on = reset;
    a->enabled = enabled;
    return afresh;
}

/* All channels of one frame before the next frame: a host may use one buffer for an input and an
 * output, also crosswise. As integers: a float register may change the bits of a NaN. */
static void pass_audio(const GenreAnalyser *a, size_t at, size_t n) {
    const int n_channels = a->n_channels;
    for (int c = 0; c < n_channels; c++)
        if (!a->in[c] || !a->out[c])
            return;
    for (size_t i = at; i < at + n; i++) {
        uint32_t frame[GENRE_PLUGIN_MAX_CHANNELS];
        for (int c = 0; c < n_channels; c++)
            memcpy(&frame[c], a->in[c] + i, sizeof *frame);
        for (int c = 0; c < n_channels; c++)
            memcpy(a->out[c] + i, &frame[c], sizeof *frame);
    }
}

static void show(GenreAnalyser *a, const GenreEstimate *e) {
    const GenreEngine *engine = a->engine;
    a->shown.genre = e->state == GENRE_STATE_SILENCE ? GENRE_PORT_SILENCE
                     : e->genre < 0                  ? GENRE_PORT_UNKNOWN
                                                     : (float)engine->port_value[e->genre];
    a->shown.confidence = e->confidence;
    a->shown.silence = e->state == GENRE_STATE_SILENCE;
    for (int p = 0; p < GENRE_N_DEFAULT_LABELS; p++) {
        const int label = engine->label_of_score[p];
        a->shown.scores[p] = label >= 0 ? e->scores[label] : 0;
    }
}

void genre_analyser_slice(GenreAnalyser *a, size_t *at, size_t n_frames) {
    const size_t left = n_frames - *at, n = left < a->slice_frames ? left : a->slice_frames;
    const float *in[GENRE_PLUGIN_MAX_CHANNELS] = {0};
    bool heard = a->enabled;
    for (int c = 0; c < a->n_channels; c++) {
        heard &= a->in[c] != NULL;
        in[c] = a->in[c] ? a->in[c] + *at : NULL;
    }
    if (heard)
        genre_classifier_push_planar(a->engine->classifier, in, n);
    pass_audio(a, *at, n);
    *at += n;
}

bool genre_analyser_renew(GenreAnalyser *a) {
    const GenreEstimate *e = genre_classifier_estimate(a->engine->classifier);
    if (e->sequence == a->seen)
        return false;
    a->seen = e->sequence;
    show(a, e);
    return true;
}

void genre_analyser_end(GenreAnalyser *a) {
    const float level_db = genre_classifier_level_db(a->engine->classifier);
    /* An engine just swapped in has not measured anything yet. */
    if (a->seen > 0 || level_db > lowest_db)
        a->shown.level = level_db;
    const float values[] = {a->shown.genre, a->shown.confidence, a->shown.level, a->shown.silence,
                            0};
    for (int i = 0; i < GENRE_OUT_SCORES - GENRE_N_INPUTS; i++)
        if (a->control[GENRE_N_INPUTS + i])
            *a->control[GENRE_N_INPUTS + i] = values[i];
    for (int p = 0; p < GENRE_N_DEFAULT_LABELS; p++)
        if (a->control[GENRE_OUT_SCORES + p])
            *a->control[GENRE_OUT_SCORES + p] = a->shown.scores[p];
}
