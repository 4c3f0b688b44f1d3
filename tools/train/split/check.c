/* What is wrong with a split, told from how it came out. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "split/items.h"
#include "status.h"

void split_warn(json_t *warnings, const char *format, ...) {
    GenreError sentence;
    char text[sizeof sentence.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    genre_fail(&sentence, GENRE_ERR_FORMAT, "%s", text); /* replaces control characters */
    json_array_append_new(warnings, json_string(sentence.text));
}

/* Something that items have in common: a song, an artist or a genre. */
typedef struct {
    const char *name;
    const char *song; /* of one of the items */
    bool of_several_songs;
    bool in[SPLIT_N_PARTS];
} Group;

typedef struct {
    const char *name;
    const SplitItem *item;
} Named;

static int by_name(const void *a, const void *b) {
    const Named *x = a, *y = b;
    const int names = strcmp(x->name, y->name);
    return names ? names : strcmp(x->item->song, y->item->song);
}

/* Artists are spelt with more freedom than files. */
static int by_name_without_case(const void *a, const void *b) {
    const Named *x = a, *y = b;
    const int names = strcasecmp(x->name, y->name);
    return names ? names : strcmp(x->item->song, y->item->song);
}

static const char *song_of(const SplitItem *item) {
    return item->song;
}
static const char *artist_of(const SplitItem *item) {
    return item->artist;
}
static const char *genre_of(const SplitItem *item) {
    return item->genre;
}

/* The groups by what `name_of` says, sorted; returns how many, -1 without memory. free() them. */
static long find_groups(const SplitItems *items, const char *(*name_of)(const SplitItem *item),
                        Group **groups) {
    const bool no_case = name_of == artist_of;
    Named *named = calloc(items->n + 1, sizeof *named);
    long n = 0;
    *groups = calloc(items->n + 1, sizeof **groups);
    if (!named || !*groups) {
        free(named);
        return -1;
    }
    for (size_t i = 0; i < items->n; i++)
        named[i] = (Named){name_of(&items->items[i]), &items->items[i]};
    qsort(named, items->n, sizeof *named, no_case ? by_name_without_case : by_name);
    for (size_t i = 0; i < items->n; i++) {
        const SplitItem *item = named[i].item;
        if (i == 0 || (no_case ? strcasecmp : strcmp)(named[i].name, named[i - 1].name) != 0)
            (*groups)[n++] = (Group){.name = named[i].name, .song = item->song};
        Group *group = &(*groups)[n - 1];
        group->of_several_songs |= strcmp(group->song, item->song) != 0;
        if (item->part < SPLIT_N_PARTS)
            group->in[item->part] = true;
    }
    free(named);
    return n;
}

/* One warning about groups that are on several sides. */
static void warn_of_leaks(const Group *groups, long n, const char *what, bool several_songs,
                          json_t *warnings) {
    static const int pairs[][2] = {
        {SPLIT_TRAIN, SPLIT_TEST}, {SPLIT_TRAIN, SPLIT_VALID}, {SPLIT_VALID, SPLIT_TEST}};
    char sides[160] = "";
    const char *example = NULL;
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        long n_both = 0;
        for (long i = 0; i < n; i++) {
            const Group *group = &groups[i];
            if (!group->in[pairs[p][0]] || !group->in[pairs[p][1]] ||
                (several_songs && !group->of_several_songs))
                continue;
            n_both++;
            example = example ? example : group->name;
        }
        if (n_both > 0)
            snprintf(sides + strlen(sides), sizeof sides - strlen(sides), "%s%ld in both %s and %s",
                     *sides ? ", " : "", n_both, split_parts[pairs[p][0]],
                     split_parts[pairs[p][1]]);
    }
    if (example)
        split_warn(warnings,
                   "%s are on more than one side (%s; such as \"%s\"): the figures are better than "
                   "on music that is new to the model",
                   what, sides, example);
}

/* Whether the part has the genre, of n letters, by itself or among several ("a;b"). */
static bool is_in_part(const Group *genres, long n_genres, int part, const char *genre, size_t n) {
    for (long i = 0; i < n_genres; i++) {
        const char *name = genres[i].name;
        for (size_t k; genres[i].in[part] && *name; name += k + (name[k] == ';')) {
            k = strcspn(name, ";");
            if (k == n && memcmp(name, genre, n) == 0)
                return true;
        }
    }
    return false;
}

