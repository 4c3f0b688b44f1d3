/* Splits by dataset: what another collection than those trained on would be heard as. */
#include <stdlib.h>
#include <string.h>

#include "split/items.h"
#include "status.h"

/* The held-out dataset that the item is of: its index in the plan's list, -1 for none. */
static int find_held_out(const SplitPlan *plan, const char *dataset) {
    size_t i;
    const json_t *names;
    json_array_foreach(plan->held_out, i,
                       names) if (split_names_have(names, dataset)) return (int)i;
    return -1;
}

static bool is_trained(const SplitItems *items, const char *genre) {
    for (size_t i = 0; i < items->n; i++)
        if (items->items[i].part == SPLIT_TRAIN && strcmp(items->items[i].genre, genre) == 0)
            return true;
    return false;
}

/* Leaves out what is by artists who are tested on: it would make the figures better than they are
 * on music that is new to the model. */
static void part_artists(SplitItems *items, json_t *warnings) {
    json_t *artists = split_artists(items, SPLIT_TEST, json_object());
    const char *song = NULL; /* the last that was left out, whose segments stand side by side */
    int n = 0;
    for (size_t i = 0; i < items->n; i++) {
        SplitItem *item = &items->items[i];
        if (item->part >= SPLIT_TEST || !split_is_by(item->entries, artists))
            continue;
        n += !song || strcmp(song, item->song) != 0;
        song = item->song;
        item->part = SPLIT_N_PARTS;
    }
    if (n > 0)
        split_warn(warnings,
                   "of the other datasets %d clips are by artists of the held-out one: they are "
                   "left out",
                   n);
    json_decref(artists);
}

GenreStatus split_by_dataset(SplitItems *items, const SplitPlan *plan, int fold, json_t *warnings,
                             GenreError *error) {
    json_t *left_out = json_object();
    const char *genre;
    json_t *count;
    size_t n_test = 0;
    for (size_t i = 0; i < items->n; i++) {
        SplitItem *item = &items->items[i];
        if (find_held_out(plan, item->entries->dataset) == fold - 1)
            item->part = SPLIT_TEST;
        else if (item->part == SPLIT_TEST)
            item->part = SPLIT_N_PARTS;
    }
    part_artists(items, warnings);
    /* A genre that only the held-out dataset has, and its artists, cannot be learnt. */
    for (size_t i = 0; i < items->n; i++) {
        SplitItem *item = &items->items[i];
        if (json_object_get(left_out, item->genre) || !is_trained(items, item->genre)) {
            const json_int_t n = json_integer_value(json_object_get(left_out, item->genre));
            const bool counts = item->part == SPLIT_TEST;
            json_object_set_new(left_out, item->genre, json_integer(n + counts));
            item->part = SPLIT_N_PARTS;
        }
        n_test += item->part == SPLIT_TEST;
    }
    json_object_foreach(left_out, genre, count) {
        if (json_integer_value(count) > 0)
            split_warn(warnings,
                       "\"%s\" has no clip but of the held-out dataset and its artists: its %d "
                       "clips are left out",
                       genre, (int)json_integer_value(count));
    }
    json_decref(left_out);
    return n_test ? GENRE_SUCCESS
                  : genre_fail(
                        error, GENRE_ERR_FORMAT,
                        "no clip of the held-out dataset \"%s\" has a genre that the others have",
                        json_string_value(
                            json_array_get(json_array_get(plan->held_out, (size_t)fold - 1), 0)));
}
