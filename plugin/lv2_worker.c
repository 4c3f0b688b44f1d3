/* The worker's side: all that takes time. */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lv2_plugin.h"

static const double level_period_s = 0.1, alive_period_s = 1;

uint32_t genre_work_size(const GenreWork *work) {
    switch (work->kind) {
    case GENRE_WORK_LOAD:
        return (uint32_t)(offsetof(GenreWork, load.path) + strlen(work->load.path) + 1);
    case GENRE_WORK_OSC:
        return (uint32_t)(offsetof(GenreWork, osc.url) + strlen(work->osc.url) + 1);
    case GENRE_WORK_RETIRE:
        return offsetof(GenreWork, retire_before) + sizeof work->retire_before;
    case GENRE_WORK_TICK:
        return offsetof(GenreWork, tick) + sizeof work->tick;
    case GENRE_WORK_UPDATE:
        return offsetof(GenreWork, update) + sizeof work->update;
    }
    return 0;
}

/* ---- Audio thread -------------------------------------------------------------------------- */

static bool schedule(GenreLv2 *self, const GenreWork *work) {
    return self->schedule->schedule_work(self->schedule->handle, genre_work_size(work), work) ==
           LV2_WORKER_SUCCESS;
}

/* The flags are cleared first, as a host that renders offline may do the work, and answer it,
 * before schedule_work() returns. */
void genre_lv2_schedule(GenreLv2 *self) {
    if (!self->schedule)
        return;
    if (self->retire_is_due) {
        GenreWork work;
        work.kind = GENRE_WORK_RETIRE;
        work.retire_before = self->analyser.engine->serial;
        self->retire_is_due = false;
        self->retire_is_due |= !schedule(self, &work);
    }
    if (self->load_is_wanted) {
        self->load_is_wanted = false;
        self->load_is_wanted |= !schedule(self, &self->wanted_load);
    }
    if (self->osc_is_wanted) {
        GenreWork work;
        work.kind = GENRE_WORK_OSC;
        work.osc.by_default = false;
        memcpy(work.osc.url, self->osc_url, sizeof work.osc.url);
        self->osc_is_wanted = false;
        self->osc_is_wanted |= !schedule(self, &work);
    }
}

static bool is_due(uint64_t *left, size_t n_frames, double period_s, double rate_hz) {
    if (*left > n_frames) {
        *left -= n_frames;
        return false;
    }
    *left = (uint64_t)(period_s * rate_hz);
    return true;
}

void genre_lv2_tick(GenreLv2 *self, size_t n_frames, const GenreEstimate *estimate) {
    if (!self->schedule || !*self->osc_url)
        return;
    const bool alive = is_due(&self->alive_in, n_frames, alive_period_s, self->rate_hz);
    if (!is_due(&self->level_in, n_frames, level_period_s, self->rate_hz) && !alive && !estimate)
        return;
    GenreWork work;
    work.kind = GENRE_WORK_TICK;
    work.tick.level_db = genre_classifier_level_db(self->analyser.engine->classifier);
    work.tick.alive = alive;
    work.tick.is_new = estimate != NULL;
    if (estimate)
        work.tick.estimate = *estimate;
    schedule(self, &work); /* where there is no room, one update is missed */
}

static void update(GenreLv2 *self, unsigned serial);

void genre_lv2_update(GenreLv2 *self) {
    const GenreEngine *engine = self->analyser.engine;
    if (!engine->is_deferred || !genre_classifier_is_waiting(engine->classifier))
        return;
    if (self->freewheel && *self->freewheel > 0) {
        update(self, engine->serial); /* nobody waits for this run() to be over */
        return;
    }
    if (atomic_exchange(&self->update_is_asked, true))
        return;
    GenreWork work;
    work.kind = GENRE_WORK_UPDATE;
    work.update = engine->serial;
    if (!schedule(self, &work)) /* then with the next slice */
        atomic_store(&self->update_is_asked, false);
}

