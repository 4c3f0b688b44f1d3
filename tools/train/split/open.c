/* Open clips, which have no genre yet: they are only trained on, and so must have nothing in common
 * with what is validated or tested on. */
#include <string.h>

#include "split/items.h"

static bool may_be_used(const CacheEntry *entry, const SplitPlan *plan, int fold,
                        const json_t *artists) {
    if (plan->datasets && !split_names_have(plan->datasets, entry->dataset))
        return false;
    if (plan->by == SPLIT_DATASET &&
        split_names_have(json_array_get(plan->held_out, (size_t)fold - 1), entry->dataset))
        return false;
    return !split_is_by(entry, artists) && plan->by != SPLIT_LISTS; /* which name what is used */
}

void split_open(Cache *cache, const SplitItems *items, const SplitPlan *plan, int fold) {
    const bool is_given = plan->by == SPLIT_GIVEN || plan->by == SPLIT_DATASET;
    json_t *artists = split_artists(items, SPLIT_VALID, json_object());
    split_artists(items, SPLIT_TEST, artists);
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
