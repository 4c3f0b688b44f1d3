/* Splits at random by segments, songs or artists: stratified, that is each genre by itself. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hash.h"
#include "rng.h"
#include "split/items.h"
#include "status.h"

/* What goes to one side as a whole. */
typedef struct {
    const char *name;
    const char *genre; /* that most of its items have */
    size_t n;          /* items */
    int magnitude;     /* log2 n */
    uint32_t order;    /* random */
    int part;          /* or fold */
} Unit;

static const char *unit_name(const SplitItem *item, SplitBy by) {
    return by == SPLIT_SEGMENT ? item->entries->id : by == SPLIT_SONG ? item->song : item->artist;
}

/* An item under the name of its unit. */
typedef struct {
    const char *name;
    SplitItem *item;
} Named;

/* Names are told apart without regard to case; the rest makes the order a fixed one. */
static int by_name(const void *a, const void *b) {
    const Named *x = a, *y = b;
    const int names = strcasecmp(x->name, y->name);
    const int genres = strcmp(x->item->genre, y->item->genre);
    return names ? names : genres ? genres : strcmp(x->name, y->name);
}

/* The commonest genre of `named` (n), sorted by genre; the first in the alphabet of equals. */
static const char *main_genre(const Named *named, size_t n) {
    const char *best = named->item->genre;
    size_t most = 0;
    for (size_t i = 0, run = 0; i < n; i++) {
        const bool same = i > 0 && strcmp(named[i].item->genre, named[i - 1].item->genre) == 0;
        run = same ? run + 1 : 1;
        if (run > most) {
            most = run;
            best = named[i].item->genre;
        }
    }
    return best;
}

/* By genre; of one genre the large ones first, as the small ones even out what they leave; those of
 * about the same size (within a factor of two) at random. */
static int by_turn(const void *a, const void *b) {
    const Unit *x = a, *y = b;
    const int genres = strcmp(x->genre, y->genre);
    if (genres)
        return genres;
    if (x->magnitude != y->magnitude)
        return y->magnitude - x->magnitude;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Shares out the n units of a genre: each goes where the most is lacking (of this genre, or where
 * that is equal of all genres before), but that no part is left empty as long as there are units.
 */
static void share_out(Unit *units, size_t n, const double *shares, int n_parts, double *overall) {
    static const double tiny = 1e-9;
    double lacking[SPLIT_MAX_FOLDS], total = 0;
    bool empty[SPLIT_MAX_FOLDS];
    size_t n_empty = 0;
    for (size_t i = 0; i < n; i++)
        total += (double)units[i].n;
    for (int k = 0; k < n_parts; k++) {
        lacking[k] = total * shares[k];
        overall[k] += lacking[k];
        empty[k] = shares[k] > 0;
        n_empty += empty[k];
    }
    for (size_t i = 0; i < n; i++) {
        const bool fill = n - i <= n_empty;
        int best = -1;
        for (int k = 0; k < n_parts; k++)
            if (shares[k] > 0 && (!fill || empty[k]) &&
                (best < 0 || lacking[k] > lacking[best] + tiny ||
                 (lacking[k] > lacking[best] - tiny && overall[k] > overall[best] + tiny)))
                best = k;
        units[i].part = best;
        lacking[best] -= (double)units[i].n;
        overall[best] -= (double)units[i].n;
        n_empty -= empty[best];
        empty[best] = false;
    }
}

int split_part_of_fold(int of_unit, const SplitPlan *plan, int fold) {
    const int ahead = (of_unit - (fold - 1) + plan->folds) % plan->folds;
    return ahead == 0 ? SPLIT_TEST : ahead == 1 ? SPLIT_VALID : SPLIT_TRAIN;
}

/* Finds the units in items that are sorted by name: returns how many, and where each begins. */
static size_t find_units(const Named *named, size_t n, const SplitPlan *plan, Unit *units,
                         size_t *begins) {
    size_t n_units = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && strcasecmp(named[end].name, named[i].name) == 0;)
            end++;
        GenreRng rng = genre_rng((uint64_t)plan->seed, genre_hash(GENRE_HASH_EMPTY, named[i].name,
                                                                  strlen(named[i].name)));
        Unit *unit = &units[n_units];
        *unit = (Unit){.name = named[i].name,
                       .genre = main_genre(named + i, end - i),
                       .n = end - i,
                       .order = genre_rng_u32(&rng)};
        for (size_t size = unit->n; size > 1; size /= 2)
            unit->magnitude++;
        begins[n_units++] = i;
    }
    begins[n_units] = n;
    return n_units;
}

static int by_unit_name(const void *a, const void *b) {
    return strcasecmp(((const Unit *)a)->name, ((const Unit *)b)->name);
}

GenreStatus split_assign(SplitItems *items, const SplitPlan *plan, int fold, GenreError *error) {
    Named *named = calloc(items->n + 1, sizeof *named);
    Unit *units = calloc(items->n + 1, sizeof *units);
    size_t *begins = calloc(items->n + 1, sizeof *begins);
    double shares[SPLIT_MAX_FOLDS], overall[SPLIT_MAX_FOLDS] = {0};
    const int n_parts = plan->folds ? plan->folds : SPLIT_N_PARTS;
    GenreStatus status = GENRE_SUCCESS;
    for (int k = 0; k < n_parts; k++)
        shares[k] = plan->folds ? 1.0 / plan->folds : plan->shares[k];
    if (!named || !units || !begins) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    } else {
        for (size_t i = 0; i < items->n; i++)
            named[i] = (Named){unit_name(&items->items[i], plan->by), &items->items[i]};
        qsort(named, items->n, sizeof *named, by_name);
        const size_t n_units = find_units(named, items->n, plan, units, begins);
        qsort(units, n_units, sizeof *units, by_turn);
        for (size_t i = 0, end; i < n_units; i = end) {
            for (end = i + 1; end < n_units && strcmp(units[end].genre, units[i].genre) == 0;)
                end++;
            share_out(units + i, end - i, shares, n_parts, overall);
        }
        qsort(units, n_units, sizeof *units, by_unit_name);
        for (size_t u = 0; u < n_units; u++)
            for (size_t i = begins[u]; i < begins[u + 1]; i++)
                named[i].item->part =
                    plan->folds ? split_part_of_fold(units[u].part, plan, fold) : units[u].part;
    }
    free(begins);
    free(units);
    free(named);
    return status;
}
