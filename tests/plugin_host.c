#include "plugin_host.h"

#include <check.h>
#include <dlfcn.h>
#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Features ------------------------------------------------------------------------------ */

static char *uris[256];

LV2_URID host_urid(const char *uri) {
    for (LV2_URID i = 1; i < 256; i++) {
        if (!uris[i])
            uris[i] = strdup(uri);
        if (strcmp(uris[i], uri) == 0)
            return i;
    }
    ck_abort_msg("too many URIs");
    return 0;
}

const char *host_uri(LV2_URID urid) {
    return urid < 256 && uris[urid] ? uris[urid] : "";
}

static LV2_URID map(LV2_URID_Map_Handle handle, const char *uri) {
    (void)handle;
    return host_urid(uri);
}

static int log_vprintf(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list list) {
    Host *host = handle;
    (void)type;
    const size_t n = strlen(host->log);
    return vsnprintf(host->log + n, sizeof host->log - n, format, list);
}

static int log_printf(LV2_Log_Handle handle, LV2_URID type, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const int n = log_vprintf(handle, type, format, list);
    va_end(list);
    return n;
}

static void lock(const HostQueue *queue) {
    if (queue->lock)
        pthread_mutex_lock(queue->lock);
}

static void unlock(const HostQueue *queue) {
    if (queue->lock)
        pthread_mutex_unlock(queue->lock);
}

/* Plain memory, as this is called in run(), under guard. */
static bool put(HostQueue *queue, uint32_t size, const void *data) {
    lock(queue);
    const bool fits = queue->at + sizeof size + size <= sizeof queue->bytes;
    if (fits) {
        memcpy(queue->bytes + queue->at, &size, sizeof size);
        memcpy(queue->bytes + queue->at + sizeof size, data, size);
        queue->at += sizeof size + size;
    }
    unlock(queue);
    return fits;
}

/* The next entry's bytes, NULL at the end, where the queue is emptied. One thread may take from a
 * queue while others add to it: what lies in it stays where it is until then. */
static const void *next(HostQueue *queue, size_t *at, uint32_t *size) {
    const void *data = NULL;
    lock(queue);
    if (*at == queue->at) {
        queue->at = 0;
    } else {
        memcpy(size, queue->bytes + *at, sizeof *size);
        data = queue->bytes + *at + sizeof *size;
        *at += sizeof *size + *size;
    }
    unlock(queue);
    return data;
}

