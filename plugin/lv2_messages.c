/* patch:Get and patch:Set from the host, patch:Set and patch:Put to it. */
#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <string.h>

#include "lv2_plugin.h"

void genre_lv2_map_uris(GenreLv2 *self) {
    const struct {
        LV2_URID *id;
        const char *uri;
    } uris[] = {
        {&self->uris.atom_Float, LV2_ATOM__Float},
        {&self->uris.atom_Int, LV2_ATOM__Int},
        {&self->uris.atom_Path, LV2_ATOM__Path},
        {&self->uris.atom_String, LV2_ATOM__String},
        {&self->uris.atom_URID, LV2_ATOM__URID},
        {&self->uris.patch_Get, LV2_PATCH__Get},
        {&self->uris.patch_Put, LV2_PATCH__Put},
        {&self->uris.patch_Set, LV2_PATCH__Set},
        {&self->uris.patch_body, LV2_PATCH__body},
        {&self->uris.patch_property, LV2_PATCH__property},
        {&self->uris.patch_subject, LV2_PATCH__subject},
        {&self->uris.patch_value, LV2_PATCH__value},
        {&self->uris.model, GENRE_URN "property:model"},
        {&self->uris.osc, GENRE_URN "property:osc"},
        {&self->uris.genre, GENRE_URN "property:genre"},
        {&self->uris.scores, GENRE_URN "property:scores"},
        {&self->uris.labels, GENRE_URN "property:labels"},
    };
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        *uris[i].id = self->map->map(self->map->handle, uris[i].uri);
    lv2_atom_forge_init(&self->forge, self->map);
}

/* ---- From the host ------------------------------------------------------------------------- */

/* An atom's text, bounded by its size; false where it is no text or too long. */
static bool take_text(const GenreLv2 *self, const LV2_Atom *atom, char *text, size_t room) {
    if (atom->type != self->uris.atom_Path && atom->type != self->uris.atom_String)
        return false;
    const char *body = LV2_ATOM_BODY_CONST(atom);
    const size_t n = strnlen(body, atom->size);
    if (n >= room)
        return false;
    memcpy(text, body, n);
    text[n] = 0;
    return true;
}

static void take_set(GenreLv2 *self, LV2_URID property, const LV2_Atom *value) {
    if (property == self->uris.model) {
        GenreWork *wanted = &self->wanted_load;
        if (take_text(self, value, wanted->load.path, GENRE_MAX_PATH)) {
            wanted->kind = GENRE_WORK_LOAD;
            wanted->load.restoring = false;
            self->load_is_wanted = true;
        }
    } else if (property == self->uris.osc) {
        if (take_text(self, value, self->osc_url, GENRE_MAX_URL))
            self->osc_is_wanted = true;
    }
}

static void take_get(GenreLv2 *self, LV2_URID property) {
    const struct {
        LV2_URID property;
        GenreTell tell;
    } known[] = {{0, GENRE_TELL_ALL},
                 {self->uris.genre, GENRE_TELL_GENRE},
                 {self->uris.scores, GENRE_TELL_SCORES},
                 {self->uris.labels, GENRE_TELL_LABELS},
                 {self->uris.model, GENRE_TELL_MODEL},
                 {self->uris.osc, GENRE_TELL_OSC}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].property == property)
            self->untold |= known[i].tell;
}

static void take_object(GenreLv2 *self, const LV2_Atom_Object *object) {
    const LV2_Atom *property = NULL, *value = NULL;
    lv2_atom_object_get(object, self->uris.patch_property, &property, self->uris.patch_value,
                        &value, 0);
    LV2_URID id = 0;
    if (property && property->type == self->uris.atom_URID && property->size >= sizeof id)
        id = ((const LV2_Atom_URID *)property)->body;
    if (object->body.otype == self->uris.patch_Get && (id || !property))
        take_get(self, id);
    else if (object->body.otype == self->uris.patch_Set && id && value)
        take_set(self, id, value);
}

void genre_lv2_listen(GenreLv2 *self) {
    if (!self->control || !self->map)
        return;
    LV2_ATOM_SEQUENCE_FOREACH(self->control, event) {
        if (lv2_atom_forge_is_object_type(&self->forge, event->body.type) &&
            event->body.size >= sizeof(LV2_Atom_Object_Body))
            take_object(self, (const LV2_Atom_Object *)&event->body);
    }
}

/* ---- To the host --------------------------------------------------------------------------- */

