#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clips/frames.h"
#include "split/items.h"
#include "status.h"

/* A last segment that lacks up to this share of its length is moved forward to fit: a clip of 30 s
 * has a few frames less than 30 s, and is still ten segments of 3 s. */
static const double slack = 0.1;

/* How long a segment is and how far the next one lies, in frames and shares of them; `length` 0:
 * equal parts. */
typedef struct {
    double length, step;
    int n_parts;
} Cut;

static int n_segments(const Cut *cut, int n_frames) {
    if (cut->length <= 0)
        return cut->n_parts < n_frames ? cut->n_parts : n_frames;
    const double more = (n_frames - cut->length + slack * cut->length) / cut->step;
    return more > 0 ? (int)more + 1 : 1;
}

/* The same of an entry of the clip whose first entry is `clip`. A variant of it at another tempo is
 * cut in the same places of the music, so that both are on one side. */
static int n_segments_of(const Cut *cut, const CacheEntry *clip, const CacheEntry *entry) {
    return n_segments(cut, entry->variant ? clip->n_frames : entry->n_frames);
}

/* Makes an entry its segment k of n. */
static void cut_entry(CacheEntry *entry, const Cut *cut, const CacheEntry *clip, int n_bands, int k,
                      int n) {
    const double longer = entry->variant ? (double)entry->n_frames / clip->n_frames : 1;
    int first, length;
    if (cut->length <= 0) {
        length = entry->n_frames > n ? entry->n_frames / n : 1; /* a variant may have less */
        first = (int)((long long)entry->n_frames * k / n);
    } else {
        length = (int)fmax(cut->length * longer, 1);
        length = length < entry->n_frames ? length : entry->n_frames;
        first = (int)lround(k * cut->step * longer);
        first = first < entry->n_frames - length ? first : entry->n_frames - length;
    }
    entry->frames += (size_t)first * n_bands;
    entry->n_frames = length;
}

/* Adds the segments of a clip, whose entries are from `clip` up to `end`. A segment's entries stand
 * next to each other, as those of a clip do. Returns how many there are now. */
static size_t cut_clip(Cache *cache, const Cut *cut, const CacheEntry *clip, const CacheEntry *end,
                       CacheEntry *segments, size_t n) {
    int most = 0;
    for (const CacheEntry *entry = clip; entry < end; entry++) {
        const int here = n_segments_of(cut, clip, entry);
        most = here > most ? here : most;
    }
    for (int k = 0; k < most; k++) {
        json_t *id = json_sprintf("%s#%d", clip->song, k + 1);
        json_array_append_new(cache->names, id);
        for (const CacheEntry *entry = clip; entry < end; entry++) {
            const int here = n_segments_of(cut, clip, entry);
            if (k >= here)
                continue;
            segments[n] = *entry;
            segments[n].id = json_string_value(id);
            cut_entry(&segments[n++], cut, clip, cache->n_bands, k, here);
        }
    }
    return n;
}

/* Behind the last entry of the clip that begins at `clip`. */
static const CacheEntry *end_of(const Cache *cache, const CacheEntry *clip) {
    const CacheEntry *end = clip + 1;
    while (end < cache->entries + cache->n && strcmp(end->song, clip->song) == 0)
        end++;
    return end;
}

GenreStatus split_cut(Cache *cache, const SplitPlan *plan, json_t *warnings, GenreError *error) {
    const double period_s = frames_times(cache->feature).period_s;
    const Cut cut = {.length = plan->segment_s / period_s,
                     .step = fmax(plan->segment_s * (1 - plan->overlap) / period_s, 1),
                     .n_parts = plan->segments};
    const CacheEntry *const behind = cache->entries + cache->n;
    size_t n = 0, n_short = 0;
    const char *a_short = NULL;
    for (const CacheEntry *clip = cache->entries, *end; clip < behind; clip = end) {
        end = end_of(cache, clip);
        for (const CacheEntry *entry = clip; entry < end; entry++)
            n += (size_t)n_segments_of(&cut, clip, entry);
        if (cut.length > 0 && clip->n_frames < (1 - slack) * cut.length) {
            n_short++;
            a_short = clip->song;
        }
    }
    CacheEntry *segments = calloc(n + 1, sizeof *segments);
    if (!segments)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    n = 0;
    for (const CacheEntry *clip = cache->entries, *end; clip < behind; clip = end) {
        end = end_of(cache, clip);
        n = cut_clip(cache, &cut, clip, end, segments, n);
    }
    if (n_short > 0)
        split_warn(warnings, "%zu clips, such as \"%s\", are shorter than a segment and stay whole",
                   n_short, a_short);
    free(cache->entries);
    cache->entries = segments;
    cache->n = n;
    return GENRE_SUCCESS;
}
