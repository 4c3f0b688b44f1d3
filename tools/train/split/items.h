/* What the files of the split share. */
#ifndef GENRE_TRAIN_SPLIT_ITEMS_H
#define GENRE_TRAIN_SPLIT_ITEMS_H

#include "split/split.h"

/* What is one to the split: a segment or an uncut clip, with all its entries (audio, mel frames),
 * which stand next to each other in the cache. */
typedef struct {
    CacheEntry *entries;
    size_t n_entries;
    const char *song, *genre;
    const char *artist; /* the song where no artist is known */
    int part;           /* SPLIT_TRAIN ...; SPLIT_N_PARTS: in none */
} SplitItem;

typedef struct {
    size_t n;
    SplitItem *items;
    bool by_tags; /* genres are sets of labels, "a;b" */
} SplitItems;

/* Groups the cache's entries. free() the items. */
GenreStatus split_items_find(SplitItems *items, Cache *cache, GenreError *error);

/* genres.c: leaves the chosen datasets and genres in the cache, merged. */
GenreStatus split_choose_genres(Cache *cache, const SplitPlan *plan, json_t *warnings,
                                GenreError *error);

/* How many songs there are of each genre, in alphabetical order. A new reference. */
json_t *split_count_genres(const Cache *cache);

/* cut.c: cuts the cache's entries into segments. */
GenreStatus split_cut(Cache *cache, const SplitPlan *plan, json_t *warnings, GenreError *error);

/* The part that clips of fold `of_unit` (from 0) have in fold `fold` (from 1): fold k tests, the
 * next one is valid, the rest is trained on. */
int split_part_of_fold(int of_unit, const SplitPlan *plan, int fold);

/* assign.c: sets each item's part at random. */
GenreStatus split_assign(SplitItems *items, const SplitPlan *plan, int fold, GenreError *error);

/* lists.c: sets each item's part by list files. */
GenreStatus split_by_lists(SplitItems *items, const SplitPlan *plan, int fold, json_t *warnings,
                           GenreError *error);

/* artists.c: adds the artists of a part to the object `artists`, as its keys, and returns it. */
json_t *split_artists(const SplitItems *items, int part, json_t *artists);

/* Whether a clip is by one of them, in any case; one whose artist is not known is by its own. */
bool split_is_by(const CacheEntry *entry, const json_t *artists);

/* datasets.c: makes fold `fold` (from 1) of the held-out datasets the test part, of those
 * genres that are trained; the others keep the part that they were given, test aside, but for
 * clips by artists who are tested on, which are in none. */
GenreStatus split_by_dataset(SplitItems *items, const SplitPlan *plan, int fold, json_t *warnings,
                             GenreError *error);

/* open.c: sets the split of the cache's open clips, once the items' parts are set. */
void split_open(Cache *cache, const SplitItems *items, const SplitPlan *plan, int fold);

/* check.c: fails where a genre that excludes others has nothing to train on; else adds to
 * `warnings` what is wrong with the split. */
GenreStatus split_check(const SplitItems *items, const SplitPlan *plan, json_t *warnings,
                        GenreError *error);

/* {"train": {"clips", "songs", "artists", "segments"}, ...} of the parts that are not empty. */
json_t *split_counts(const SplitItems *items);

/* Appends a sentence in printf's manner. */
void split_warn(json_t *warnings, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
