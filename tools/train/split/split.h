/* Which clips a model is trained on, which decide when to stop, and which it is tested on; and
 * before that, which genres there are and how clips are cut into segments.
 *
 * A song is a clip as it was given; where songs are cut, each of its segments is an entry of its
 * own. The split depends on the plan, the clips' names and their genres alone, not on their order
 * or on what is trained.
 */
#ifndef GENRE_TRAIN_SPLIT_H
#define GENRE_TRAIN_SPLIT_H

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "clips/cache.h"
#include "genrecast.h"

/* What must not be on two sides: nothing (the manifest says where each clip belongs), a segment, a
 * song, all songs of an artist, or what list files say; or whole datasets are held out in turn. */
typedef enum {
    SPLIT_GIVEN,
    SPLIT_SEGMENT,
    SPLIT_SONG,
    SPLIT_ARTIST,
    SPLIT_LISTS,
    SPLIT_DATASET,
    SPLIT_N_KINDS
} SplitBy;

enum { SPLIT_TRAIN, SPLIT_VALID, SPLIT_TEST, SPLIT_N_PARTS, SPLIT_MAX_FOLDS = 100 };
extern const char *const split_parts[SPLIT_N_PARTS]; /* "train", "valid", "test" */

/* A recipe's "data" object; strings and objects are borrowed from `json`. */
typedef struct {
    json_t *json; /* all of it, options included */
    int n_kinds;
    SplitBy kinds[SPLIT_N_KINDS]; /* (n_kinds) all that "by" names, to split in one way after the
                                     other */
    SplitBy by;                   /* the one that counts: at first the first of them */
    double shares[SPLIT_N_PARTS]; /* summing to 1; without folds */
    int folds;                    /* 0: none */
    int fold;                     /* the only one wanted, 1 to folds; 0: each in its turn */
    int seed;
    const char *lists;      /* folder of list files */
    const json_t *held_out; /* list of lists: the datasets that fold k tests on; or NULL */
    double segment_s;       /* length of a segment; 0: not given */
    double overlap;         /* share of a segment that the next one has too */
    int segments;           /* equal parts to cut a song into; 0: not given */
    const json_t *labels;   /* list: only these genres, in this order; NULL: all */
    const json_t *merge;    /* object: genre to the genre that it becomes part of; or NULL */
    const json_t *datasets; /* list: only these; NULL: all */
    int min_clips;          /* genres with fewer are left out */
} SplitPlan;

/* Reads `data`, a recipe's "data" object, with the members of `options` in place of its own (both
 * may be NULL). split_plan_clear() it. */
GenreStatus split_plan_read(SplitPlan *plan, const json_t *data, const json_t *options,
                            GenreError *error);
void split_plan_clear(SplitPlan *plan);

/* Whether what the plan says goes together, once `by` was set to another kind. */
GenreStatus split_plan_check(const SplitPlan *plan, GenreError *error);

const char *split_by_name(SplitBy by);

/* Whether chance has a say, and so shares and a seed. */
bool split_is_random(SplitBy by);

/* The kind called `name`, of n letters; SPLIT_N_KINDS where there is none. */
SplitBy split_by_find(const char *name, size_t n);

/* The command line's options that say the same: entries for getopt_long with values from
 * SPLIT_OPTION_FIRST on, and their help. */
enum { SPLIT_OPTION_FIRST = 1024 };
#define SPLIT_OPTIONS                                                                              \
    {"split-by", required_argument, NULL, SPLIT_OPTION_FIRST},                                     \
        {"shares", required_argument, NULL, SPLIT_OPTION_FIRST + 1},                               \
        {"folds", required_argument, NULL, SPLIT_OPTION_FIRST + 2},                                \
        {"fold", required_argument, NULL, SPLIT_OPTION_FIRST + 3},                                 \
        {"split-seed", required_argument, NULL, SPLIT_OPTION_FIRST + 4},                           \
        {"lists", required_argument, NULL, SPLIT_OPTION_FIRST + 5},                                \
        {"segment", required_argument, NULL, SPLIT_OPTION_FIRST + 6},                              \
        {"overlap", required_argument, NULL, SPLIT_OPTION_FIRST + 7},                              \
        {"segments", required_argument, NULL, SPLIT_OPTION_FIRST + 8},                             \
        {"min-clips", required_argument, NULL, SPLIT_OPTION_FIRST + 9},                            \
        {"dataset", required_argument, NULL, SPLIT_OPTION_FIRST + 10},                             \
        {"held-out", required_argument, NULL, SPLIT_OPTION_FIRST + 11}, {                          \
        "genres", required_argument, NULL, SPLIT_OPTION_FIRST + 12                                 \
    }
extern const char split_options_help[];

/* Takes one of these options into `options`, an object for split_plan_read. False after having
 * complained. */
bool split_option(json_t *options, int option, const char *value);

/* Chooses and merges the cache's genres, cuts its entries into segments (nothing is copied) and
 * sets the `split` of each: "train", "valid", "test" or "" where it is in none; the manifest's own
 * names where the plan is to take the split as given. Open clips
 * are for training where no clip of their artist is validated or tested on, nor their dataset, and
 * lists, which do not name them, do not divide them. `fold` is 1 to the plan's folds, 0 where it
 * has none. A cache is split once; open it anew to split it otherwise.
 *
 * *description (json_decref it) says what came of it:
 *   {"by", "seed", "fold", "folds", "segment_s", "overlap",
 *    "counts": {"train": {"clips", "songs", "artists", "segments"}, ...},
 *    "classes": {"before": {genre: n}, "after": {genre: n}}, "warnings": [sentence, ...],
 *    "data": the plan as an object that split_plan_read takes, with the fold}
 * Counts of clips and songs are the same: a clip is a song. Warnings tell of songs and artists on
 * more than one side, of genres that a part lacks and of the like: what did happen, whatever the
 * kind of split. */
GenreStatus split_cache(Cache *cache, const SplitPlan *plan, int fold, json_t **description,
                        GenreError *error);

/* The labels to train after split_cache: the plan's that are left, or all genres of the cache in
 * alphabetical order. A new reference. */
json_t *split_labels(const Cache *cache, const SplitPlan *plan);

/* Whether a list of strings, such as the plan's, has `name`. */
bool split_names_have(const json_t *list, const char *name);

/* Says all warnings of a description on standard error. */
void split_complain(const json_t *description);

/* A description in words: what was split by, how clips were cut, what each part holds, and the
 * warnings. */
void split_print(const json_t *description, FILE *out);

#endif
