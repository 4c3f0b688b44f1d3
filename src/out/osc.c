#include "out/osc.h"

#include <ctype.h>
#include <lo/lo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/osc_control.h"
#include "out/osc_target.h"
#include "status.h"

enum {
    MAX_FIXED = 32,       /* receivers named by the user */
    MAX_SUBSCRIBERS = 16, /* receivers that asked; a new one displaces the oldest */
    MAX_TARGETS = MAX_FIXED + MAX_SUBSCRIBERS,
    MAX_WARNINGS = 8,
    MAX_ANSWERS = 100, /* requests dealt with in one go */
};

struct GenreOsc {
    char prefix[64];
    GenreOscTarget *targets[MAX_TARGETS]; /* the fixed ones, then the subscribers, oldest first */
    int n_targets, n_fixed;
    GenreOscControl *control;
    int n_labels;
    char **labels;      /* (n_labels) */
    char **label_paths; /* (n_labels) full addresses */
    int32_t n_beats;
    uint64_t n_ignored_told;
    char warnings[MAX_WARNINGS][400];
    int n_warnings, next_warning;
};

static void warn(GenreOsc *osc, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(GenreOsc *osc, const char *format, ...) {
    if (osc->n_warnings == MAX_WARNINGS)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(osc->warnings[osc->n_warnings++], sizeof *osc->warnings, format, args);
    va_end(args);
}

const char *genre_osc_warning(GenreOsc *osc) {
    if (osc->next_warning < osc->n_warnings)
        return osc->warnings[osc->next_warning++];
    osc->n_warnings = osc->next_warning = 0;
    return NULL;
}

/* Characters that OSC 1.0 keeps out of addresses. */
static bool is_forbidden(char c) {
    return (unsigned char)c <= ' ' || (unsigned char)c >= 127 || strchr("#*,?[]{}", c);
}

static bool is_prefix(const char *text) {
    const size_t n = strlen(text);
    if (n < 2 || n >= 64 || text[0] != '/' || text[n - 1] == '/' || strstr(text, "//"))
        return false;
    for (size_t i = 0; i < n; i++)
        if (is_forbidden(text[i]))
            return false;
    return true;
}

GenreOsc *genre_osc_new(const char *prefix, GenreError *error) {
    if (!is_prefix(prefix)) {
        genre_fail(error, GENRE_ERR_BAD_ARG, "\"%.70s\" is not an OSC prefix such as /genre",
                   prefix);
        return NULL;
    }
    GenreOsc *osc = calloc(1, sizeof *osc);
    if (!osc) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    strcpy(osc->prefix, prefix);
    return osc;
}

static void free_labels(char **labels, char **paths, int n) {
    for (int i = 0; labels && paths && i < n; i++) {
        free(labels[i]);
        free(paths[i]);
    }
    free(labels);
    free(paths);
}

void genre_osc_free(GenreOsc *osc) {
    if (!osc)
        return;
    for (int i = 0; i < osc->n_targets; i++)
        genre_osc_target_free(osc->targets[i]);
    genre_osc_control_free(osc->control);
    free_labels(osc->labels, osc->label_paths, osc->n_labels);
    free(osc);
}

GenreStatus genre_osc_target(GenreOsc *osc, const char *url, GenreError *error) {
    if (osc->n_fixed == MAX_FIXED)
        return genre_fail(error, GENRE_ERR_UNSUPPORTED, "more than %d OSC receivers", MAX_FIXED);
    GenreOscTarget *target = genre_osc_target_new(url, false, error);
    if (!target)
        return error ? error->status : GENRE_ERR_OPEN;
    memmove(osc->targets + osc->n_fixed + 1, osc->targets + osc->n_fixed,
            sizeof *osc->targets * (size_t)(osc->n_targets - osc->n_fixed));
    osc->targets[osc->n_fixed++] = target;
    osc->n_targets++;
    return GENRE_SUCCESS;
}

GenreStatus genre_osc_listen(GenreOsc *osc, const char *where, GenreError *error) {
    osc->control = genre_osc_control_new(where, osc->prefix, error);
    return osc->control ? GENRE_SUCCESS : error ? error->status : GENRE_ERR_OPEN;
}

int genre_osc_port(const GenreOsc *osc) {
    return osc->control ? genre_osc_control_port(osc->control) : 0;
}

int genre_osc_n_targets(const GenreOsc *osc) {
    return osc->n_targets;
}

const char *genre_osc_target_name(const GenreOsc *osc, int index) {
    return genre_osc_target_url(osc->targets[index]);
}

bool genre_osc_target_up(const GenreOsc *osc, int index) {
    return genre_osc_target_is_up(osc->targets[index]);
}

/* ---- Sending ------------------------------------------------------------------------------- */

/* Sends `message` (freed here; NULL: out of memory) to `only`, or to all for NULL. */
static void send_path(GenreOsc *osc, GenreOscTarget *only, const char *path, lo_message message) {
    size_t size;
    void *packet = message ? lo_message_serialise(message, path, NULL, &size) : NULL;
    if (packet && only)
        genre_osc_target_send(only, packet, size);
    else if (packet)
        for (int i = 0; i < osc->n_targets; i++)
            genre_osc_target_send(osc->targets[i], packet, size);
    free(packet);
    if (message)
        lo_message_free(message);
}

/* The same for the address `name` below the prefix. */
static void send_name(GenreOsc *osc, GenreOscTarget *only, const char *name, lo_message message) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", osc->prefix, name);
    send_path(osc, only, path, message);
}