static LV2_Worker_Status respond_later(LV2_Worker_Respond_Handle handle, uint32_t size,
                                       const void *data) {
    Host *host = handle;
    return put(&host->answers, size, data) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_Worker_Status respond_at_once(LV2_Worker_Respond_Handle handle, uint32_t size,
                                         const void *data) {
    Host *host = handle;
    return host->worker->work_response(host->instance, size, data);
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                       const void *data) {
    Host *host = handle;
    if (host->kind == HOST_AT_ONCE)
        return host->worker->work(host->instance, respond_at_once, host, size, data);
    if (host->queue_is_full)
        return LV2_WORKER_ERR_NO_SPACE;
    return put(&host->work, size, data) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

/* What a restoring thread uses: work now, the answer with the next run(). */
static LV2_Worker_Status schedule_restore(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                          const void *data) {
    Host *host = handle;
    return host->worker->work(host->instance, respond_later, host, size, data);
}

void host_work(Host *host) {
    uint32_t size;
    size_t at = 0;
    const void *data;
    while ((data = next(&host->work, &at, &size)))
        ck_assert_int_eq(host->worker->work(host->instance, respond_later, host, size, data),
                         LV2_WORKER_SUCCESS);
}

static char *abstract_path(LV2_State_Map_Path_Handle handle, const char *path) {
    const Host *host = handle;
    const size_t n = strlen(host->folder);
    return strdup(n && strncmp(path, host->folder, n) == 0 ? path + n : path);
}

static char *absolute_path(LV2_State_Map_Path_Handle handle, const char *path) {
    const Host *host = handle;
    char absolute[4400];
    snprintf(absolute, sizeof absolute, "%s%s", *path == '/' ? "" : host->folder, path);
    return strdup(absolute);
}

static void free_path(LV2_State_Free_Path_Handle handle, char *path) {
    (void)handle;
    free(path);
}

/* ---- Instances ----------------------------------------------------------------------------- */

static const LV2_Descriptor *find_plugin(int n_channels) {
    static void *library;
    if (!library)
        library = dlopen(LV2_MODULE, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    LV2_Descriptor_Function function;
    *(void **)&function = dlsym(library, "lv2_descriptor");
    ck_assert_msg(function != NULL, "no lv2_descriptor");
    const char *uri = n_channels == 2 ? "urn:genrecast:stereo" : "urn:genrecast:mono";
    for (uint32_t i = 0; function(i); i++)
        if (strcmp(function(i)->URI, uri) == 0)
            return function(i);
    ck_abort_msg("no %s", uri);
    return NULL;
}

static void start_messages(Host *host) {
    lv2_atom_forge_set_buffer(&host->messages, host->to_plugin.bytes, HOST_ATOM_BYTES);
    lv2_atom_forge_sequence_head(&host->messages, &host->sequence, 0);
}

Host *host_new(HostKind kind, int n_channels, double rate_hz) {
    Host *host = calloc(1, sizeof *host);
    host->kind = kind;
    host->n_channels = n_channels;
    host->map = (LV2_URID_Map){host, map};
    host->schedule = (LV2_Worker_Schedule){host, schedule_work};
    host->restore_schedule = (LV2_Worker_Schedule){host, schedule_restore};
    host->logger = (LV2_Log_Log){host, log_printf, log_vprintf};
    host->map_path = (LV2_State_Map_Path){host, abstract_path, absolute_path};
    host->free_path = (LV2_State_Free_Path){host, free_path};
    lv2_atom_forge_init(&host->forge, &host->map);
    host->messages = host->forge;
    const LV2_Feature map_feature = {LV2_URID__map, &host->map},
                      log_feature = {LV2_LOG__log, &host->logger},
                      work_feature = {LV2_WORKER__schedule, &host->schedule};
    const LV2_Feature *features[] = {&map_feature, &log_feature,
                                     kind == HOST_NO_WORKER ? NULL : &work_feature, NULL};
    host->plugin = find_plugin(n_channels);
    host->instance = host->plugin->instantiate(host->plugin, rate_hz, "",
                                               kind == HOST_NOTHING ? NULL : features);
    ck_assert_ptr_nonnull(host->instance);
    host->worker = host->plugin->extension_data(LV2_WORKER__interface);
    host->state = host->plugin->extension_data(LV2_STATE__interface);
    ck_assert(host->worker && host->state);

    static const float defaults[] = {
#define PORT(id, symbol, name, unit, kind, low, value, ...) value,
        GENRE_PLUGIN_LV2_INPUTS(PORT)
#undef PORT
    };
    memcpy(host->control, defaults, sizeof defaults);
    for (uint32_t i = 0; i < GENRE_N_CONTROLS; i++)
        host->plugin->connect_port(host->instance, i, &host->control[i]);
    for (int c = 0; c < n_channels; c++) {
        host->plugin->connect_port(host->instance, (uint32_t)GENRE_PORT_AUDIO_IN(c), host->in[c]);
        host->plugin->connect_port(host->instance, (uint32_t)GENRE_PORT_AUDIO_OUT(c, n_channels),
                                   host->out[c]);
    }
    host->plugin->connect_port(host->instance, (uint32_t)GENRE_PORT_ATOM_IN(n_channels),
                               &host->to_plugin);
    host->plugin->connect_port(host->instance, (uint32_t)GENRE_PORT_ATOM_OUT(n_channels),
                               &host->from_plugin);
    host->plugin->connect_port(host->instance, (uint32_t)GENRE_PORT_FREEWHEEL(n_channels),
                               &host->freewheel);
    host->notify_room = HOST_ATOM_BYTES - sizeof(LV2_Atom);
    start_messages(host);
    host->plugin->activate(host->instance);
    return host;
}

void host_free(Host *host) {
    if (host->plugin->deactivate)
        host->plugin->deactivate(host->instance);
    host->plugin->cleanup(host->instance);
    free(host);
}

void host_run(Host *host, uint32_t n_frames) {
    uint32_t size;
    size_t at = 0;
    const void *data;
    while ((data = next(&host->answers, &at, &size)))
        host->worker->work_response(host->instance, size, data);
    host->from_plugin.sequence.atom = (LV2_Atom){host->notify_room, 0};
    host->plugin->run(host->instance, n_frames);
    start_messages(host);
}

void host_play(Host *host, const float *sound, size_t n_frames, uint32_t block) {
    for (size_t at = 0; at < n_frames; at += block) {
        const size_t n = n_frames - at < block ? n_frames - at : block;
        for (int c = 0; c < host->n_channels; c++)
            memcpy(host->in[c], sound + at, n * sizeof *sound);
        host_run(host, (uint32_t)n);
        host_work(host);
    }
}

/* ---- Messages ------------------------------------------------------------------------------ */

void host_set_text(Host *host, const char *property, const char *type, const char *text) {
    LV2_Atom_Forge *forge = &host->messages;
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &frame, 0, host_urid(LV2_PATCH__Set));
    lv2_atom_forge_key(forge, host_urid(LV2_PATCH__property));
    lv2_atom_forge_urid(forge, host_urid(property));
    lv2_atom_forge_key(forge, host_urid(LV2_PATCH__value));
    lv2_atom_forge_typed_string(forge, host_urid(type), text, (uint32_t)strlen(text));
    lv2_atom_forge_pop(forge, &frame);
}

void host_get(Host *host, const char *property) {
    LV2_Atom_Forge *forge = &host->messages;
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &frame, 0, host_urid(LV2_PATCH__Get));
    if (property) {
        lv2_atom_forge_key(forge, host_urid(LV2_PATCH__property));
        lv2_atom_forge_urid(forge, host_urid(property));
    }
    lv2_atom_forge_pop(forge, &frame);
}

const LV2_Atom *host_told(const Host *host, const char *property) {
    const LV2_Atom_Sequence *sequence = &host->from_plugin.sequence;
    const LV2_Atom *found = NULL;
    ck_assert_uint_ge(sequence->atom.size, sizeof(LV2_Atom_Sequence_Body));
    ck_assert_uint_le(sequence->atom.size, host->notify_room);
    LV2_ATOM_SEQUENCE_FOREACH(sequence, event) {
        const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
        const LV2_Atom *key = NULL, *value = NULL;
        ck_assert_str_eq(host_uri(object->body.otype), LV2_PATCH__Set);
        lv2_atom_object_get(object, host_urid(LV2_PATCH__property), &key,
                            host_urid(LV2_PATCH__value), &value, 0);
        ck_assert(key && value);
        if (((const LV2_Atom_URID *)key)->body == host_urid(property))
            found = value;
    }
    return found;
}

const char *host_told_text(const Host *host, const char *property) {
    const LV2_Atom *atom = host_told(host, property);
    return atom ? LV2_ATOM_BODY_CONST(atom) : NULL;
}

/* ---- State --------------------------------------------------------------------------------- */

static LV2_State_Status store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                              uint32_t type, uint32_t flags) {
    HostState *state = handle;
    ck_assert_int_lt(state->n, 8);
    ck_assert(flags & LV2_STATE_IS_POD);
    HostProperty *property = &state->properties[state->n++];
    *property = (HostProperty){.key = key, .type = type, .size = size};
    ck_assert_uint_le(size, sizeof property->value);
    memcpy(property->value, value, size);
    return LV2_STATE_SUCCESS;
}

