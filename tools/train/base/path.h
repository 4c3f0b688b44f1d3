/* Paths put together. */
#ifndef GENRE_TRAIN_PATH_H
#define GENRE_TRAIN_PATH_H

/* folder/name, or `name` alone where it begins at the root. free() it; NULL: out of memory. */
char *path_in(const char *folder, const char *name);

/* path with `ending` behind it. free() it; NULL: out of memory. */
char *path_with(const char *path, const char *ending);

#endif