static lo_message floats(const float *values, int n) {
    lo_message message = lo_message_new();
    for (int i = 0; message && i < n; i++)
        lo_message_add_float(message, values[i]);
    return message;
}

static lo_message whole(int32_t value) {
    lo_message message = lo_message_new();
    if (message)
        lo_message_add_int32(message, value);
    return message;
}

static lo_message strings(char *const *values, int n) {
    lo_message message = lo_message_new();
    for (int i = 0; message && i < n; i++)
        lo_message_add_string(message, values[i]);
    return message;
}

static void send_labels(GenreOsc *osc, GenreOscTarget *only) {
    send_name(osc, only, "labels", strings(osc->labels, osc->n_labels));
}

/* The address of a label: allowed characters only, and none of our own names. */
static char *label_path(const GenreOsc *osc, const char *label) {
    static const char *const ours[] = {"top",   "index", "confidence", "silence", "all",
                                       "level", "alive", "labels",     "status"};
    bool taken = false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        taken |= strcmp(label, ours[i]) == 0;
    const size_t n = strlen(osc->prefix);
    const size_t size = n + strlen(label) + 3;
    char *path = malloc(size);
    if (!path)
        return NULL;
    snprintf(path, size, "%s/%s%s", osc->prefix, label, taken ? "_" : "");
    for (char *c = path + n + 1; *c; c++)
        if (is_forbidden(*c) || *c == '/')
            *c = '_';
    return path;
}

