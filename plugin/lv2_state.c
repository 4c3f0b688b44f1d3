/* Saving and restoring what is no port: the model's path and the OSC target. Hosts may call both
 * while run() goes on in another thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lv2_plugin.h"

static const void *find_feature(const LV2_Feature *const *features, const char *uri) {
    for (; features && *features; features++)
        if (strcmp((*features)->URI, uri) == 0)
            return (*features)->data;
    return NULL;
}

static void free_path(const LV2_State_Free_Path *freer, char *path) {
    if (freer)
        freer->free_path(freer->handle, path);
    else
        free(path); /* before state:freePath there was nothing but this */
}

/* "" is saved too, as a string: a state without a model, such as a preset, leaves the model alone,
 * which is another thing than to say "the built-in one". */
static LV2_State_Status store_path(GenreLv2 *self, LV2_State_Store_Function store,
                                   LV2_State_Handle state, const LV2_Feature *const *features,
                                   const char *path) {
    const uint32_t flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
    if (!*path)
        return store(state, self->uris.model, "", 1, self->uris.atom_String, flags);
    const LV2_State_Map_Path *mapper = find_feature(features, LV2_STATE__mapPath);
    if (!mapper) /* as it is: still right on this machine */
        return store(state, self->uris.model, path, strlen(path) + 1, self->uris.atom_Path,
                     LV2_STATE_IS_POD);
    char *abstract = mapper->abstract_path(mapper->handle, path);
    if (!abstract)
        return LV2_STATE_ERR_UNKNOWN;
    const LV2_State_Status status =
        store(state, self->uris.model, abstract, strlen(abstract) + 1, self->uris.atom_Path, flags);
    free_path(find_feature(features, LV2_STATE__freePath), abstract);
    return status;
}

static LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function store,
                             LV2_State_Handle state, uint32_t flags,
                             const LV2_Feature *const *features) {
    (void)flags;
    GenreLv2 *self = instance;
    char path[GENRE_MAX_PATH], url[GENRE_MAX_URL];
    if (!self->map)
        return LV2_STATE_ERR_NO_FEATURE;
    pthread_mutex_lock(&self->kept_lock);
    memcpy(path, self->kept_path, sizeof path);
    memcpy(url, self->kept_url, sizeof url);
    pthread_mutex_unlock(&self->kept_lock);
    const LV2_State_Status status = store_path(self, store, state, features, path);
    if (status != LV2_STATE_SUCCESS)
        return status;
    return store(state, self->uris.osc, url, strlen(url) + 1, self->uris.atom_String,
                 LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

/* ---- Restoring ----------------------------------------------------------------------------- */

/* A property's text; false where there is none of that name, or it makes no sense. */
static bool retrieve_text(const GenreLv2 *self, LV2_State_Retrieve_Function retrieve,
                          LV2_State_Handle state, LV2_URID key, char *text, size_t room,
                          bool *is_path) {
    size_t size = 0;
    uint32_t type = 0, flags = 0;
    const char *value = retrieve(state, key, &size, &type, &flags);
    *is_path = type == self->uris.atom_Path;
    if (!value || (!*is_path && type != self->uris.atom_String))
        return false;
    const size_t n = strnlen(value, size);
    if (n >= room)
        return false;
    memcpy(text, value, n);
    text[n] = 0;
    return true;
}

/* `schedule`: the host's way to have work done and answered while run() goes on. NULL where run()
 * is not called meanwhile: then it is done here and now. */
static void hand_over(GenreLv2 *self, const LV2_Worker_Schedule *schedule, const GenreWork *work) {
    if (schedule) {
        schedule->schedule_work(schedule->handle, genre_work_size(work), work);
        return;
    }
    genre_lv2_do_now(self, work);
}

static bool restore_path(GenreLv2 *self, LV2_State_Retrieve_Function retrieve,
                         LV2_State_Handle state, const LV2_Feature *const *features, char *path) {
    bool is_path;
    if (!retrieve_text(self, retrieve, state, self->uris.model, path, GENRE_MAX_PATH, &is_path))
        return false;
    const LV2_State_Map_Path *mapper = find_feature(features, LV2_STATE__mapPath);
    if (!is_path || !mapper || !*path)
        return true;
    char *absolute = mapper->absolute_path(mapper->handle, path);
    if (absolute)
        snprintf(path, GENRE_MAX_PATH, "%s", absolute);
    if (absolute)
        free_path(find_feature(features, LV2_STATE__freePath), absolute);
    return true;
}

static LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle state, uint32_t flags,
                                const LV2_Feature *const *features) {
    (void)flags;
    GenreLv2 *self = instance;
    if (!self->map)
        return LV2_STATE_ERR_NO_FEATURE;
    const LV2_Worker_Schedule *schedule = find_feature(features, LV2_WORKER__schedule);
    GenreWork work;
    bool is_path;
    work.kind = GENRE_WORK_LOAD;
    work.load.restoring = true;
    if (restore_path(self, retrieve, state, features, work.load.path))
        hand_over(self, schedule, &work);
    work.kind = GENRE_WORK_OSC;
    if (retrieve_text(self, retrieve, state, self->uris.osc, work.osc.url, GENRE_MAX_URL,
                      &is_path)) {
        self->default_is_due = false;
        work.osc.by_default = !*work.osc.url;
        if (work.osc.by_default)
            memcpy(work.osc.url, self->default_url, sizeof work.osc.url);
        hand_over(self, schedule, &work);
    }
    return LV2_STATE_SUCCESS;
}

const LV2_State_Interface genre_lv2_state = {save, restore};
