/* The control ports, once for all: the two formats, the generated descriptions and the tests are
 * made from these lists.
 *
 * Ports have the same numbers in every variant: inputs, outputs, one score per label of the default
 * model, then audio, then (LV2) the atom ports and the one that tells of rendering offline. */
#ifndef GENRE_PLUGIN_PORTS_H
#define GENRE_PLUGIN_PORTS_H

#include "default_labels.h" /* generated: GENRE_DEFAULT_LABELS(X), GENRE_N_DEFAULT_LABELS */

/* X(ID, symbol, name, unit, kind, minimum, default, maximum, LADSPA maximum, LADSPA default, text)
 *
 * LADSPA knows only a few words for a default; a maximum of its own makes one of them say the same
 * number as in LV2. Values beyond what the classifier takes are clamped. */
#define GENRE_PLUGIN_SETTINGS(X)                                                                   \
    X(INTERVAL, "interval", "Update interval", "s", LOGARITHMIC, 0.1f, 2, 40, 7.7f, LOW,           \
      "Time between estimates. A change of genre shows at once.")                                  \
    X(SMOOTHING, "smoothing", "Smoothing", "s", LINEAR, 0, 5, 60, 20, LOW,                         \
      "Time constant of the mean over the scores: more is steadier, less is quicker.")             \
    X(HOLD, "hold", "Hold", "s", LINEAR, 0, 1, 60, 60, 1,                                          \
      "How long another genre must lead before it is named.")                                      \
    X(THRESHOLD, "threshold", "Confidence threshold", "coef", LINEAR, 0, 0.3f, 1, 1.2f, LOW,       \
      "With less confidence than this the answer is \\\"unknown\\\".")                             \
    X(SILENCE_BELOW, "silence_below", "Silence threshold", "db", LINEAR, -120, -70, 0, -20,        \
      MIDDLE, "Under this level it is silent.")                                                    \
    X(RESET, "reset", "Reset", "", TRIGGER, 0, 0, 1, 1, 0,                                         \
      "Forgets all that was heard when it goes from off to on.")

/* The last input is lv2:enabled there and "bypass" here. GStreamer starts with every switch off,
 * whatever its default: so the one is a whole number, and the other is off by default. */
#define GENRE_PLUGIN_LV2_INPUTS(X)                                                                 \
    GENRE_PLUGIN_SETTINGS(X)                                                                       \
    X(ENABLED, "enabled", "Enabled", "", WHOLE, 0, 1, 1, 1, 1,                                     \
      "Off: audio passes, nothing is analysed, the outputs are neutral.")
#define GENRE_PLUGIN_LADSPA_INPUTS(X)                                                              \
    GENRE_PLUGIN_SETTINGS(X)                                                                       \
    X(BYPASS, "bypass", "Bypass", "", TOGGLE, 0, 0, 1, 1, 0,                                       \
      "On: audio passes, nothing is analysed, the outputs are neutral.")

/* X(ID, symbol, name, unit, kind, minimum, default, maximum, text) */
#define GENRE_PLUGIN_OUTPUTS(X)                                                                    \
    X(GENRE, "genre", "Genre", "", ENUMERATION, GENRE_PORT_SILENCE, GENRE_PORT_UNKNOWN,            \
      GENRE_PORT_OTHER, "What is heard.")                                                          \
    X(CONFIDENCE, "confidence", "Confidence", "coef", LINEAR, 0, 0, 1,                             \
      "How likely the leading genre is right, calibrated.")                                        \
    X(LEVEL, "level", "Level", "db", LINEAR, -120, -120, 0, "Input level (RMS).")                  \
    X(SILENCE, "silence", "Silence", "", TOGGLE, 0, 0, 1, "On while nothing sounds.")              \
    X(LATENCY, "latency", "latency", "frame", LINEAR, 0, 0, 0,                                     \
      "Always 0: audio passes as it comes.")

/* Values of the genre port. 0 and up are the default model's labels in their order; a label that
 * only a user's model has is "other", as its name stands in no list that a host has read. */
enum {
    GENRE_PORT_SILENCE = -2,
    GENRE_PORT_UNKNOWN = -1,
    GENRE_PORT_OTHER = GENRE_N_DEFAULT_LABELS,
};

enum {
#define PORT(id, ...) GENRE_IN_##id,
    GENRE_PLUGIN_SETTINGS(PORT)
#undef PORT
        GENRE_IN_ENABLED,
    GENRE_IN_BYPASS = GENRE_IN_ENABLED,
    GENRE_N_INPUTS,
    GENRE_OUT_BEFORE_FIRST = GENRE_N_INPUTS - 1,
#define PORT(id, ...) GENRE_OUT_##id,
    GENRE_PLUGIN_OUTPUTS(PORT)
#undef PORT
        GENRE_OUT_SCORES,
    GENRE_N_CONTROLS = GENRE_OUT_SCORES + GENRE_N_DEFAULT_LABELS,
};

/* Audio: inputs, then outputs; then LV2's control, notify and freewheel. */
#define GENRE_PORT_AUDIO_IN(channel) (GENRE_N_CONTROLS + (channel))
#define GENRE_PORT_AUDIO_OUT(channel, n_channels) (GENRE_N_CONTROLS + (n_channels) + (channel))
#define GENRE_PORT_ATOM_IN(n_channels) (GENRE_N_CONTROLS + 2 * (n_channels))
#define GENRE_PORT_ATOM_OUT(n_channels) (GENRE_PORT_ATOM_IN(n_channels) + 1)
#define GENRE_PORT_FREEWHEEL(n_channels) (GENRE_PORT_ATOM_IN(n_channels) + 2)

#endif
