#include "clips/manifest.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "app/cli.h"
#include "clips/cache.h"
#include "clips/csv.h"
#include "clips/fma.h"
#include "clips/tags.h"
#include "model/safetensors.h"
#include "status.h"

enum { MAX_MANIFEST = 256 << 20 };

/* Spreads clips over the splits by what must not be on both sides. */
static const char *split_by_hash(const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    hash ^= hash >> 15; /* FNV's low bits alone are uneven for names that end in numbers */
    return hash % 5 == 0 ? "valid" : "train";
}

char *manifest_label(const char *genre) {
    char *label = strdup(genre), *out = label;
    for (const char *c = genre; label && *c; c++) {
        const unsigned char letter = (unsigned char)*c;
        const bool between = letter < 128 && !isalnum(letter) && letter != '_' && letter != '-';
        if (!between)
            *out++ = (char)tolower(letter);
        else if (out == label || out[-1] != '-')
            *out++ = '-';
    }
    if (label)
        *out = '\0';
    return label;
}

/* Caches and models are JSON, and JSON is UTF-8. */
static bool is_utf8(const Clip *clip) {
    const char *const texts[] = {clip->id,    clip->dataset, clip->genre, clip->artist,
                                 clip->split, clip->audio,   clip->tags};
    bool ok = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *string = json_string(texts[i]);
        ok = ok && string;
        json_decref(string);
    }
    return ok;
}

GenreStatus manifest_add(Manifest *manifest, const Clip *clip, GenreError *error) {
    if (!is_utf8(clip))
        return genre_fail(error, GENRE_ERR_FORMAT, "the names of \"%s\" are not UTF-8", clip->id);
    if ((manifest->n & (manifest->n - 1)) == 0) { /* room for a power of two */
        const size_t room = manifest->n ? 2 * manifest->n : 1;
        Clip *clips = realloc(manifest->clips, room * sizeof *clips);
        if (!clips)
            return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        manifest->clips = clips;
    }
    Clip *to = &manifest->clips[manifest->n++];
    const char *unit = *clip->artist ? clip->artist : clip->id;
    *to = (Clip){.id = strdup(clip->id),
                 .dataset = strdup(clip->dataset),
                 .genre = manifest->of == MANIFEST_TAGS ? tags_normalise(clip->genre)
                                                        : manifest_label(clip->genre),
                 .tags = tags_normalise(clip->tags),
                 .artist = strdup(clip->artist),
                 .split = strdup(*clip->split ? clip->split : split_by_hash(unit)),
                 .audio = strdup(clip->audio),
                 .mel_row = clip->mel_row,
                 .record = clip->record};
    if (!to->id || !to->dataset || !to->genre || !to->tags || !to->artist || !to->split ||
        !to->audio)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return GENRE_SUCCESS;
}

void manifest_clear(Manifest *manifest) {
    for (size_t i = 0; i < manifest->n; i++) {
        Clip *clip = &manifest->clips[i];
        free(clip->id);
        free(clip->dataset);
        free(clip->genre);
        free(clip->tags);
        free(clip->artist);
        free(clip->split);
        free(clip->audio);
    }
    free(manifest->clips);
    free(manifest->folder);
    *manifest = (Manifest){0};
}

enum { ID, DATASET, AUDIO, MEL_ROW, GENRE, ARTIST, SPLIT, TAGS, N_COLUMNS };
static const char *const column_names[N_COLUMNS] = {"id",    "dataset", "audio", "mel_row",
                                                    "genre", "artist",  "split", "tags"};

/* A field without the blanks around it. */
static char *trim(char *text) {
    text += strspn(text, " \t");
    for (size_t n = strlen(text); n > 0 && strchr(" \t", text[n - 1]);)
        text[--n] = '\0';
    return text;
}

static GenreStatus find_columns(char *const *names, int n, int column[N_COLUMNS],
                                GenreError *error) {
    for (int c = 0; c < N_COLUMNS; c++) {
        column[c] = -1;
        for (int f = 0; f < n; f++) {
            if (strcasecmp(trim(names[f]), column_names[c]) != 0)
                continue;
            if (column[c] >= 0)
                return genre_fail(error, GENRE_ERR_FORMAT, "two columns are called \"%s\"",
                                  column_names[c]);
            column[c] = f;
        }
    }
    return GENRE_SUCCESS;
}

/* What is wrong with a record of n_fields, which has `row` in the column mel_row. */
static GenreStatus check_record(int n_fields, const char *row, long *mel_row, GenreError *error) {
    char *end;
    *mel_row = strtol(row, &end, 10);
    if (n_fields == -2)
        return genre_fail(error, GENRE_ERR_FORMAT, "a quote is not closed");
    if (n_fields < 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "it has more than %d fields", CSV_MAX_FIELDS);
    if (*end || *mel_row < 0 || *mel_row > 1 << 30)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "mel_row: \"%s\" is not a whole number from 0 on", row);
    return GENRE_SUCCESS;
}

