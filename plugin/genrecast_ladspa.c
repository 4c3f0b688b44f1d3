/* The LADSPA plugins: one stereo, one mono. The built-in model, or the one that the environment
 * variable GENRECAST_MODEL names when an instance is made. */
#include <ladspa.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyser.h"

/* LADSPA has no enumerations, but a table of its own for everything else; it is made from ports.h
 * with the preprocessor, so that it is constant and nothing has to run when the file is loaded. */
enum {
    LINEAR = 0,
    LOGARITHMIC = 0, /* hosts differ on the default of such a port: Ardour takes another middle */
    TOGGLE = LADSPA_HINT_TOGGLED,
    TRIGGER = LADSPA_HINT_TOGGLED,
    ENUMERATION = LADSPA_HINT_INTEGER,
};

#define BETWEEN(kind, low, high)                                                                   \
    ((kind) == LADSPA_HINT_TOGGLED                                                                 \
         ? (kind)                                                                                  \
         : (kind) | LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE)
/* A little wider for whole numbers, so that rounding cannot lose the outermost. */
#define SLACK(kind) ((kind) == LADSPA_HINT_INTEGER ? 0.1f : 0)

#define IN_KIND(...) LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
#define OUT_KIND(...) LADSPA_PORT_OUTPUT | LADSPA_PORT_CONTROL,
#define IN_NAME(id, symbol, name, ...) name,
#define IN_HINT(id, symbol, name, unit, kind, low, value, high, l_high, l_value, text)             \
    {BETWEEN(kind, low, l_high) | LADSPA_HINT_DEFAULT_##l_value, low, l_high},
#define OUT_HINT(id, symbol, name, unit, kind, low, value, high, text)                             \
    {BETWEEN(kind, low, high), (low)-SLACK(kind), (high) + SLACK(kind)},
#define SCORE_NAME(label) "Score of " label,
#define SCORE_HINT(label) {BETWEEN(LINEAR, 0, 1), 0, 1},

#define CONTROL_KINDS                                                                              \
    GENRE_PLUGIN_LADSPA_INPUTS(IN_KIND)                                                            \
    GENRE_PLUGIN_OUTPUTS(OUT_KIND) GENRE_DEFAULT_LABELS(OUT_KIND)
#define CONTROL_NAMES                                                                              \
    GENRE_PLUGIN_LADSPA_INPUTS(IN_NAME)                                                            \
    GENRE_PLUGIN_OUTPUTS(IN_NAME) GENRE_DEFAULT_LABELS(SCORE_NAME)
#define CONTROL_HINTS                                                                              \
    GENRE_PLUGIN_LADSPA_INPUTS(IN_HINT)                                                            \
    GENRE_PLUGIN_OUTPUTS(OUT_HINT) GENRE_DEFAULT_LABELS(SCORE_HINT)
#define AUDIO_IN (LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO)
#define AUDIO_OUT (LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO)

static const LADSPA_PortDescriptor mono_kinds[] = {CONTROL_KINDS AUDIO_IN, AUDIO_OUT};
static const char *const mono_names[] = {CONTROL_NAMES "In", "Out"};
static const LADSPA_PortRangeHint mono_hints[] = {CONTROL_HINTS{0}, {0}};

static const LADSPA_PortDescriptor stereo_kinds[] = {CONTROL_KINDS AUDIO_IN, AUDIO_IN, AUDIO_OUT,
                                                     AUDIO_OUT};
static const char *const stereo_names[] = {CONTROL_NAMES "In left", "In right", "Out left",
                                           "Out right"};
static const LADSPA_PortRangeHint stereo_hints[] = {CONTROL_HINTS{0}, {0}, {0}, {0}};

/* ---- Instances ----------------------------------------------------------------------------- */

static LADSPA_Handle instantiate(const LADSPA_Descriptor *descriptor, unsigned long rate_hz) {
    const int n_channels = descriptor->PortCount - GENRE_N_CONTROLS == 4 ? 2 : 1;
    const char *path = getenv("GENRECAST_MODEL");
    GenreError error;
    GenreAnalyser *analyser = malloc(sizeof *analyser);
    GenreEngine *engine =
        genre_engine_new(path ? path : "", (double)rate_hz, n_channels, false, &error);
    if (!engine && path && *path) {
        /* LADSPA has no log, and a project that opens without its analyser would be worse. */
        fprintf(stderr, "Genrecast: GENRECAST_MODEL: %s; the built-in model is used\n", error.text);
        engine = genre_engine_new("", (double)rate_hz, n_channels, false, &error);
    }
    if (!analyser || !engine) {
        genre_engine_free(engine);
        free(analyser);
        return NULL;
    }
    genre_analyser_init(analyser, engine, (double)rate_hz, n_channels);
    analyser->has_bypass = true;
    return analyser;
}

static void cleanup(LADSPA_Handle instance) {
    GenreAnalyser *analyser = instance;
    genre_engine_free(analyser->engine);
    free(analyser);
}

static void connect_port(LADSPA_Handle instance, unsigned long port, LADSPA_Data *data) {
    genre_analyser_connect(instance, (unsigned)port, data);
}

static void activate(LADSPA_Handle instance) {
    genre_analyser_reset(instance);
}

static void run(LADSPA_Handle instance, unsigned long n_frames) {
    GenreAnalyser *analyser = instance;
    genre_analyser_begin(analyser);
    for (size_t at = 0; at < n_frames;) {
        genre_analyser_slice(analyser, &at, n_frames);
        genre_analyser_renew(analyser);
    }
    genre_analyser_end(analyser);
}

/* ---- Entry point --------------------------------------------------------------------------- */

/* Numbers below 0x1000000 that nobody else is known to use. */
static const LADSPA_Descriptor descriptors[] = {
    {.UniqueID = 4704849,
     .Label = "genrecast_mono",
     .Properties = LADSPA_PROPERTY_HARD_RT_CAPABLE,
     .Name = "Genrecast mono (LADSPA)",
     .Maker = "The Genrecast authors",
     .Copyright = "MIT",
     .PortCount = sizeof mono_kinds / sizeof *mono_kinds,
     .PortDescriptors = mono_kinds,
     .PortNames = mono_names,
     .PortRangeHints = mono_hints,
     .instantiate = instantiate,
     .connect_port = connect_port,
     .activate = activate,
     .run = run,
     .cleanup = cleanup},
    {.UniqueID = 4704850,
     .Label = "genrecast_stereo",
     .Properties = LADSPA_PROPERTY_HARD_RT_CAPABLE,
     .Name = "Genrecast stereo (LADSPA)",
     .Maker = "The Genrecast authors",
     .Copyright = "MIT",
     .PortCount = sizeof stereo_kinds / sizeof *stereo_kinds,
     .PortDescriptors = stereo_kinds,
     .PortNames = stereo_names,
     .PortRangeHints = stereo_hints,
     .instantiate = instantiate,
     .connect_port = connect_port,
     .activate = activate,
     .run = run,
     .cleanup = cleanup},
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const LADSPA_Descriptor *
ladspa_descriptor(unsigned long index) {
    return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
