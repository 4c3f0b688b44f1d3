/* A small LV2 host for tests: loads the built plugin as a real one does, but keeps the worker's
 * queue, the log and the saved state in plain sight. */
#ifndef GENRE_TESTS_PLUGIN_HOST_H
#define GENRE_TESTS_PLUGIN_HOST_H

#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <pthread.h>
#include <stdbool.h>

#include "ports.h"

enum { HOST_MAX_BLOCK = 8192, HOST_QUEUE_BYTES = 1 << 16, HOST_ATOM_BYTES = 8192 };

typedef enum {
    HOST_QUEUES,  /* the worker runs in host_work(), its answers come before the next run() */
    HOST_AT_ONCE, /* work is done and answered within schedule_work(), as in offline rendering */
    HOST_NO_WORKER,
    HOST_NOTHING, /* no feature at all */
} HostKind;

typedef struct {
    pthread_mutex_t *lock; /* NULL: all in one thread */
    size_t at;
    unsigned char bytes[HOST_QUEUE_BYTES];
} HostQueue;

typedef struct {
    LV2_URID key, type;
    size_t size;
    char value[4200];
} HostProperty;

typedef struct {
    int n;
    HostProperty properties[8];
} HostState;

typedef struct {
    HostKind kind;
    const LV2_Descriptor *plugin;
    LV2_Handle instance;
    const LV2_Worker_Interface *worker;
    const LV2_State_Interface *state;
    int n_channels;

    float control[GENRE_N_CONTROLS], freewheel;
    float in[2][HOST_MAX_BLOCK], out[2][HOST_MAX_BLOCK];
    LV2_Atom_Forge forge, messages; /* what the host forges with; the open control sequence */
    LV2_Atom_Forge_Frame sequence;
    union {
        LV2_Atom_Sequence sequence;
        unsigned char bytes[HOST_ATOM_BYTES];
    } to_plugin, from_plugin;
    uint32_t notify_room; /* bytes offered to the plugin, at most HOST_ATOM_BYTES */

    HostQueue work, answers;
    bool queue_is_full; /* refuse work, as a host does that is behind */
    char log[8192];

    LV2_URID_Map map;
    LV2_Worker_Schedule schedule, restore_schedule;
    LV2_Log_Log logger;
    LV2_State_Map_Path map_path;
    LV2_State_Free_Path free_path;
    char folder[256]; /* where the session lies: paths below it are saved relative to it */
} Host;

/* Makes an instance, connects every port (to defaults) and activates it. Fails the test if not. */
Host *host_new(HostKind kind, int n_channels, double rate_hz);
void host_free(Host *host);

LV2_URID host_urid(const char *uri);
const char *host_uri(LV2_URID urid);

/* One run() with host->in; takes `patch:Set`s and so on that were added since the last. */
void host_run(Host *host, uint32_t n_frames);

/* run() over a whole sound, the same in each channel, in blocks; the worker runs in between. */
void host_play(Host *host, const float *sound, size_t n_frames, uint32_t block);

/* Does the worker's work. */
void host_work(Host *host);

/* Adds a message for the next run(). */
void host_set_text(Host *host, const char *property, const char *type, const char *text);
void host_get(Host *host, const char *property); /* NULL: everything */

/* The last value of `property` among what the plugin told in the last run(); NULL: none. */
const LV2_Atom *host_told(const Host *host, const char *property);
const char *host_told_text(const Host *host, const char *property);

/* `threaded`: as a host that restores while run() goes on, through the worker. */
LV2_State_Status host_save(Host *host, HostState *state);
LV2_State_Status host_restore(Host *host, const HostState *state, bool threaded);
const char *host_saved(const HostState *state, const char *property);

#define MODEL "urn:genrecast:property:model"
#define OSC "urn:genrecast:property:osc"
#define GENRE "urn:genrecast:property:genre"
#define SCORES "urn:genrecast:property:scores"
#define LABELS "urn:genrecast:property:labels"

#endif
