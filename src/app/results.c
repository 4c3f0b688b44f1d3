#include "app/results.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli.h"
#include "hash.h"

/* What a path's last line says of the file; hashes, as a library's paths would fill the memory. */
typedef struct {
    uint64_t path; /* 0: free */
    uint64_t mark; /* of size and time; 0: any */
} Entry;

struct GenreResults {
    const char *path;
    int fd;
    off_t n_bytes;  /* whole lines */
    size_t n, room; /* a power of two, more than n */
    Entry *entries;
};

/* 0 has a meaning of its own here. */
static uint64_t not_0(uint64_t hash) {
    return hash ? hash : 1;
}

static uint64_t hash(const void *bytes, size_t n) {
    return not_0(genre_hash(GENRE_HASH_EMPTY, bytes, n));
}

static uint64_t mark_of(uint64_t n_bytes, int64_t modified_s) {
    const uint64_t h = genre_hash(GENRE_HASH_EMPTY, &n_bytes, sizeof n_bytes);
    return not_0(genre_hash(h, &modified_s, sizeof modified_s));
}

/* The entry of `path`, or the free one where it belongs. */
static Entry *find(Entry *entries, size_t room, uint64_t path) {
    size_t i = path & (room - 1);
    while (entries[i].path && entries[i].path != path)
        i = (i + 1) & (room - 1);
    return &entries[i];
}

static void note(GenreResults *results, uint64_t path, uint64_t mark) {
    if (2 * results->n >= results->room) {
        const size_t room = results->room ? 2 * results->room : 1024;
        Entry *entries = calloc(room, sizeof *entries);
        if (!entries) {
            genre_complain("out of memory");
            exit(1);
        }
        for (size_t i = 0; i < results->room; i++)
            if (results->entries[i].path)
                *find(entries, room, results->entries[i].path) = results->entries[i];
        free(results->entries);
        results->entries = entries;
        results->room = room;
    }
    Entry *entry = find(results->entries, results->room, path);
    results->n += entry->path == 0;
    *entry = (Entry){path, mark};
}

bool genre_results_has(GenreResults *results, const char *path, uint64_t n_bytes,
                       int64_t modified_s) {
    const uint64_t key = hash(path, strlen(path)), mark = mark_of(n_bytes, modified_s);
    const Entry *entry = results->room ? find(results->entries, results->room, key) : NULL;
    if (entry && entry->path && (entry->mark == 0 || entry->mark == mark))
        return true;
    note(results, key, mark);
    return false;
}