static GenreStatus read_rows(Manifest *manifest, const char *path, char *text, GenreError *error) {
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, by some programs */
    char *fields[CSV_MAX_FIELDS], *cursor = text;
    int column[N_COLUMNS];
    GenreError inner;
    if (strncmp(cursor, mark, strlen(mark)) == 0)
        cursor += strlen(mark);
    const char separator = csv_separator(cursor);
    int n_fields = csv_record(&cursor, separator, fields);
    if (find_columns(fields, n_fields, column, &inner))
        return genre_fail(error, inner.status, "%s: %s", path, inner.text);
    const bool labelled =
        column[GENRE] >= 0 || (manifest->of != MANIFEST_GENRES && column[TAGS] >= 0);
    if (!labelled || (column[AUDIO] < 0 && column[MEL_ROW] < 0))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "%s: its first line has no column \"%s\": a manifest needs \"genre\" and "
                          "\"audio\" or \"mel_row\"",
                          path, labelled ? "audio" : "genre");
    for (int line = 2; (n_fields = csv_record(&cursor, separator, fields)) != 0; line++) {
        const char *value[N_COLUMNS];
        long row;
        for (int c = 0; c < N_COLUMNS; c++)
            value[c] = column[c] >= 0 && column[c] < n_fields ? trim(fields[column[c]]) : "";
        if (check_record(n_fields, value[MEL_ROW], &row, &inner))
            return genre_fail(error, inner.status, "%s: record %d: %s", path, line, inner.text);
        char made_up[256];
        snprintf(made_up, sizeof made_up, "%.200s/%ld", value[DATASET], row);
        Clip clip = {
            .id = *value[ID]      ? (char *)value[ID]
                  : *value[AUDIO] ? (char *)value[AUDIO]
                                  : made_up,
            .dataset = (char *)value[DATASET],
            .genre = (char *)value[manifest->of == MANIFEST_TAGS && *value[TAGS] ? TAGS : GENRE],
            .tags = (char *)(manifest->of == MANIFEST_OPEN && !*value[GENRE] ? value[TAGS] : ""),
            .artist = (char *)value[ARTIST],
            .split = (char *)value[SPLIT],
            .audio = (char *)value[AUDIO],
            .mel_row = *value[MEL_ROW] ? (int)row : -1,
            .record = line};
        const bool has_tags = clip.tags[strspn(clip.tags, ";| \t")];
        if ((!*clip.genre && !has_tags) || (!*clip.audio && clip.mel_row < 0))
            continue;
        const GenreStatus status = manifest_add(manifest, &clip, &inner);
        if (status)
            return genre_fail(error, status, "%s: record %d: %s", path, line, inner.text);
    }
    const GenreStatus status = manifest_check_once(manifest, &inner);
    return status ? genre_fail(error, status, "%s: %s", path, inner.text) : status;
}

static GenreStatus read_csv(Manifest *manifest, const char *path, GenreError *error) {
    size_t size;
    char *copy = strdup(path);
    char *text = genre_read_file(path, MAX_MANIFEST, &size, error);
    GenreStatus status = GENRE_ERR_READ;
    if (text && !copy) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    } else if (text) {
        manifest->folder = strdup(dirname(copy));
        status = memchr(text, 0, size)
                     ? genre_fail(error, GENRE_ERR_FORMAT,
                                  "%s: it is not text in UTF-8, as a manifest is", path)
                     : read_rows(manifest, path, text, error);
    }
    free(text);
    free(copy);
    return status;
}

/* Without the list that "not-music" leaves beside its clips. */
static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "manifest.csv") != 0;
}

static GenreStatus read_genre(Manifest *manifest, const char *genre, GenreError *error) {
    char folder[4096];
    struct dirent **entries;
    GenreStatus status = GENRE_SUCCESS;
    snprintf(folder, sizeof folder, "%s/%s", manifest->folder, genre);
    const int n = scandir(folder, &entries, visible, alphasort);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%.2000s/%.2000s", genre, entries[i]->d_name);
        const Clip clip = {.id = path,
                           .dataset = "",
                           .genre = (char *)genre,
                           .tags = "",
                           .artist = "",
                           .split = "",
                           .audio = path,
                           .mel_row = -1};
        if (!status && manifest_add(manifest, &clip, error)) {
            if (error->status == GENRE_ERR_NO_MEMORY)
                status = GENRE_ERR_NO_MEMORY;
            else
                genre_complain("left out: %s", error->text);
        }
        free(entries[i]);
    }
    if (n == 0)
        genre_complain("%s is empty: there will be no label of that name", folder);
    if (n >= 0)
        free(entries);
    return status;
}

static GenreStatus read_folder(Manifest *manifest, const char *path, GenreError *error) {
    struct dirent **entries;
    GenreStatus status = GENRE_SUCCESS;
    manifest->folder = strdup(path);
    const int n = scandir(path, &entries, visible, alphasort);
    if (n < 0)
        return genre_fail(error, GENRE_ERR_OPEN, "%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (!status)
            status = read_genre(manifest, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

GenreStatus manifest_read(Manifest *manifest, const char *path, ManifestOf of, GenreError *error) {
    struct stat about;
    *manifest = (Manifest){.of = of};
    if (stat(path, &about) != 0)
        return genre_fail(error, GENRE_ERR_OPEN, "%s: %s", path, strerror(errno));
    if (cache_is_one(path))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "%s: a feature cache or a model, where sound files are needed: a folder "
                          "of them for each genre, or a CSV manifest",
                          path);
    GenreStatus status = !S_ISDIR(about.st_mode) ? read_csv(manifest, path, error)
                         : fma_is_one(path)      ? fma_read(manifest, path, error)
                                                 : read_folder(manifest, path, error);
    if (!status && manifest->n == 0)
        status =
            genre_fail(error, GENRE_ERR_FORMAT,
                       "%s: lists no clip with a genre (wanted: a folder of sound files for each "
                       "genre, or a CSV manifest)",
                       path);
    if (status)
        manifest_clear(manifest);
    return status;
}
