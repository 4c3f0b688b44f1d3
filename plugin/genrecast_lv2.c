/* The LV2 plugins: one stereo, one mono. */
#include <lv2/core/lv2_util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lv2_plugin.h"

#define MONO_URI GENRE_URN "mono"
#define STEREO_URI GENRE_URN "stereo"

/* ---- Set-up -------------------------------------------------------------------------------- */

static void cleanup(LV2_Handle instance) {
    GenreLv2 *self = instance;
    genre_osc_free(self->osc);
    genre_lv2_retire(self, NULL);
    pthread_mutex_destroy(&self->work_lock);
    pthread_mutex_destroy(&self->kept_lock);
    free(self);
}

/* For hosts that cannot set properties, such as PipeWire: where to send OSC from the start. A saved
 * state that names another target wins. */
static void read_environment(GenreLv2 *self) {
    const char *url = getenv("GENRECAST_OSC");
    if (!url || !*url || !self->schedule)
        return;
    snprintf(self->default_url, sizeof self->default_url, "%s", url);
    self->default_is_due = true;
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate_hz,
                              const char *bundle_path, const LV2_Feature *const *features) {
    (void)bundle_path;
    static const LV2_Feature *const none[] = {NULL};
    GenreLv2 *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->rate_hz = rate_hz;
    self->n_channels = strcmp(descriptor->URI, STEREO_URI) == 0 ? 2 : 1;
    pthread_mutex_init(&self->work_lock, NULL);
    pthread_mutex_init(&self->kept_lock, NULL);
    /* All of them are optional: some hosts offer nothing at all. */
    lv2_features_query(features ? features : none, LV2_LOG__log, &self->logger.log, false,
                       LV2_URID__map, &self->map, false, LV2_WORKER__schedule, &self->schedule,
                       false, NULL);
    lv2_log_logger_init(&self->logger, self->map, self->logger.log);
    if (self->map)
        genre_lv2_map_uris(self);
    self->current = genre_lv2_load(self, "", false);
    if (!self->current) {
        cleanup(self);
        return NULL;
    }
    genre_analyser_init(&self->analyser, self->current, rate_hz, self->n_channels);
    read_environment(self);
    return self;
}

static const void *extension_data(const char *uri) {
    if (strcmp(uri, LV2_WORKER__interface) == 0)
        return &genre_lv2_worker;
    return strcmp(uri, LV2_STATE__interface) == 0 ? &genre_lv2_state : NULL;
}

/* ---- Audio thread -------------------------------------------------------------------------- */

static void connect_port(LV2_Handle instance, uint32_t port, void *data) {
    GenreLv2 *self = instance;
    if (port == (unsigned)GENRE_PORT_ATOM_IN(self->n_channels))
        self->control = data;
    else if (port == (unsigned)GENRE_PORT_ATOM_OUT(self->n_channels))
        self->notify = data;
    else if (port == (unsigned)GENRE_PORT_FREEWHEEL(self->n_channels))
        self->freewheel = data;
    else
        genre_analyser_connect(&self->analyser, port, data);
}

/* After a reset the genre is "unknown" again. */
static void forget_answer(GenreLv2 *self) {
    self->told_answer = -1 - (int)GENRE_STATE_UNKNOWN;
    self->untold |= GENRE_TELL_GENRE;
}

static void activate(LV2_Handle instance) {
    GenreLv2 *self = instance;
    genre_analyser_reset(&self->analyser);
    self->level_in = self->alive_in = 0;
    forget_answer(self);
    if (!self->default_is_due)
        return;
    GenreWork work;
    work.kind = GENRE_WORK_OSC;
    work.osc.by_default = true;
    memcpy(work.osc.url, self->default_url, sizeof work.osc.url);
    self->default_is_due = false;
    genre_lv2_do_now(self, &work);
}

/* A label index, or what stands for a state. */
static int answer_of(const GenreEstimate *e) {
    return e->genre >= 0 ? e->genre : -1 - (int)e->state;
}

/* Marks what a new estimate changes as to be told. */
static void note(GenreLv2 *self, const GenreEstimate *e) {
    if (answer_of(e) != self->told_answer)
        self->untold |= GENRE_TELL_GENRE;
    self->told_answer = answer_of(e);
    self->untold |= GENRE_TELL_SCORES;
}

static void run(LV2_Handle instance, uint32_t n_frames) {
    GenreLv2 *self = instance;
    GenreAnalyser *analyser = &self->analyser;
    genre_lv2_listen(self);
    genre_lv2_schedule(self);
    genre_lv2_notify_begin(self);
    if (genre_analyser_begin(analyser))
        forget_answer(self);
    genre_lv2_notify(self, 0);
    for (size_t at = 0, before = 0; at < n_frames; before = at) {
        genre_analyser_slice(analyser, &at, n_frames);
        genre_lv2_update(self);
        const bool is_new = genre_analyser_renew(analyser);
        const GenreEstimate *e = genre_classifier_estimate(analyser->engine->classifier);
        if (is_new)
            note(self, e);
        genre_lv2_notify(self, at - 1);
        genre_lv2_tick(self, at - before, is_new ? e : NULL);
    }
    genre_analyser_end(analyser);
}

/* ---- Entry point --------------------------------------------------------------------------- */

static const LV2_Descriptor descriptors[] = {
    {MONO_URI, instantiate, connect_port, activate, run, NULL, cleanup, extension_data},
    {STEREO_URI, instantiate, connect_port, activate, run, NULL, cleanup, extension_data},
};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
    return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