/* The hash of the path that a line is about, 0 where it names none. */
static uint64_t line_path(const json_t *line) {
    const char *path = json_string_value(json_object_get(line, "path"));
    const char *hex = json_string_value(json_object_get(line, "path_hex"));
    if (!path || !hex)
        return path ? hash(path, strlen(path)) : 0;
    const size_t n = strlen(hex) / 2;
    unsigned char *bytes = malloc(n + 1);
    unsigned byte;
    size_t i = 0;
    for (; bytes && i < n && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
        bytes[i] = (unsigned char)byte;
    const uint64_t h = bytes && i == n ? hash(bytes, n) : 0;
    free(bytes);
    return h;
}

/* Takes in one line. NULL, or what is wrong with it. */
static const char *take_line(GenreResults *results, const char *text, size_t n,
                             const char *made_with, bool *final) {
    json_t *line = json_loadb(text, n, 0, NULL);
    const uint64_t path = line_path(line);
    const json_t *const is_final = json_object_get(line, "final");
    const json_t *const bytes = json_object_get(line, "bytes");
    const json_t *const modified_s = json_object_get(line, "modified_s");
    const char *const with = json_string_value(json_object_get(line, "made_with"));
    const char *wrong = NULL;
    *final = json_is_true(is_final);
    if (!path || !json_is_boolean(is_final))
        wrong = "is not from \"genrecast file --json\"; nothing was changed";
    else if (with && strcmp(with, made_with) != 0)
        wrong = "was made with another model or other options; take another file for these";
    else if (*final)
        note(results, path,
             json_is_integer(bytes) && json_is_integer(modified_s)
                 ? mark_of((uint64_t)json_integer_value(bytes), json_integer_value(modified_s))
                 : 0);
    json_decref(line);
    return wrong;
}

/* Whether it can be the beginning of a line: after a power cut, zeros may stand for what was to be
 * there. */
static bool is_torn_line(const char *text, size_t n) {
    static const char start[] = "{\"path\":";
    const size_t n_start = sizeof start - 1;
    return text[0] == 0 || strncmp(text, start, n < n_start ? n : n_start) == 0;
}

/* Reads all lines; results->n_bytes is where the last file's last line ends. */
static bool read_lines(GenreResults *results, FILE *in, const char *made_with) {
    char *text = NULL;
    const char *wrong = NULL;
    size_t room = 0, number = 0;
    off_t n_read = 0;
    for (ssize_t n; !wrong && (n = getline(&text, &room, in)) > 0;) {
        bool final = false;
        number++;
        n_read += n;
        if (text[n - 1] == '\n')
            wrong = take_line(results, text, (size_t)n, made_with, &final);
        else if (!is_torn_line(text, (size_t)n))
            wrong = "is not from \"genrecast file --json\"; nothing was changed";
        if (final)
            results->n_bytes = n_read;
    }
    free(text);
    if (wrong)
        genre_complain("%s: line %zu %s", results->path, number, wrong);
    else if (ferror(in))
        genre_complain("%s: %s", results->path, strerror(errno));
    return !wrong && !ferror(in);
}

/* Cuts off what does not end with a file's last line. */
static bool mend(GenreResults *results) {
    struct stat about;
    if (fstat(results->fd, &about) == 0 && about.st_size == results->n_bytes)
        return true;
    if (ftruncate(results->fd, results->n_bytes) != 0) {
        genre_complain("%s: %s", results->path, strerror(errno));
        return false;
    }
    genre_complain("%s: its end was incomplete and has been cut off; that file is done again",
                   results->path);
    return true;
}

static bool lock(const GenreResults *results) {
    struct stat about;
    if (fstat(results->fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        genre_complain("%s: not a regular file, which --resume needs", results->path);
        return false;
    }
    /* Where a file system has no locks we go on without. */
    if (flock(results->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        genre_complain("%s: another run is writing to it", results->path);
        return false;
    }
    return true;
}

GenreResults *genre_results_open(const char *path, const char *made_with) {
    GenreResults *results = calloc(1, sizeof *results);
    if (!results) {
        genre_complain("out of memory");
        return NULL;
    }
    results->path = path;
    results->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
    FILE *in = results->fd >= 0 ? fopen(path, "r") : NULL;
    if (!in)
        genre_complain("%s: %s", path, strerror(errno));
    const bool ok = in && lock(results) && read_lines(results, in, made_with) && mend(results);
    if (in)
        fclose(in);
    if (ok)
        return results;
    if (results->fd >= 0)
        close(results->fd);
    free(results->entries);
    free(results);
    return NULL;
}

bool genre_results_add(GenreResults *results, const char *lines) {
    const size_t n = strlen(lines);
    size_t done = 0;
    while (done < n) {
        const ssize_t more = write(results->fd, lines + done, n - done);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0) {
            const int why = errno;
            if (ftruncate(results->fd, results->n_bytes) != 0) {
                /* The next run mends it. */
            }
            genre_complain("%s: cannot write the results: %s", results->path, strerror(why));
            return false;
        }
        done += (size_t)more;
    }
    results->n_bytes += (off_t)n;
    return true;
}

bool genre_results_close(GenreResults *results) {
    if (!results)
        return true;
    const bool ok = close(results->fd) == 0;
    if (!ok)
        genre_complain("%s: cannot write the results: %s", results->path, strerror(errno));
    free(results->entries);
    free(results);
    return ok;
}
