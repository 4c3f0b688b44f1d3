#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "split/items.h"
#include "status.h"

bool split_names_have(const json_t *list, const char *name) {
    const json_t *value;
    size_t i;
    json_array_foreach(list, i, value) if (json_is_string(value) &&
                                           strcmp(json_string_value(value), name) == 0) return true;
    return false;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *split_count_genres(const Cache *cache) {
    json_t *found = json_object(), *counts = json_object();
    for (size_t i = 0; i < cache->n; i++) {
        if (i > 0 && strcmp(cache->entries[i].song, cache->entries[i - 1].song) == 0)
            continue;
        const char *genre = cache->entries[i].genre;
        for (size_t n; *genre; genre += n + (genre[n] == ';')) { /* several: "a;b" */
            n = strcspn(genre, ";");
            char *name = strndup(genre, n);
            const json_t *before = name ? json_object_get(found, name) : NULL;
            json_object_set_new(found, name, json_integer(json_integer_value(before) + 1));
            free(name);
        }
    }
    const size_t n = json_object_size(found);
    const char **genres = calloc(n + 1, sizeof *genres), *genre;
    json_t *count;
    size_t k = 0;
    json_object_foreach(found, genre, count) if (genres) genres[k++] = genre;
    if (genres)
        qsort(genres, n, sizeof *genres, by_name);
    for (k = 0; genres && k < n; k++)
        json_object_set(counts, genres[k], json_object_get(found, genres[k]));
    free(genres);
    json_decref(found);
    return counts;
}

/* Leaves the entries for which `keep` holds. */
static void filter(Cache *cache, bool (*keep)(const CacheEntry *entry, const json_t *chosen),
                   const json_t *chosen) {
    size_t n = 0;
    for (size_t i = 0; i < cache->n; i++)
        if (keep(&cache->entries[i], chosen))
            cache->entries[n++] = cache->entries[i];
    cache->n = n;
}

static bool dataset_is_in(const CacheEntry *entry, const json_t *datasets) {
    return split_names_have(datasets, entry->dataset);
}

static bool genre_is_in(const CacheEntry *entry, const json_t *genres) {
    return split_names_have(genres, entry->genre);
}

static bool genre_is_key(const CacheEntry *entry, const json_t *genres) {
    return json_object_get(genres, entry->genre) != NULL;
}

/* The keys of an object as "a, b, c". */
static void list_keys(const json_t *object, char *text, size_t size) {
    const char *key;
    json_t *value;
    size_t n = 0;
    *text = '\0';
    json_object_foreach((json_t *)object, key, value) {
        if (n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n ? ", " : "", key);
    }
}

static void merge(Cache *cache, const SplitPlan *plan, json_t *warnings) {
    const char *from;
    json_t *to, *counts = split_count_genres(cache);
    json_object_foreach((json_t *)plan->merge, from, to) {
        if (!json_object_get(counts, from))
            split_warn(warnings, "there is no clip of \"%s\" to count as \"%s\"", from,
                       json_string_value(to));
    }
    json_decref(counts);
    for (size_t i = 0; i < cache->n; i++) {
        CacheEntry *entry = &cache->entries[i];
        to = json_object_get(plan->merge, entry->genre);
        if (to)
            entry->genre = json_string_value(to);
    }
}

/* A label that was asked for and is not there is a mistake, not a class. */
static GenreStatus choose_labels(Cache *cache, const SplitPlan *plan, GenreError *error) {
    char all[160];
    const json_t *value;
    size_t i;
    GenreStatus status = GENRE_SUCCESS;
    json_t *counts = split_count_genres(cache);
    list_keys(counts, all, sizeof all);
    json_array_foreach(plan->labels, i, value) {
        const char *label = json_string_value(value);
        if (!status && !json_object_get(counts, label))
            status =
                genre_fail(error, GENRE_ERR_FORMAT,
                           "\"labels\": there is no clip of \"%.40s\" (but of %s)", label, all);
    }
    json_decref(counts);
    if (!status)
        filter(cache, genre_is_in, plan->labels);
    return status;
}

static void drop_small(Cache *cache, int min_clips, json_t *warnings) {
    const char *genre;
    json_t *count;
    void *next;
    json_t *counts = split_count_genres(cache);
    json_object_foreach_safe(counts, next, genre, count) {
        const long long n = json_integer_value(count);
        if (n < min_clips) {
            split_warn(warnings, "\"%s\" is left out: %lld clips, fewer than the %d asked for",
                       genre, n, min_clips);
            json_object_del(counts, genre);
        }
    }
    filter(cache, genre_is_key, counts);
    json_decref(counts);
}

GenreStatus split_choose_genres(Cache *cache, const SplitPlan *plan, json_t *warnings,
                                GenreError *error) {
    const json_t *value;
    size_t i;
    if (plan->datasets) {
        json_array_foreach(plan->datasets, i, value) {
            bool found = false;
            for (size_t k = 0; k < cache->n && !found; k++)
                found = strcmp(cache->entries[k].dataset, json_string_value(value)) == 0;
            if (!found)
                return genre_fail(error, GENRE_ERR_BAD_ARG,
                                  "there is no clip of the dataset \"%s\"",
                                  json_string_value(value));
        }
        filter(cache, dataset_is_in, plan->datasets);
    }
    if (plan->merge)
        merge(cache, plan, warnings);
    if (plan->labels) {
        const GenreStatus status = choose_labels(cache, plan, error);
        if (status)
            return status;
    }
    if (plan->min_clips > 0)
        drop_small(cache, plan->min_clips, warnings);
    return cache->n ? GENRE_SUCCESS
                    : genre_fail(error, GENRE_ERR_FORMAT, "no clip is left to train on");
}

json_t *split_labels(const Cache *cache, const SplitPlan *plan) {
    json_t *counts = split_count_genres(cache), *labels = json_array(), *value;
    const char *genre;
    size_t i;
    if (plan->labels) {
        json_array_foreach(plan->labels, i, value) {
            if (json_object_get(counts, json_string_value(value)))
                json_array_append(labels, value);
        }
    } else {
        json_object_foreach(counts, genre, value) json_array_append_new(labels, json_string(genre));
    }
    json_decref(counts);
    return labels;
}
