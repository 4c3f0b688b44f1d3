/* Open clips, which have no genre yet: they are only trained on, and so must not be on two sides.
 */
#include <string.h>

#include "split/items.h"

/* The artists that are validated or tested on, as an object's keys. */
static json_t *find_artists(const SplitItems *items) {
    json_t *artists = json_object();
    for (size_t i = 0; i < items->n; i++)
        if (items->items[i].part == SPLIT_VALID || items->items[i].part == SPLIT_TEST)
            json_object_set_new(artists, items->items[i].artist, json_true());
    return artists;
}

static bool is_held_out(const SplitPlan *plan, int fold, const char *dataset) {
    return split_names_have(json_array_get(plan->held_out, (size_t)fold - 1), dataset);
}

void split_open(Cache *cache, const SplitItems *items, const SplitPlan *plan, int fold) {
    const bool is_given = plan->by == SPLIT_GIVEN || plan->by == SPLIT_DATASET;
    json_t *artists = is_given ? NULL : find_artists(items);
    for (size_t i = 0; i < cache->n_open; i++) {
        CacheEntry *entry = &cache->open[i];
        if (!is_given)
            entry->split = json_object_get(artists, *entry->artist ? entry->artist : entry->song)
                               ? ""
                               : split_parts[SPLIT_TRAIN];
        if ((plan->by == SPLIT_DATASET && is_held_out(plan, fold, entry->dataset)) ||
            (plan->datasets && !split_names_have(plan->datasets, entry->dataset)))
            entry->split = "";
    }
    json_decref(artists);
}
