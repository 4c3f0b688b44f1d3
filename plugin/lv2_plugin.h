/* An instance of the LV2 plugin: what each thread owns, and how they talk.
 *
 *   run() [audio thread] -- GenreWork --> work() [worker thread]: load a model, send OSC, free, run
 *                                         a network that looks at windows
 *   work_response() [audio thread] <-- GenreReply -- work()
 *
 * A model is loaded by the worker, comes back as an engine, is swapped in by work_response(), and
 * at the next run() the worker is told to retire the engines before it. Engines carry serial
 * numbers: loads may overtake each other where a host restores state on a thread of its own, and
 * then the newest wins.
 *
 * The network of a model that looks at windows is run by the worker (genre_classifier_defer), which
 * is told whenever there is something to take; the classifier brings the estimates back itself.
 * Where the host does work within schedule_work(), or says that it renders offline, they are there
 * within the same run(), as repeatable as with any other model. */
#ifndef GENRE_PLUGIN_LV2_PLUGIN_H
#define GENRE_PLUGIN_LV2_PLUGIN_H

#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <pthread.h>
#include <stdatomic.h>

#include "analyser.h"
#include "out/osc.h"

#define GENRE_URN "urn:genrecast:"

enum { GENRE_MAX_PATH = 4096, GENRE_MAX_URL = 256 }; /* bytes, with the final 0 */

typedef struct {
    LV2_URID atom_Float, atom_Int, atom_Path, atom_String, atom_URID;
    LV2_URID patch_Get, patch_Put, patch_Set, patch_body, patch_property, patch_subject,
        patch_value;
    LV2_URID model, osc, genre, scores, labels;
} GenreUris;

/* ---- Between the threads ------------------------------------------------------------------- */

typedef enum {
    GENRE_WORK_LOAD,
    GENRE_WORK_OSC,
    GENRE_WORK_RETIRE,
    GENRE_WORK_TICK,
    GENRE_WORK_UPDATE
} GenreWorkKind;

typedef struct {
    GenreWorkKind kind;
    union {
        struct {
            bool restoring; /* part of a saved state: kept even where it cannot be loaded */
            char path[GENRE_MAX_PATH];
        } load;
        struct {
            bool by_default; /* the environment's, which no session keeps */
            char url[GENRE_MAX_URL];
        } osc;
        unsigned retire_before; /* engines with smaller serials */
        unsigned update;        /* the serial of the engine */
        struct {
            float level_db;
            bool alive;  /* a heartbeat is due */
            bool is_new; /* there is an estimate */
            GenreEstimate estimate;
        } tick;
    };
} GenreWork;

typedef struct {
    enum { GENRE_REPLY_ENGINE, GENRE_REPLY_OSC, GENRE_REPLY_REFUSED } kind;
    GenreEngine *engine;
    unsigned serial; /* the engine's: an outdated one may be gone already */
    char osc_url[GENRE_MAX_URL];
} GenreReply;

/* What the host wants to know of, once it can be told. */
typedef enum {
    GENRE_TELL_GENRE = 1,
    GENRE_TELL_SCORES = 2,
    GENRE_TELL_LABELS = 4,
    GENRE_TELL_MODEL = 8,
    GENRE_TELL_OSC = 16,
    GENRE_TELL_ALL = 31,
} GenreTell;

typedef struct {
    /* Set by instantiate(). */
    double rate_hz;
    int n_channels;
    LV2_URID_Map *map;             /* NULL: no messages and no state */
    LV2_Worker_Schedule *schedule; /* NULL: models are loaded by restore() only, and no OSC */
    LV2_Log_Logger logger;
    GenreUris uris;

    /* The thread's that sets up. */
    char default_url[GENRE_MAX_URL]; /* where OSC goes while nobody says; "" is nowhere */
    bool default_is_due;             /* with activate(), unless a state is restored before */

    /* The audio thread's. */
    GenreAnalyser analyser;
    const LV2_Atom_Sequence *control;
    LV2_Atom_Sequence *notify;
    const float *freewheel; /* more than 0: the host renders offline */
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame sequence; /* the forge keeps a pointer to it during run() */
    GenreWork wanted_load;         /* waiting for room in the host's queue */
    bool load_is_wanted;
    char osc_url[GENRE_MAX_URL];
    bool osc_is_wanted;
    bool retire_is_due;
    uint64_t level_in, alive_in; /* frames until OSC is due */
    unsigned untold;             /* GenreTell */
    int told_answer;             /* see answer_of() */

    atomic_bool update_is_asked; /* of the worker, which has not begun with it yet */

    /* Everyone's but the audio thread's, under work_lock. */
    pthread_mutex_t work_lock;
    GenreEngine *engines; /* all there are, newest first */
    GenreEngine *current; /* the one that answers come from */
    unsigned last_serial;
    GenreOsc *osc; /* NULL: off */

    /* What save() keeps, under a lock of its own: loading takes long. */
    pthread_mutex_t kept_lock;
    char kept_path[GENRE_MAX_PATH];
    char kept_url[GENRE_MAX_URL];
} GenreLv2;

/* ---- lv2_worker.c -------------------------------------------------------------------------- */

extern const LV2_Worker_Interface genre_lv2_worker;

/* Bytes of `work` that mean something, which is what goes through the host's queue. */
uint32_t genre_work_size(const GenreWork *work);

/* Hands over what waits and could not be handed over yet. [real time] */
void genre_lv2_schedule(GenreLv2 *self);

/* Tells the worker of the time that passed and of a new estimate, if OSC is on. [real time] */
void genre_lv2_tick(GenreLv2 *self, size_t n_frames, const GenreEstimate *estimate);

/* Has the worker run the network on what was collected, if it is the worker's to run. [real time,
 * but for offline rendering] */
void genre_lv2_update(GenreLv2 *self);

/* Does `todo` and takes the answer here and now; only while run() is not called. [set-up] */
void genre_lv2_do_now(GenreLv2 *self, const GenreWork *todo);

/* Makes an engine and adds it to `engines`. The caller holds work_lock. NULL after a complaint to
 * the log. [set-up] */
GenreEngine *genre_lv2_load(GenreLv2 *self, const char *path, bool restoring);

/* Frees engines older than `before`; NULL for all. The caller holds work_lock. [set-up] */
void genre_lv2_retire(GenreLv2 *self, const GenreEngine *before);

/* ---- lv2_messages.c ------------------------------------------------------------------------ */

void genre_lv2_map_uris(GenreLv2 *self);

/* Reads what the host has sent. [real time] */
void genre_lv2_listen(GenreLv2 *self);

/* Opens the notify sequence, adds what is untold at a frame as far as there is room, closes it.
 * [real time] */
void genre_lv2_notify_begin(GenreLv2 *self);
void genre_lv2_notify(GenreLv2 *self, size_t frame);

/* ---- lv2_state.c --------------------------------------------------------------------------- */

extern const LV2_State_Interface genre_lv2_state;

#endif