static LV2_Worker_Status work_response(LV2_Handle instance, uint32_t size, const void *body) {
    GenreLv2 *self = instance;
    GenreReply reply; /* a copy, as the host's queue need not be aligned */
    if (size != sizeof reply)
        return LV2_WORKER_ERR_UNKNOWN;
    memcpy(&reply, body, sizeof reply);
    switch (reply.kind) {
    case GENRE_REPLY_ENGINE:
        if ((int)(reply.serial - self->analyser.engine->serial) <= 0)
            break;
        genre_analyser_swap(&self->analyser, reply.engine);
        self->retire_is_due = true;
        self->told_answer = INT_MIN; /* the same index may mean another genre now */
        self->untold |= GENRE_TELL_LABELS | GENRE_TELL_MODEL;
        break;
    case GENRE_REPLY_OSC: /* the same as here, or the environment's, or from a restored state */
        if (self->osc_is_wanted)
            break; /* the host has named a newer one */
        memcpy(self->osc_url, reply.osc_url, sizeof self->osc_url);
        self->untold |= GENRE_TELL_OSC;
        break;
    case GENRE_REPLY_REFUSED: /* the host shows a path that is not in use: correct it */
        self->untold |= GENRE_TELL_MODEL;
        break;
    }
    return LV2_WORKER_SUCCESS;
}

/* ---- Worker thread ------------------------------------------------------------------------- */

GenreEngine *genre_lv2_load(GenreLv2 *self, const char *path, bool restoring) {
    GenreError error;
    const bool has_worker = self->schedule != NULL;
    GenreEngine *engine =
        genre_engine_new(path, self->rate_hz, self->n_channels, has_worker, &error);
    if (!engine && !restoring) {
        lv2_log_error(&self->logger, "Genrecast: %s; the model in use stays\n", error.text);
        return NULL;
    }
    if (!engine) {
        lv2_log_error(&self->logger,
                      "Genrecast: %s; the built-in model is used, and the path kept for when the "
                      "file is back\n",
                      error.text);
        engine = genre_engine_new("", self->rate_hz, self->n_channels, has_worker, &error);
        char *kept = engine ? strdup(path) : NULL;
        if (kept) {
            free(engine->path);
            engine->path = kept;
        }
        if (!engine)
            lv2_log_error(&self->logger, "Genrecast: %s\n", error.text);
    } else if (*path) {
        lv2_log_note(&self->logger, "Genrecast: model %s\n", path);
    }
    if (!engine)
        return NULL;
    pthread_mutex_lock(&self->kept_lock);
    snprintf(self->kept_path, sizeof self->kept_path, "%s", engine->path);
    pthread_mutex_unlock(&self->kept_lock);
    engine->serial = ++self->last_serial;
    engine->next = self->engines;
    self->engines = engine;
    return engine;
}

void genre_lv2_retire(GenreLv2 *self, const GenreEngine *before) {
    for (GenreEngine **link = &self->engines; *link;) {
        GenreEngine *engine = *link;
        if (before && (int)(engine->serial - before->serial) >= 0) {
            link = &engine->next;
            continue;
        }
        *link = engine->next;
        genre_engine_free(engine);
    }
}

static void show_warnings(GenreLv2 *self) {
    for (const char *text; (text = genre_osc_warning(self->osc));)
        lv2_log_warning(&self->logger, "Genrecast: %s\n", text);
}

static void set_osc(GenreLv2 *self, const char *url, bool by_default) {
    GenreError error = {GENRE_SUCCESS, ""};
    pthread_mutex_lock(&self->kept_lock);
    snprintf(self->kept_url, sizeof self->kept_url, "%s", by_default ? "" : url);
    pthread_mutex_unlock(&self->kept_lock);
    genre_osc_free(self->osc);
    self->osc = NULL;
    if (*url && !self->schedule) {
        lv2_log_error(&self->logger, "Genrecast: no OSC: this host has no worker thread\n");
        return;
    }
    self->osc = *url ? genre_osc_new("/genre", &error) : NULL;
    if (self->osc && (genre_osc_target(self->osc, url, &error) ||
                      genre_osc_set_model(self->osc, self->current->model, &error))) {
        genre_osc_free(self->osc);
        self->osc = NULL;
    }
    if (*url && !self->osc)
        lv2_log_error(&self->logger, "Genrecast: no OSC: %s\n", error.text);
    if (self->osc)
        genre_osc_status(self->osc, "listening");
}

static GenreEngine *find_engine(const GenreLv2 *self, unsigned serial) {
    GenreEngine *engine = self->engines;
    while (engine && engine->serial != serial)
        engine = engine->next;
    return engine;
}

