/* A feature cache: the frames of many clips in one safetensors file, ready to train on.
 *
 * A clip that exists both as audio and as ready-made mel frames has two entries.
 */
#ifndef GENRE_TRAIN_CACHE_H
#define GENRE_TRAIN_CACHE_H

#include <jansson.h>

#include "genrecast.h"
#include "pool.h"

typedef struct {
    const char *id, *dataset, *genre, *artist, *split;
    int from_mel; /* 1: ready-made frames, not computed from audio */
    int n_frames;
    const float *frames; /* (n_frames, n_bands) */
} CacheEntry;

typedef struct {
    json_t *feature; /* description that the frames were made by */
    int n_bands;
    size_t n;
    CacheEntry *entries;
    void *bytes; /* the file; entries point into it */
    size_t n_bytes;
    json_t *list; /* owns the entries' strings */
} Cache;

/* Computes the frames of all clips that `manifest_path` lists into a cache file. A clip that
 * cannot be read is named and left out. */
GenreStatus cache_prepare(const char *manifest_path, const json_t *feature, Pool *pool,
                          const char *cache_path, GenreError *error);

/* Opens a cache. */
GenreStatus cache_open(Cache *cache, const char *path, GenreError *error);
void cache_close(Cache *cache);

/* True where `path` is a safetensors file rather than a manifest or a folder. */
bool cache_is_one(const char *path);

#endif