GenreStatus genre_osc_set_model(GenreOsc *osc, const GenreModel *model, GenreError *error) {
    const int n = genre_model_n_labels(model);
    char **labels = calloc((size_t)n, sizeof *labels);
    char **paths = calloc((size_t)n, sizeof *paths);
    bool complete = labels && paths;
    for (int i = 0; complete && i < n; i++) {
        labels[i] = strdup(genre_model_label(model, i));
        paths[i] = label_path(osc, genre_model_label(model, i));
        complete = labels[i] && paths[i];
    }
    if (!complete) {
        free_labels(labels, paths, n);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    free_labels(osc->labels, osc->label_paths, osc->n_labels);
    osc->labels = labels;
    osc->label_paths = paths;
    osc->n_labels = n;
    send_labels(osc, NULL);
    return GENRE_SUCCESS;
}

void genre_osc_estimate(GenreOsc *osc, const GenreEstimate *e) {
    const int genre = e->state == GENRE_STATE_MUSIC && e->genre < osc->n_labels ? e->genre : -1;
    const int n = e->n_labels < osc->n_labels ? e->n_labels : osc->n_labels;
    char *top = genre >= 0 ? osc->labels[genre] : (char *)genre_state_name(e->state);
    send_name(osc, NULL, "top", strings(&top, 1));
    send_name(osc, NULL, "index", whole(genre));
    send_name(osc, NULL, "confidence", floats(&e->confidence, 1));
    send_name(osc, NULL, "silence", whole(e->state == GENRE_STATE_SILENCE));
    for (int i = 0; i < n; i++)
        send_path(osc, NULL, osc->label_paths[i], floats(&e->scores[i], 1));
    send_name(osc, NULL, "all", floats(e->scores, n));
}

void genre_osc_level(GenreOsc *osc, float level_db) {
    send_name(osc, NULL, "level", floats(&level_db, 1));
}

void genre_osc_alive(GenreOsc *osc) {
    osc->n_beats = osc->n_beats == INT32_MAX ? 0 : osc->n_beats + 1;
    send_name(osc, NULL, "alive", whole(osc->n_beats));
}

void genre_osc_status(GenreOsc *osc, const char *text) {
    char *copy = (char *)text; /* strings() only reads it */
    send_name(osc, NULL, "status", strings(&copy, 1));
}

/* ---- Requests ------------------------------------------------------------------------------ */

static void remove_target(GenreOsc *osc, int index) {
    genre_osc_target_free(osc->targets[index]);
    osc->n_targets--;
    memmove(osc->targets + index, osc->targets + index + 1,
            sizeof *osc->targets * (size_t)(osc->n_targets - index));
}

static int find_target(const GenreOsc *osc, const GenreOscTarget *target, int from) {
    for (int i = from; i < osc->n_targets; i++)
        if (genre_osc_target_is_same(osc->targets[i], target))
            return i;
    return -1;
}

/* The receiver that a request means: its URL, or else its sender. NULL: makes no sense. */
static GenreOscTarget *meant_target(GenreOsc *osc, const GenreOscRequest *r) {
    if (r->kind == GENRE_OSC_TEXT)
        return genre_osc_target_new(r->text, true, NULL);
    return genre_osc_target_reply(genre_osc_control_fd(osc->control), &r->sender, r->sender_size);
}

static bool subscribe(GenreOsc *osc, const GenreOscRequest *r) {
    GenreOscTarget *target = meant_target(osc, r);
    if (!target)
        return false;
    if (find_target(osc, target, 0) >= 0) {
        send_labels(osc, target); /* asked twice, as one does with a lossy transport */
        genre_osc_target_free(target);
        return true;
    }
    if (osc->n_targets - osc->n_fixed == MAX_SUBSCRIBERS)
        remove_target(osc, osc->n_fixed);
    osc->targets[osc->n_targets++] = target;
    send_labels(osc, target);
    return true;
}

static bool unsubscribe(GenreOsc *osc, const GenreOscRequest *r) {
    GenreOscTarget *target = meant_target(osc, r);
    if (!target)
        return false;
    const int at = find_target(osc, target, osc->n_fixed);
    genre_osc_target_free(target);
    if (at >= 0)
        remove_target(osc, at);
    return true;
}

static bool answer_labels(GenreOsc *osc, const GenreOscRequest *r) {
    GenreOscTarget *sender =
        genre_osc_target_reply(genre_osc_control_fd(osc->control), &r->sender, r->sender_size);
    send_labels(osc, NULL);
    if (sender && find_target(osc, sender, 0) < 0)
        send_labels(osc, sender);
    genre_osc_target_free(sender);
    return true;
}

typedef enum { NONSENSE, ANSWERED, FOR_CALLER } Outcome;

static Outcome handle(GenreOsc *osc, const GenreOscRequest *r, GenreOscCommand *command) {
    static const struct {
        const char *name;
        int what;
    } numbers[] = {{"interval", GENRE_OSC_INTERVAL},
                   {"smoothing", GENRE_OSC_SMOOTHING},
                   {"hold", GENRE_OSC_HOLD}};
    /* A button on a controller sends 1 when pressed and 0 when let go. */
    const bool let_go = r->kind == GENRE_OSC_NUMBER && r->number == 0;
    if (strcmp(r->name, "reset") == 0) {
        command->what = GENRE_OSC_RESET;
        return let_go ? ANSWERED : FOR_CALLER;
    }
    if (strcmp(r->name, "labels") == 0)
        return let_go || answer_labels(osc, r) ? ANSWERED : NONSENSE;
    if (strcmp(r->name, "subscribe") == 0)
        return let_go || subscribe(osc, r) ? ANSWERED : NONSENSE;
    if (strcmp(r->name, "unsubscribe") == 0)
        return let_go || unsubscribe(osc, r) ? ANSWERED : NONSENSE;
    if (strcmp(r->name, "model") == 0 && r->kind == GENRE_OSC_TEXT) {
        command->what = GENRE_OSC_MODEL;
        strcpy(command->text, r->text);
        return FOR_CALLER;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(r->name, numbers[i].name) == 0 && r->kind == GENRE_OSC_NUMBER) {
            command->what = numbers[i].what;
            command->number = r->number;
            return FOR_CALLER;
        }
    return NONSENSE;
}

static bool next_command(GenreOsc *osc, GenreOscCommand *command) {
    GenreOscRequest request;
    for (int i = 0; i < MAX_ANSWERS && genre_osc_control_next(osc->control, &request); i++)
        switch (handle(osc, &request, command)) {
        case FOR_CALLER:
            return true;
        case NONSENSE:
            genre_osc_control_ignore(osc->control);
            break;
        case ANSWERED:
            break;
        }
    /* Told at the first, then each time their number has grown tenfold. */
    const uint64_t n = genre_osc_control_n_ignored(osc->control);
    if (n > 0 && n >= osc->n_ignored_told * 10) {
        osc->n_ignored_told = n;
        warn(osc, "ignored %llu OSC message%s that make%s no sense", (unsigned long long)n,
             n == 1 ? "" : "s", n == 1 ? "s" : "");
    }
    return false;
}

bool genre_osc_service(GenreOsc *osc, GenreOscCommand *command) {
    for (int i = 0; i < osc->n_targets; i++) {
        const char *url = genre_osc_target_url(osc->targets[i]);
        switch (genre_osc_target_service(osc->targets[i])) {
        case GENRE_OSC_TARGET_OPENED:
            send_labels(osc, osc->targets[i]);
            break;
        case GENRE_OSC_TARGET_LOST:
            if (i < osc->n_fixed) /* what others asked for is not the user's concern */
                warn(osc, "%.300s does not answer; trying again every second", url);
            break;
        case GENRE_OSC_TARGET_SAME:
            break;
        }
    }
    return osc->control && next_command(osc, command);
}
