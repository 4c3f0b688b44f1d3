/* Several labels of one clip, for models whose labels are independent.
 *
 * They stand where a genre stands, as "a;b": in alphabetical order, each once, in the letters that
 * labels may have. */
#ifndef GENRE_TRAIN_TAGS_H
#define GENRE_TRAIN_TAGS_H

#include "clips/cache.h"
#include "split/split.h"

/* "Pop/Rock; Rap|rap" as "pop-rock;rap": what is no letter, digit, _ or - becomes "-". free() it;
 * NULL where memory is out. */
char *tags_normalise(const char *tags);

/* Does the plan's "merge", "labels" and "min_clips" for each of a clip's labels, leaves out clips
 * without any, and takes these out of `plan`, for split_cache to see to the rest. *labels (a new
 * reference) are those of the model. */
GenreStatus tags_choose(Cache *cache, SplitPlan *plan, json_t **labels, GenreError *error);

#endif
