#include "split/split.h"

#include <stdlib.h>
#include <string.h>

#include "split/items.h"
#include "status.h"

GenreStatus split_items_find(SplitItems *items, Cache *cache, GenreError *error) {
    *items = (SplitItems){.items = calloc(cache->n + 1, sizeof *items->items),
                          .by_tags = cache->of == MANIFEST_TAGS};
    if (!items->items)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < cache->n; i++) {
        CacheEntry *entry = &cache->entries[i];
        if (i > 0 && strcmp(entry->id, entry[-1].id) == 0) {
            items->items[items->n - 1].n_entries++;
            continue;
        }
        items->items[items->n++] =
            (SplitItem){.entries = entry,
                        .n_entries = 1,
                        .song = entry->song,
                        .genre = entry->genre,
                        .artist = *entry->artist ? entry->artist : entry->song,
                        .part = SPLIT_N_PARTS};
    }
    return GENRE_SUCCESS;
}

/* The parts as the manifest has them; names of its own are in none of the three. */
static void take_given(const SplitItems *items) {
    for (size_t i = 0; i < items->n; i++)
        for (int part = 0; part < SPLIT_N_PARTS; part++)
            if (strcmp(items->items[i].entries->split, split_parts[part]) == 0)
                items->items[i].part = part;
}

static void set_parts(const SplitItems *items) {
    for (size_t i = 0; i < items->n; i++)
        for (size_t e = 0; e < items->items[i].n_entries; e++)
            items->items[i].entries[e].split =
                items->items[i].part < SPLIT_N_PARTS ? split_parts[items->items[i].part] : "";
}

static GenreStatus split(SplitItems *items, const SplitPlan *plan, int fold, json_t *warnings,
                         GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    for (size_t i = 0; i < items->n; i++)
        items->items[i].part = SPLIT_N_PARTS;
    if (plan->by == SPLIT_GIVEN || plan->by == SPLIT_DATASET)
        take_given(items);
    if (plan->by == SPLIT_DATASET)
        status = split_by_dataset(items, plan, fold, warnings, error);
    else if (plan->by == SPLIT_LISTS)
        status = split_by_lists(items, plan, fold, warnings, error);
    else if (plan->by != SPLIT_GIVEN)
        status = split_assign(items, plan, fold, error);
    return status ? status : split_check(items, plan, warnings, error);
}

/* A fold that cannot be trained shows before any of them is, not after hours. */
static GenreStatus try_folds(SplitItems *items, const SplitPlan *plan, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    for (int fold = 1; fold <= plan->folds && !status; fold++) {
        GenreError inner;
        json_t *unsaid = json_array();
        status = split(items, plan, fold, unsaid, &inner);
        if (status)
            genre_fail(error, status, "fold %d of %d: %s", fold, plan->folds, inner.text);
        json_decref(unsaid);
    }
    return status;
}

/* What split_plan_read needs to do the same again. */
static json_t *repeatable(const SplitPlan *plan, int fold) {
    json_t *data = json_copy(plan->json);
    json_object_set_new(data, "by", json_string(split_by_name(plan->by)));
    if (fold > 0)
        json_object_set_new(data, "fold", json_integer(fold));
    return data;
}

GenreStatus split_cache(Cache *cache, const SplitPlan *plan, int fold, json_t **description,
                        GenreError *error) {
    SplitItems items = {0};
    json_t *warnings = json_array(), *before, *counts = NULL, *after = NULL;
    GenreStatus status = split_plan_check(plan, error);
    *description = NULL;
    if (!status && (fold < (plan->folds > 0) || fold > plan->folds))
        status =
            genre_fail(error, GENRE_ERR_BAD_ARG, "there is no fold %d of %d", fold, plan->folds);
    json_array_append(cache->names, plan->json); /* merged genres point into it */
    before = split_count_genres(cache);
    if (!status)
        status = split_choose_genres(cache, plan, warnings, error);
    if (!status) {
        after = split_count_genres(cache);
        if (plan->segment_s > 0 || plan->segments > 0)
            status = split_cut(cache, plan, warnings, error);
    }
    if (!status)
        status = split_items_find(&items, cache, error);
    if (!status)
        status = try_folds(&items, plan, error);
    if (!status)
        status = split(&items, plan, fold, warnings, error);
    if (!status) {
        if (plan->by != SPLIT_GIVEN)
            set_parts(&items);
        split_open(cache, &items, plan, fold);
        counts = split_counts(&items);
        *description =
            json_pack("{sssisisisfsfsOs{sOsO}sOso}", "by", split_by_name(plan->by), "seed",
                      plan->seed, "fold", fold, "folds", plan->folds, "segment_s", plan->segment_s,
                      "overlap", plan->overlap, "counts", counts, "classes", "before", before,
                      "after", after, "warnings", warnings, "data", repeatable(plan, fold));
    }
    free(items.items);
    json_decref(counts);
    json_decref(after);
    json_decref(before);
    json_decref(warnings);
    return status;
}
