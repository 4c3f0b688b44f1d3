/* Artists of one part, by whom no clip is to be in another. */
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

json_t *split_artists(const SplitItems *items, int part, json_t *artists) {
    for (size_t i = 0; i < items->n; i++) {
        if (items->items[i].part != part)
            continue;
        char *key = key_of(items->items[i].entries);
        json_object_set_new(artists, key ? key : "", json_true());
        free(key);
    }
    return artists;
}

bool split_is_by(const CacheEntry *entry, const json_t *artists) {
    char *key = key_of(entry);
    const bool is_by = !key || json_object_get(artists, key);
    free(key);
    return is_by;
}