/* Once for each engine: it will not get better. */
static void tell_overload(GenreLv2 *self, GenreEngine *engine) {
    if (engine->told_overload || genre_classifier_n_put_off(engine->classifier) == 0)
        return;
    engine->told_overload = true;
    lv2_log_warning(&self->logger,
                    "Genrecast: %s takes longer than the update interval here, so updates are "
                    "fewer\n",
                    engine->path);
    if (self->osc)
        genre_osc_status(self->osc, "overload");
}

/* Takes work_lock for each estimate anew, so that a host's other threads need not wait for all. */
static void update(GenreLv2 *self, unsigned serial) {
    for (bool is_new = true; is_new;) {
        pthread_mutex_lock(&self->work_lock);
        GenreEngine *engine = find_engine(self, serial); /* may have been retired */
        is_new = engine && genre_classifier_update(engine->classifier);
        if (engine)
            tell_overload(self, engine);
        pthread_mutex_unlock(&self->work_lock);
    }
}

static void swapped(GenreLv2 *self, unsigned serial) {
    GenreEngine *engine = find_engine(self, serial);
    if (!engine)
        return;
    self->current = engine;
    genre_lv2_retire(self, engine);
    if (self->osc && genre_osc_set_model(self->osc, engine->model, NULL) == GENRE_SUCCESS)
        genre_osc_status(self->osc, "model changed");
}

static void tick(GenreLv2 *self, const GenreWork *work) {
    GenreOscCommand command;
    if (!self->osc)
        return;
    genre_osc_service(self->osc, &command); /* there is no control port, so there is no command */
    show_warnings(self);
    genre_osc_level(self->osc, work->tick.level_db);
    if (work->tick.alive)
        genre_osc_alive(self->osc);
    if (work->tick.is_new)
        genre_osc_estimate(self->osc, &work->tick.estimate);
}

static LV2_Worker_Status work(LV2_Handle instance, LV2_Worker_Respond_Function respond,
                              LV2_Worker_Respond_Handle handle, uint32_t size, const void *data) {
    GenreLv2 *self = instance;
    GenreWork work; /* a copy: see work_response */
    if (size > sizeof work)
        return LV2_WORKER_ERR_UNKNOWN;
    memcpy(&work, data, size);
    GenreReply reply = {.kind = GENRE_REPLY_REFUSED};
    bool answers = false;
    if (work.kind == GENRE_WORK_UPDATE) {
        atomic_store(&self->update_is_asked, false); /* what comes from now on is asked for anew */
        update(self, work.update);
        return LV2_WORKER_SUCCESS;
    }
    pthread_mutex_lock(&self->work_lock);
    switch (work.kind) {
    case GENRE_WORK_LOAD:
        reply.engine = genre_lv2_load(self, work.load.path, work.load.restoring);
        if (reply.engine) {
            reply.kind = GENRE_REPLY_ENGINE;
            reply.serial = reply.engine->serial;
        }
        answers = true;
        break;
    case GENRE_WORK_OSC:
        set_osc(self, work.osc.url, work.osc.by_default);
        reply.kind = GENRE_REPLY_OSC;
        snprintf(reply.osc_url, sizeof reply.osc_url, "%s", work.osc.url);
        answers = true;
        break;
    case GENRE_WORK_RETIRE:
        swapped(self, work.retire_before);
        break;
    case GENRE_WORK_TICK:
        tick(self, &work);
        break;
    case GENRE_WORK_UPDATE:
        break;
    }
    pthread_mutex_unlock(&self->work_lock);
    /* Outside the lock: the answer may lead straight to further work. A lost one leaves the engine
     * unused in the list, where the next swap, or cleanup(), frees it. */
    return answers ? respond(handle, sizeof reply, &reply) : LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status respond_now(LV2_Worker_Respond_Handle handle, uint32_t size,
                                     const void *data) {
    return work_response(handle, size, data);
}

void genre_lv2_do_now(GenreLv2 *self, const GenreWork *todo) {
    work(self, respond_now, self, genre_work_size(todo), todo);
    if (!self->retire_is_due)
        return;
    self->retire_is_due = false;
    pthread_mutex_lock(&self->work_lock);
    swapped(self, self->analyser.engine->serial);
    pthread_mutex_unlock(&self->work_lock);
}

const LV2_Worker_Interface genre_lv2_worker = {work, work_response, NULL};
