#include "clips/tags.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

enum { MAX_TAGS = 64 };

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names (n), sorted, each once, as "a;b". */
static char *join(const char **names, size_t n) {
    size_t length = 1;
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++)
        length += strlen(names[i]) + 1;
    char *text = calloc(1, length);
    for (size_t i = 0; text && i < n; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
            strcat(strcat(text, *text ? ";" : ""), names[i]);
    return text;
}

/* Cuts `text` at any of `separators`; blanks around words are left out. Returns how many. */
static size_t cut(char *text, const char *separators, const char **words) {
    size_t n = 0;
    for (char *word; n < MAX_TAGS && (word = strsep(&text, separators));) {
        word += strspn(word, " ");
        for (size_t end = strlen(word); end > 0 && word[end - 1] == ' ';)
            word[--end] = '\0';
        if (*word)
            words[n++] = word;
    }
    return n;
}

/* In place: lower case, and one "-" for what labels may not have. */
static void clean(char *word) {
    const char *start = word;
    char *to = word;
    for (; *word; word++) {
        const unsigned char c = (unsigned char)*word;
        if (c < 128 && (isalnum(c) || c == '_' || c == '-'))
            *to++ = (char)tolower(c);
        else if (to == start || to[-1] != '-')
            *to++ = '-';
    }
    *to = '\0';
}

char *tags_normalise(const char *tags) {
    const char *words[MAX_TAGS];
    char *copy = strdup(tags);
    const size_t n = copy ? cut(copy, ";|", words) : 0;
    for (size_t i = 0; i < n; i++)
        clean((char *)words[i]);
    char *text = copy ? join(words, n) : NULL;
    free(copy);
    return text;
}

/* The entry's genre made of those of its labels, merged, that `wanted` (NULL: all) has; counted in
 * `counts` unless that is NULL. */
static GenreStatus renew(Cache *cache, CacheEntry *entry, const json_t *merge, const json_t *wanted,
                         json_t *counts, GenreError *error) {
    const char *words[MAX_TAGS];
    char *copy = strdup(entry->genre);
    size_t n = copy ? cut(copy, ";", words) : 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *to = json_object_get(merge, words[i]);
        const char *word = to ? json_string_value(to) : words[i];
        if (!wanted || split_names_have(wanted, word))
            words[kept++] = word;
    }
    char *text = copy ? join(words, kept) : NULL;
    json_t *string = text ? json_string(text) : NULL;
    if (!string) {
        free(copy);
        free(text);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    json_array_append_new(cache->names, string);
    entry->genre = json_string_value(string);
    n = counts ? cut(text, ";", words) : 0;
    for (size_t i = 0; i < n; i++) {
        const json_int_t before = json_integer_value(json_object_get(counts, words[i]));
        json_object_set_new(counts, words[i], json_integer(before + 1));
    }
    free(text);
    free(copy);
    return GENRE_SUCCESS;
}

static bool same_song(const Cache *cache, size_t i) {
    return i > 0 && strcmp(cache->entries[i].song, cache->entries[i - 1].song) == 0;
}

/* The labels that are left: the plan's in its order, or all in alphabetical order. */
static GenreStatus choose(const SplitPlan *plan, const json_t *counts, json_t **labels,
                          GenreError *error) {
    const char *name;
    json_t *count;
    const json_t *value;
    size_t i, n = 0;
    const char **names = calloc(json_object_size(counts) + 1, sizeof *names);
    *labels = json_array();
    if (!names)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    json_object_foreach((json_t *)counts, name, count) {
        if (json_integer_value(count) >= plan->min_clips)
            names[n++] = name;
    }
    qsort(names, n, sizeof *names, by_name);
    for (i = 0; i < n && !plan->labels; i++)
        json_array_append_new(*labels, json_string(names[i]));
    free(names);
    json_array_foreach(plan->labels, i, value) {
        const json_t *found = json_object_get(counts, json_string_value(value));
        if (!found)
            return genre_fail(error, GENRE_ERR_FORMAT, "\"labels\": there is no clip of \"%.40s\"",
                              json_string_value(value));
        if (json_integer_value(found) >= plan->min_clips)
            json_array_append_new(*labels, json_string(json_string_value(value)));
    }
    const size_t n_labels = json_array_size(*labels);
    return n_labels >= 1 && n_labels <= GENRE_MAX_LABELS
               ? GENRE_SUCCESS
               : genre_fail(error, GENRE_ERR_FORMAT,
                            "%zu labels are left of the clips' tags, where a model has 1 to %d: "
                            "\"labels\" and \"min_clips\" choose",
                            n_labels, GENRE_MAX_LABELS);
}

GenreStatus tags_choose(Cache *cache, SplitPlan *plan, json_t **labels, GenreError *error) {
    json_t *counts = json_object();
    GenreStatus status = GENRE_SUCCESS;
    size_t n = 0;
    *labels = NULL;
    json_array_append(cache->names, plan->json); /* merged genres point into it */
    for (size_t i = 0; i < cache->n && !status; i++)
        status = renew(cache, &cache->entries[i], plan->merge, NULL,
                       same_song(cache, i) ? NULL : counts, error);
    if (!status)
        status = choose(plan, counts, labels, error);
    for (size_t i = 0; i < cache->n && !status; i++)
        status = renew(cache, &cache->entries[i], NULL, *labels, NULL, error);
    for (size_t i = 0; i < cache->n; i++)
        if (*cache->entries[i].genre)
            cache->entries[n++] = cache->entries[i];
    cache->n = n;
    plan->merge = plan->labels = NULL;
    plan->min_clips = 0;
    json_decref(counts);
    if (!status && n == 0)
        status = genre_fail(error, GENRE_ERR_FORMAT, "no clip is left to train on");
    return status;
}
