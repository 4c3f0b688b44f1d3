/* A list of files to work on, from the paths that a user named. */
#ifndef GENRE_APP_WALK_H
#define GENRE_APP_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *path;
    uint64_t n_bytes;   /* 0 where it cannot be told */
    int64_t modified_s; /* since 1970; 0 where it cannot be told */
} GenrePath;

typedef struct {
    size_t n, room;
    GenrePath *paths;
    size_t n_bad;  /* paths that gave nothing; each was complained about */
    void *folders; /* every folder entered, a tree (tsearch): each is heard once, whatever links
                    * lead to it, and a loop of these ends */
} GenrePaths;

/* Adds `path`. A folder stands for the sound files in it and below, told by their extensions, in
 * byte order of their names; hidden ones are passed over, and a folder that was entered before, by
 * this name or another. Anything else is added as it is, whether it exists or not: who opens it
 * will say so. */
void genre_paths_add(GenrePaths *paths, const char *path);

/* Adds the paths that `list` holds, one a line; "-" is standard input. A carriage return at a
 * line's end belongs to the path only where there is one of that name. False after a complaint. */
bool genre_paths_add_list(GenrePaths *paths, const char *list);

void genre_paths_clear(GenrePaths *paths);

#endif
