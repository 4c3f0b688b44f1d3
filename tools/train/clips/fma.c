#include "clips/fma.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli.h"
#include "clips/csv.h"
#include "model/safetensors.h"
#include "status.h"

enum { MAX_TRACKS = 1 << 30, MAX_PATH = 4096 };

/* A column of tracks.csv: its name stands in two lines, the group above. */
typedef struct {
    const char *group, *name;
} Column;

enum { GENRE, ARTIST, ARTIST_ID, SPLIT, N_COLUMNS };
static const Column columns[N_COLUMNS] = {
    {"track", "genre_top"}, {"artist", "name"}, {"artist", "id"}, {"set", "split"}};

/* FMA's names of the splits, and ours. */
static const char *const splits[][2] = {
    {"training", "train"}, {"validation", "valid"}, {"test", "test"}};

/* Whether the last part of `path` begins like FMA's folders do. */
static bool is_named_fma(const char *path) {
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    return strncmp(path + n, "fma_", 4) == 0;
}

/* Where tracks.csv is, for the folder that holds fma_metadata or for one of clips beside it. */
static bool find_tracks(const char *path, char tracks[MAX_PATH], bool *beside) {
    static const char name[] = "fma_metadata/tracks.csv";
    *beside = false;
    if (snprintf(tracks, MAX_PATH, "%s/%s", path, name) < MAX_PATH && access(tracks, F_OK) == 0)
        return true;
    *beside = true;
    return is_named_fma(path) && snprintf(tracks, MAX_PATH, "%s/../%s", path, name) < MAX_PATH &&
           access(tracks, F_OK) == 0;
}

bool fma_is_one(const char *path) {
    char tracks[MAX_PATH];
    bool beside;
    return find_tracks(path, tracks, &beside);
}

static int holds_clips(const struct dirent *entry) {
    return strncmp(entry->d_name, "fma_", 4) == 0 && strcmp(entry->d_name, "fma_metadata") != 0 &&
           !strchr(entry->d_name, '.'); /* archives lie there too */
}

/* The one folder of clips in `path`, in folder. */
static GenreStatus find_clips(const char *path, char folder[MAX_PATH], GenreError *error) {
    struct dirent **entries;
    const int n = scandir(path, &entries, holds_clips, alphasort);
    if (n == 1)
        snprintf(folder, MAX_PATH, "%s/%s", path, entries[0]->d_name);
    const GenreStatus status =
        n == 1   ? GENRE_SUCCESS
        : n <= 0 ? genre_fail(error, GENRE_ERR_OPEN,
                              "%s: there is no folder of clips, such as fma_small, beside "
                              "fma_metadata",
                              path)
                 : genre_fail(error, GENRE_ERR_BAD_ARG,
                              "%s: there are several folders of clips: name one, such as %s/%s",
                              path, path, entries[0]->d_name);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    if (n >= 0)
        free(entries);
    return status;
}

/* Finds the columns in the first two of the three header lines, and reads past all three. */
static GenreStatus read_header(char **cursor, int at[N_COLUMNS], GenreError *error) {
    char *groups[CSV_MAX_FIELDS], *names[CSV_MAX_FIELDS], *index[CSV_MAX_FIELDS];
    const int n_groups = csv_record(cursor, ',', groups), n_names = csv_record(cursor, ',', names);
    csv_record(cursor, ',', index);
    for (int c = 0; c < N_COLUMNS; c++) {
        at[c] = -1;
        for (int f = 0; f < n_groups && f < n_names; f++)
            if (strcmp(groups[f], columns[c].group) == 0 && strcmp(names[f], columns[c].name) == 0)
                at[c] = f;
        if (at[c] < 0)
            return genre_fail(error, GENRE_ERR_FORMAT, "there is no column \"%s\", \"%s\"",
                              columns[c].group, columns[c].name);
    }
    return GENRE_SUCCESS;
}

static const char *our_split(const char *split) {
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
        if (strcmp(splits[i][0], split) == 0)
            return splits[i][1];
    return "";
}

static GenreStatus read_tracks(Manifest *manifest, char *text, GenreError *error) {
    char *fields[CSV_MAX_FIELDS], *cursor = text;
    int at[N_COLUMNS] = {0};
    GenreStatus status = read_header(&cursor, at, error);
    for (int n, record = 4; !status && (n = csv_record(&cursor, ',', fields)) != 0; record++) {
        const char *value[N_COLUMNS];
        char *end, path[MAX_PATH], id[16], audio[32];
        const long track = n > 0 ? strtol(fields[0], &end, 10) : 0;
        if (n < 0 || end == fields[0] || *end || track < 0 || track > 999999)
            return genre_fail(error, GENRE_ERR_FORMAT, "record %d does not begin with a track's id",
                              record);
        for (int c = 0; c < N_COLUMNS; c++)
            value[c] = at[c] < n ? fields[at[c]] : "";
        snprintf(id, sizeof id, "%06ld", track);
        snprintf(audio, sizeof audio, "%03ld/%s.mp3", track / 1000, id);
        if (!*value[GENRE] ||
            snprintf(path, sizeof path, "%s/%s", manifest->folder, audio) >= MAX_PATH ||
            access(path, F_OK) != 0)
            continue; /* one of the larger sets */
        const Clip clip = {.id = id,
                           .dataset = (char *)"fma",
                           .genre = (char *)value[GENRE],
                           .tags = "",
                           .artist = (char *)value[*value[ARTIST] ? ARTIST : ARTIST_ID],
                           .split = (char *)our_split(value[SPLIT]),
                           .audio = audio,
                           .mel_row = -1};
        status = manifest_add(manifest, &clip, error);
    }
    return status;
}

GenreStatus fma_read(Manifest *manifest, const char *path, GenreError *error) {
    char tracks[MAX_PATH], folder[MAX_PATH];
    bool beside;
    size_t size;
    GenreError inner;
    GenreStatus status = GENRE_SUCCESS;
    find_tracks(path, tracks, &beside);
    if (beside)
        snprintf(folder, sizeof folder, "%s", path);
    else
        status = find_clips(path, folder, error);
    if (status)
        return status;
    char *text = genre_read_file(tracks, MAX_TRACKS, &size, error);
    if (!text)
        return GENRE_ERR_OPEN;
    manifest->folder = strdup(folder);
    if (!manifest->folder) {
        free(text);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    status = read_tracks(manifest, text, &inner);
    free(text);
    return status ? genre_fail(error, status, "%s: %s", tracks, inner.text) : status;
}