void genre_lv2_notify_begin(GenreLv2 *self) {
    if (!self->notify)
        return;
    const uint32_t room = self->notify->atom.size;
    if (!self->map) {
        /* Without URIDs there is nothing to say, and that is an empty sequence. Some hosts connect
         * four bytes of 0 to what they do not know: no room even for that. */
        if (room >= sizeof(LV2_Atom_Sequence_Body)) {
            self->notify->atom.size = sizeof(LV2_Atom_Sequence_Body);
            self->notify->body.unit = self->notify->body.pad = 0;
        }
        return;
    }
    lv2_atom_forge_set_buffer(&self->forge, (uint8_t *)self->notify, room);
    lv2_atom_forge_sequence_head(&self->forge, &self->sequence, 0);
}

/* The genre's name or the state's. */
static const char *genre_name(const GenreLv2 *self) {
    const GenreEngine *engine = self->analyser.engine;
    const GenreEstimate *e = genre_classifier_estimate(engine->classifier);
    if (e->sequence == 0)
        return genre_state_name(GENRE_STATE_UNKNOWN);
    return e->genre >= 0 ? genre_model_label(engine->model, e->genre) : genre_state_name(e->state);
}

/* Blank-separated labels. Cut off at a label's end where there is no room for all. */
static size_t join_labels(const GenreModel *model, char *text, size_t room) {
    size_t n = 0;
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const char *label = genre_model_label(model, i);
        const size_t length = strlen(label);
        if (n + length + 2 > room)
            break;
        if (n > 0)
            text[n++] = ' ';
        memcpy(text + n, label, length);
        n += length;
    }
    text[n] = 0;
    return n;
}

/* A value as an atom. Its text is at most `room` bytes long: see room_for. */
static void put_value(GenreLv2 *self, GenreTell what) {
    LV2_Atom_Forge *forge = &self->forge;
    const GenreEngine *engine = self->analyser.engine;
    char text[1024];
    switch (what) {
    case GENRE_TELL_GENRE: {
        const char *name = genre_name(self);
        lv2_atom_forge_string(forge, name, (uint32_t)strlen(name));
        break;
    }
    case GENRE_TELL_SCORES: {
        const GenreEstimate *e = genre_classifier_estimate(engine->classifier);
        lv2_atom_forge_vector(forge, sizeof(float), self->uris.atom_Float, (uint32_t)e->n_labels,
                              e->scores);
        break;
    }
    case GENRE_TELL_LABELS:
        lv2_atom_forge_string(forge, text, (uint32_t)join_labels(engine->model, text, sizeof text));
        break;
    case GENRE_TELL_MODEL:
        lv2_atom_forge_path(forge, engine->path, (uint32_t)strlen(engine->path));
        break;
    case GENRE_TELL_OSC:
        lv2_atom_forge_string(forge, self->osc_url, (uint32_t)strlen(self->osc_url));
        break;
    case GENRE_TELL_ALL:
        break;
    }
}

/* An upper bound of what an event takes. The forge notices too when the buffer is full, but then
 * half an event is in it already. */
static size_t room_for(const GenreLv2 *self, GenreTell what) {
    enum { AROUND = 160 };
    const GenreEngine *engine = self->analyser.engine;
    switch (what) {
    case GENRE_TELL_SCORES:
        return AROUND + GENRE_MAX_LABELS * sizeof(float);
    case GENRE_TELL_LABELS:
        return AROUND + 1024;
    case GENRE_TELL_MODEL:
        return AROUND + strlen(engine->path);
    case GENRE_TELL_OSC:
        return AROUND + GENRE_MAX_URL;
    default:
        return AROUND + strlen(genre_name(self));
    }
}

/* patch:Set [ property; value ] at a frame. False where there is no room. */
static bool tell(GenreLv2 *self, size_t at, LV2_URID property, GenreTell what) {
    LV2_Atom_Forge *forge = &self->forge;
    if (forge->offset + room_for(self, what) > forge->size)
        return false;
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_frame_time(forge, (int64_t)at);
    lv2_atom_forge_object(forge, &frame, 0, self->uris.patch_Set);
    lv2_atom_forge_key(forge, self->uris.patch_property);
    lv2_atom_forge_urid(forge, property);
    lv2_atom_forge_key(forge, self->uris.patch_value);
    put_value(self, what);
    lv2_atom_forge_pop(forge, &frame);
    return true;
}

void genre_lv2_notify(GenreLv2 *self, size_t at) {
    if (!self->notify || !self->map || !self->untold)
        return;
    const struct {
        GenreTell what;
        LV2_URID property;
    } order[] = {{GENRE_TELL_MODEL, self->uris.model},
                 {GENRE_TELL_LABELS, self->uris.labels},
                 {GENRE_TELL_GENRE, self->uris.genre},
                 {GENRE_TELL_SCORES, self->uris.scores},
                 {GENRE_TELL_OSC, self->uris.osc}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (self->untold & order[i].what && tell(self, at, order[i].property, order[i].what))
            self->untold &= ~(unsigned)order[i].what;
}
