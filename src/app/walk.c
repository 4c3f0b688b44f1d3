#include "app/walk.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "app/cli.h"

static const char *const extensions[] = {"wav",  "wave", "aif",  "aiff", "aifc",
                                         "au",   "snd",  "flac", "ogg",  "oga",
                                         "opus", "mp3",  "caf",  "w64",  "rf64"};

static bool is_sound_file(const char *name) {
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot + 1, extensions[i]) == 0)
            return true;
    return false;
}

/* Room for one more element of `size` bytes behind n; ends the program where there is none, as
 * nothing useful can be done with half a list. */
static void *grow(void *array, size_t n, size_t *room, size_t size) {
    if (n < *room)
        return array;
    *room = *room ? 2 * *room : 64;
    array = realloc(array, *room * size);
    if (!array) {
        genre_complain("out of memory");
        exit(1);
    }
    return array;
}

static void add_file(GenrePaths *paths, const char *path, const struct stat *about) {
    paths->paths = grow(paths->paths, paths->n, &paths->room, sizeof *paths->paths);
    char *copy = strdup(path);
    if (!copy) {
        genre_complain("out of memory");
        exit(1);
    }
    const bool sized = about && S_ISREG(about->st_mode) && about->st_size > 0;
    paths->paths[paths->n++] = (GenrePath){copy, sized ? (uint64_t)about->st_size : 0,
                                           sized ? (int64_t)about->st_mtim.tv_sec : 0};
}

typedef struct {
    dev_t device;
    ino_t inode;
} FolderId;

static int by_id(const void *a, const void *b) {
    const FolderId *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* Notes that a folder is entered. False if it was before: then this name of it, or that one, is a
 * symbolic link or behind one. */
static bool enter(GenrePaths *paths, const struct stat *about) {
    FolderId *id = malloc(sizeof *id), **found = NULL;
    if (id) {
        *id = (FolderId){about->st_dev, about->st_ino};
        found = tsearch(id, &paths->folders, by_id);
    }
    if (!found) {
        genre_complain("out of memory");
        exit(1);
    }
    if (*found == id)
        return true;
    free(id);
    return false;
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.'; /* also the "._" twins that macOS leaves beside sound files */
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(GenrePaths *paths, const char *folder) {
    struct dirent **entries;
    const int n = scandir(folder, &entries, visible, by_bytes);
    if (n < 0) {
        genre_complain("%s: %s", folder, strerror(errno));
        paths->n_bad++;
        return;
    }
    for (int i = 0; i < n; i++) {
        const size_t length = strlen(folder);
        const char *const slash = length && folder[length - 1] == '/' ? "" : "/";
        char *path = NULL;
        struct stat about;
        if (asprintf(&path, "%s%s%s", folder, slash, entries[i]->d_name) < 0) {
            genre_complain("out of memory");
            exit(1);
        }
        if (stat(path, &about) != 0) {
            if (is_sound_file(path)) /* a dangling link: opening it will say so */
                add_file(paths, path, NULL);
        } else if (S_ISDIR(about.st_mode)) {
            if (enter(paths, &about))
                walk(paths, path);
        } else if (S_ISREG(about.st_mode) && is_sound_file(path)) {
            add_file(paths, path, &about);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
}

void genre_paths_add(GenrePaths *paths, const char *path) {
    struct stat about;
    const bool exists = stat(path, &about) == 0;
    const size_t n = paths->n, n_bad = paths->n_bad;
    if (!exists || !S_ISDIR(about.st_mode)) {
        add_file(paths, path, exists ? &about : NULL);
        return;
    }
    if (!enter(paths, &about))
        return;
    walk(paths, path);
    if (paths->n == n && paths->n_bad == n_bad) {
        genre_complain("%s: no sound files in this folder", path);
        paths->n_bad++;
    }
}

/* Takes off what ends a line of n bytes: on Windows a carriage return stands before the newline. */
static void cut_end(char *line, size_t n) {
    struct stat about;
    if (n > 0 && line[n - 1] == '\n')
        line[--n] = 0;
    if (n > 0 && line[n - 1] == '\r' && lstat(line, &about) != 0)
        line[n - 1] = 0;
}

bool genre_paths_add_list(GenrePaths *paths, const char *list) {
    const bool is_stdin = strcmp(list, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(list, "r");
    if (!in) {
        genre_complain("%s: %s", list, strerror(errno));
        return false;
    }
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, in)) > 0;) {
        cut_end(line, (size_t)n);
        if (*line)
            genre_paths_add(paths, line);
    }
    const bool ok = !ferror(in);
    if (!ok)
        genre_complain("%s: %s", is_stdin ? "standard input" : list, strerror(errno));
    free(line);
    if (!is_stdin)
        fclose(in);
    return ok;
}

void genre_paths_clear(GenrePaths *paths) {
    for (size_t i = 0; i < paths->n; i++)
        free(paths->paths[i].path);
    free(paths->paths);
    tdestroy(paths->folders, free);
    *paths = (GenrePaths){0};
}
