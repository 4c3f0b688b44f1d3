/* Splits by text files that list the clips of each part, an id or path a line. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/safetensors.h"
#include "split/items.h"
#include "status.h"

enum { MAX_LIST = 64 << 20 };

/* A song under the name that lists may call it. */
typedef struct {
    const char *name;
    size_t n;          /* letters of the name that count */
    size_t first, end; /* of its items */
} Name;

typedef struct {
    size_t n;
    Name *full;  /* (n) by their ids */
    Name *files; /* (n) by the last part of the path or id, without .wav and the like */
} Names;

/* The part of a path that names the file, without its extension: one with a letter in it, as
 * GTZAN's "blues.00001" has none. */
static Name file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    Name name = {.name = slash ? slash + 1 : path};
    const char *dot = strrchr(name.name, '.');
    bool letter = false;
    for (const char *c = dot; c && *c; c++)
        letter |= isalpha((unsigned char)*c) != 0;
    name.n = dot && dot > name.name && letter ? (size_t)(dot - name.name) : strlen(name.name);
    return name;
}

static int compare(const void *a, const void *b) {
    const Name *x = a, *y = b;
    const int names = memcmp(x->name, y->name, x->n < y->n ? x->n : y->n);
    return names ? names : (x->n > y->n) - (x->n < y->n);
}

static GenreStatus names_find(Names *names, const SplitItems *items, GenreError *error) {
    *names = (Names){.full = calloc(items->n + 1, sizeof(Name)),
                     .files = calloc(items->n + 1, sizeof(Name))};
    if (!names->full || !names->files)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0, end; i < items->n; i = end) {
        const SplitItem *item = &items->items[i];
        for (end = i + 1; end < items->n && strcmp(items->items[end].song, item->song) == 0;)
            end++;
        const char *audio = item->entries->audio;
        Name file = file_name(*audio ? audio : item->song);
        file.first = i;
        file.end = end;
        names->files[names->n] = file;
        names->full[names->n++] = (Name){item->song, strlen(item->song), i, end};
    }
    qsort(names->full, names->n, sizeof(Name), compare);
    qsort(names->files, names->n, sizeof(Name), compare);
    return GENRE_SUCCESS;
}

static void names_clear(Names *names) {
    free(names->full);
    free(names->files);
}

/* The song that a line means, NULL where there is none; fails where it may be several. */
static GenreStatus find(const Names *names, const char *line, const Name **found,
                        GenreError *error) {
    const Name full = {.name = line, .n = strlen(line)}, file = file_name(line);
    *found = bsearch(&full, names->full, names->n, sizeof full, compare);
    if (*found)
        return GENRE_SUCCESS;
    *found = bsearch(&file, names->files, names->n, sizeof file, compare);
    if (*found && ((*found > names->files && compare(*found, *found - 1) == 0) ||
                   (*found + 1 < names->files + names->n && compare(*found, *found + 1) == 0)))
        return genre_fail(error, GENRE_ERR_FORMAT, "several clips are called \"%.*s\"", (int)file.n,
                          file.name);
    return GENRE_SUCCESS;
}

static GenreStatus take_line(const SplitItems *items, const Names *names, const char *line,
                             int part, size_t *n_unknown, GenreError *error) {
    const Name *name;
    const GenreStatus status = find(names, line, &name, error);
    if (status || !name) {
        *n_unknown += !name;
        return status;
    }
    for (size_t i = name->first; i < name->end; i++) {
        SplitItem *item = &items->items[i];
        if (item->part != SPLIT_N_PARTS)
            return genre_fail(error, GENRE_ERR_FORMAT, "\"%s\" is listed twice", item->song);
        item->part = part;
    }
    return GENRE_SUCCESS;
}

/* Reads one list. Lines of clips that are not there are counted: the data may be a part of what
 * was listed. */
static GenreStatus take_list(const SplitItems *items, const Names *names, const char *path,
                             int part, json_t *warnings, GenreError *error) {
    size_t size, n_lines = 0, n_unknown = 0;
    char *unknown = NULL, *after;
    GenreError inner;
    GenreStatus status = GENRE_SUCCESS;
    char *text = genre_read_file(path, MAX_LIST, &size, error);
    if (!text)
        return GENRE_ERR_OPEN;
    for (char *line = strtok_r(text, "\r\n", &after); line && !status;
         line = strtok_r(NULL, "\r\n", &after)) {
        const size_t before = n_unknown;
        n_lines++;
        status = take_line(items, names, line, part, &n_unknown, &inner);
        if (n_unknown > before)
            unknown = line;
    }
    if (status)
        genre_fail(error, status, "%s: %s", path, inner.text);
    else if (n_lines == n_unknown)
        status = genre_fail(error, GENRE_ERR_FORMAT, "%s: names none of the clips", path);
    else if (unknown)
        split_warn(warnings, "%s: %zu of %zu clips, such as \"%s\", are not there", path, n_unknown,
                   n_lines, unknown);
    free(text);
    return status;
}

GenreStatus split_by_lists(SplitItems *items, const SplitPlan *plan, int fold, json_t *warnings,
                           GenreError *error) {
    Names names;
    GenreStatus status = names_find(&names, items, error);
    const int n_lists = plan->folds ? plan->folds : SPLIT_N_PARTS;
    for (int i = 0; i < n_lists && !status; i++) {
        char path[4096];
        if (plan->folds)
            snprintf(path, sizeof path, "%s/fold%d.txt", plan->lists, i + 1);
        else
            snprintf(path, sizeof path, "%s/%s.txt", plan->lists, split_parts[i]);
        const int part = plan->folds ? split_part_of_fold(i, plan, fold) : i;
        if (!plan->folds && i == SPLIT_TEST && access(path, F_OK) != 0)
            break; /* to test on nothing is a choice */
        status = take_list(items, &names, path, part, warnings, error);
    }
    names_clear(&names);
    return status;
}
