#include "run/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/hear.h"
#include "learn/ranks.h"
#include "model/model.h"
#include "status.h"

/* The name, of n letters, in a list of labels; -1: it is not there. */
static int find_label(const json_t *labels, const char *name, size_t n) {
    const json_t *label;
    size_t i;
    json_array_foreach(labels, i, label) {
        if (json_string_length(label) == n && strncmp(json_string_value(label), name, n) == 0)
            return (int)i;
    }
    return -1;
}

static uint64_t bit(int index) {
    return index >= 0 ? (uint64_t)1 << index : 0;
}

uint64_t open_labels(const char *tags, const json_t *meaning, const json_t *labels) {
    uint64_t open = 0;
    for (size_t n; *tags; tags += n + (tags[n] == ';')) {
        n = strcspn(tags, ";");
        char *tag = strndup(tags, n);
        const json_t *listed = tag ? json_object_get(meaning, tag) : NULL, *label;
        size_t i;
        json_array_foreach(listed, i, label) {
            open |= bit(find_label(labels, json_string_value(label), json_string_length(label)));
        }
        if (!listed)
            open |= bit(find_label(labels, tags, n));
        free(tag);
    }
    return open;
}

int open_choose(uint64_t open, const float *scores, double share, double mass) {
    double sum = 0;
    int best = -1;
    for (int i = 0; i < GENRE_MAX_LABELS; i++) {
        if (!(open >> i & 1))
            continue;
        sum += scores[i];
        best = best < 0 || scores[i] > scores[best] ? i : best;
    }
    return best >= 0 && sum > 0 && sum >= mass && scores[best] >= share * sum ? best : -1;
}

/* What the workers share. */
typedef struct {
    const Job *job;
    const GenreModel *teacher;
    int *genre; /* (n_open) one of the job's labels, or: */
} Search;

enum { NONE = -1, NOT_OURS = -2 /* not to be trained on */, FAILED = -3 };

static bool is_of_clip_before(const Cache *cache, size_t i) {
    return i > 0 && strcmp(cache->open[i].id, cache->open[i - 1].id) == 0;
}

static bool is_trained_on(const Job *job, const CacheEntry *entry) {
    return strcmp(entry->split, job->train) == 0 ||
           (job->refit && strcmp(entry->split, job->valid) == 0);
}

/* Of the job's labels, what is not music is none to choose. */
static uint64_t choice(const Job *job, const CacheEntry *entry) {
    const char *not_music = job->recipe->not_music ? job->recipe->not_music : "";
    return open_labels(entry->tags, job->recipe->tags, job->labels) &
           ~bit(find_label(job->labels, not_music, strlen(not_music)));
}

bool open_any(const Job *job) {
    for (size_t i = 0; job->recipe->tags && i < job->cache->n_open; i++)
        if (is_trained_on(job, &job->cache->open[i]) && choice(job, &job->cache->open[i]))
            return true;
    return false;
}

static void choose(void *context, int i) {
    const Search *search = context;
    const Job *job = search->job;
    const GenreModel *teacher = search->teacher;
    const CacheEntry *entry = &job->cache->open[i];
    const uint64_t open = choice(job, entry);
    const EvaluateClip clip = {.label = -1, .frames = entry->frames, .n_frames = entry->n_frames};
    float scores[GENRE_MAX_LABELS] = {0}; /* of the job's labels */
    Heard heard;
    GenreError error;
    search->genre[i] = is_trained_on(job, entry) ? NONE : NOT_OURS;
    if (search->genre[i] == NOT_OURS || open == 0 || is_of_clip_before(job->cache, (size_t)i))
        return;
    if (hear(&heard, teacher, &clip, DEGRADE_NOT, &error)) {
        search->genre[i] = FAILED;
        return;
    }
    const GenreEstimate *last = &heard.at[EVALUATE_N_TIMES - 1]; /* or the clip's */
    for (int k = 0; k < teacher->n_labels && last->sequence > 0; k++) {
        const int index = find_label(job->labels, teacher->labels[k], strlen(teacher->labels[k]));
        if (index >= 0)
            scores[index] = last->scores[k];
    }
    search->genre[i] = open_choose(open, scores, job->recipe->tag_share, job->recipe->tag_mass);
}

static bool has_failed(const Search *search) {
    for (size_t i = 0; i < search->job->cache->n_open; i++)
        if (search->genre[i] == FAILED)
            return true;
    return false;
}

/* The clips of which genre[i] is a label, behind those that have a genre by themselves. */
static void take(OpenClips *clips, const Job *job, const int *genre) {
    Cache *cache = &clips->cache;
    const Cache *from = job->cache;
    json_t *counts = json_object();
    json_int_t n = 0, n_taken = 0;
    int index = NONE;
    memcpy(cache->entries, from->entries, from->n * sizeof *from->entries);
    for (size_t i = 0; i < from->n_open; i++) {
        const bool again = is_of_clip_before(from, i);
        index = again ? index : genre[i];
        n += !again && index != NOT_OURS;
        if (index < 0)
            continue;
        const char *name = json_string_value(json_array_get(job->labels, (size_t)index));
        CacheEntry *entry = &cache->entries[cache->n++];
        *entry = from->open[i];
        entry->genre = name;
        n_taken += !again;
        if (!again)
            json_object_set_new(
                counts, name, json_integer(json_integer_value(json_object_get(counts, name)) + 1));
    }
    clips->summary = json_pack("{sI sI so}", "clips", n, "taken", n_taken, "labels", counts);
}

void open_print(const json_t *summary, FILE *out) {
    const char *label, *before = ": ";
    const json_t *count;
    fprintf(out, "%d of %d open clips got a genre",
            (int)json_integer_value(json_object_get(summary, "taken")),
            (int)json_integer_value(json_object_get(summary, "clips")));
    json_object_foreach(json_object_get(summary, "labels"), label, count) {
        fprintf(out, "%s%s %d", before, label, (int)json_integer_value(count));
        before = ", ";
    }
    fputc('\n', out);
}

GenreStatus open_find(OpenClips *clips, const Job *job, const GenreModel *teacher,
                      GenreError *error) {
    const Cache *cache = job->cache;
    Search search = {job, teacher, calloc(cache->n_open + 1, sizeof *search.genre)};
    *clips = (OpenClips){.cache = *cache};
    clips->cache.entries = calloc(cache->n + cache->n_open + 1, sizeof *cache->entries);
    bool ok = search.genre && clips->cache.entries;
    if (ok && ranks_index() == 0) {
        pool_run_shown(job->pool, (int)cache->n_open, choose, &search, "choosing genres");
        ok = !has_failed(&search); /* which lack of memory alone makes it */
    }
    const GenreStatus status = ranks_agree(
        ok ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory"), error);
    if (!status) {
        ranks_share(search.genre, cache->n_open * sizeof *search.genre);
        take(clips, job, search.genre);
        open_print(clips->summary, stderr);
    }
    free(search.genre);
    return status;
}

void open_clear(OpenClips *clips) {
    free(clips->cache.entries);
    json_decref(clips->summary);
    *clips = (OpenClips){0};
}