/* Adds the genre, of n letters, in quotes to a list in `names`, unless it stands there. */
static void add_name(char *names, size_t size, const char *genre, size_t n) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%.*s\"", (int)n, genre);
    const size_t length = strlen(names);
    if (strstr(names, quoted) || strstr(names, " ..."))
        return;
    const bool fits = length + strlen(quoted) + strlen(", , ...") < size;
    snprintf(names + length, size - length, "%s%s", length ? ", " : "", fits ? quoted : "...");
}

/* Genres that a part lacks, where it is not empty altogether. without_parts: genres may be in no
 * part at all. by_tags: a model does with a label that it is not taught, as it has others for the
 * same clips. */
static GenreStatus check_genres(const Group *genres, long n, bool without_parts, bool by_tags,
                                json_t *warnings, GenreError *error) {
    for (int part = SPLIT_N_PARTS - 1; part >= 0; part--) {
        char names[160] = "";
        long n_there = 0;
        for (long i = 0; i < n; i++) {
            const char *name = genres[i].name;
            bool anywhere = false;
            for (int k = 0; k < SPLIT_N_PARTS; k++)
                anywhere |= genres[i].in[k];
            if (!anywhere && without_parts)
                continue;
            n_there += genres[i].in[part];
            for (size_t k; *name; name += k + (name[k] == ';')) {
                k = strcspn(name, ";");
                if (!is_in_part(genres, n, part, name, k))
                    add_name(names, sizeof names, name, k);
            }
        }
        if (n_there == 0 || !*names)
            continue;
        if (part == SPLIT_TRAIN && by_tags)
            split_warn(warnings, "no clip of %s is left to train on: it will not be heard", names);
        else if (part == SPLIT_TRAIN)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "no clip of %s is left to train on; \"min_clips\" leaves out genres "
                              "with too few clips",
                              names);
        else
            split_warn(warnings, "no clip of %s is in %s: the figures there leave it out", names,
                       split_parts[part]);
    }
    return GENRE_SUCCESS;
}

static void check_artists(const SplitItems *items, const SplitPlan *plan, json_t *warnings) {
    size_t n_songs = 0, n_unknown = 0;
    for (size_t i = 0; i < items->n; i++) {
        const SplitItem *item = &items->items[i];
        if (i > 0 && strcmp(item->song, items->items[i - 1].song) == 0)
            continue;
        n_songs++;
        n_unknown += item->artist == item->song;
    }
    if (plan->by == SPLIT_ARTIST && n_unknown > 0)
        split_warn(warnings,
                   "the artists of %zu of %zu clips are not known: each counts as an artist of "
                   "its own",
                   n_unknown, n_songs);
}

GenreStatus split_check(const SplitItems *items, const SplitPlan *plan, json_t *warnings,
                        GenreError *error) {
    Group *songs = NULL, *artists = NULL, *genres = NULL;
    const long n_songs = find_groups(items, song_of, &songs);
    const long n_artists = find_groups(items, artist_of, &artists);
    const long n_genres = find_groups(items, genre_of, &genres);
    GenreStatus status = n_songs < 0 || n_artists < 0 || n_genres < 0
                             ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory")
                             : GENRE_SUCCESS;
    if (!status) {
        warn_of_leaks(songs, n_songs, "segments of one song", false, warnings);
        warn_of_leaks(artists, n_artists, "songs of one artist", true, warnings);
        check_artists(items, plan, warnings);
        status = check_genres(genres, n_genres, plan->by == SPLIT_DATASET, items->by_tags, warnings,
                              error);
    }
    free(songs);
    free(artists);
    free(genres);
    return status;
}

json_t *split_counts(const SplitItems *items) {
    json_t *counts = json_object();
    Group *songs = NULL, *artists = NULL;
    const long n_songs = find_groups(items, song_of, &songs);
    const long n_artists = find_groups(items, artist_of, &artists);
    for (int part = 0; part < SPLIT_N_PARTS; part++) {
        json_int_t in[3] = {0};
        for (long i = 0; i < n_songs; i++)
            in[0] += songs[i].in[part];
        for (long i = 0; i < n_artists; i++)
            in[1] += artists[i].in[part];
        for (size_t i = 0; i < items->n; i++)
            in[2] += items->items[i].part == part;
        if (in[2] > 0)
            json_object_set_new(counts, split_parts[part],
                                json_pack("{sIsIsIsI}", "clips", in[0], "songs", in[0], "artists",
                                          in[1], "segments", in[2]));
    }
    free(songs);
    free(artists);
    return counts;
}
