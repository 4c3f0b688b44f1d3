/* Open clips, which have no genre yet: they are only trained on, and so must have nothing in common
 * with what is validated or tested on. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "split/items.h"

/* The key of an artist, who is the same in any case; the song's where none is known. free() it. */
static char *key_of(const CacheEntry *entry) {
    char *key = strdup(*entry->artist ? entry->artist : entry->song);
    for (char *c = key; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return key;
}

/* The artists that are validated or tested on, as an object's keys. */
static json_t *find_artists(const SplitItems *items) {
    json_t *artists = json_object();
    for (size_t i = 0; i < items->n; i++) {
        if (items->items[i].part != SPLIT_VALID && items->items[i].part != SPLIT_TEST)
            continue;
        char *key = key_of(items->items[i].entries);
        json_object_set_new(artists, key ? key : "", json_true());
        free(key);
    }
    return artists;
}

static bool may_be_used(const CacheEntry *entry, const SplitPlan *plan, int fold,
                        const json_t *artists) {
    if (plan->datasets && !split_names_have(plan->datasets, entry->dataset))
        return false;
    if (plan->by == SPLIT_DATASET &&
        split_names_have(json_array_get(plan->held_out, (size_t)fold - 1), entry->dataset))
        return false;
    char *key = key_of(entry);
    const bool is_elsewhere = !key || json_object_get(artists, key);
    free(key);
    return !is_elsewhere && plan->by != SPLIT_LISTS; /* which name what is used */
}

void split_open(Cache *cache, const SplitItems *items, const SplitPlan *plan, int fold) {
    const bool is_given = plan->by == SPLIT_GIVEN || plan->by == SPLIT_DATASET;
    json_t *artists = find_artists(items);
    for (size_t i = 0; i < cache->n_open; i++) {
        CacheEntry *entry = &cache->open[i];
        const bool is_train = !is_given || strcmp(entry->split, split_parts[SPLIT_TRAIN]) == 0;
        if (is_train && !may_be_used(entry, plan, fold, artists))
            entry->split = "";
        else if (!is_given)
            entry->split = split_parts[SPLIT_TRAIN];
    }
    json_decref(artists);
}