static const void *retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                            uint32_t *flags) {
    const HostState *state = handle;
    for (int i = 0; i < state->n; i++)
        if (state->properties[i].key == key) {
            *size = state->properties[i].size;
            *type = state->properties[i].type;
            *flags = LV2_STATE_IS_POD;
            return state->properties[i].value;
        }
    return NULL;
}

LV2_State_Status host_save(Host *host, HostState *state) {
    const LV2_Feature mapper = {LV2_STATE__mapPath, &host->map_path},
                      freer = {LV2_STATE__freePath, &host->free_path};
    const LV2_Feature *features[] = {&mapper, &freer, NULL};
    memset(state, 0, sizeof *state);
    return host->state->save(host->instance, store, state, 0, features);
}

LV2_State_Status host_restore(Host *host, const HostState *state, bool threaded) {
    const LV2_Feature mapper = {LV2_STATE__mapPath, &host->map_path},
                      freer = {LV2_STATE__freePath, &host->free_path},
                      worker = {LV2_WORKER__schedule, &host->restore_schedule};
    const LV2_Feature *features[] = {&mapper, &freer, threaded ? &worker : NULL, NULL};
    return host->state->restore(host->instance, retrieve, (void *)state, 0, features);
}

const char *host_saved(const HostState *state, const char *property) {
    for (int i = 0; i < state->n; i++)
        if (state->properties[i].key == host_urid(property))
            return state->properties[i].value;
    return NULL;
}
