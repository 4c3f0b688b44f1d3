/* A feature cache: the frames of many clips in one safetensors file, ready to train on.
 *
 * A clip that exists both as audio and as ready-made mel frames has two entries; with changed
 * variants of its audio, it has more. They stand side by side: audio, its variants, mel frames.
 */
#ifndef GENRE_TRAIN_CACHE_H
#define GENRE_TRAIN_CACHE_H

#include <jansson.h>

#include "base/pool.h"
#include "clips/manifest.h"
#include "genrecast.h"
#include "recipe/recipe.h"

typedef struct {
    const char *id, *dataset, *genre, *artist, *split;
    const char *tags;  /* of an open clip, as "a;b" (tags.h); "" of one with a genre */
    const char *song;  /* id of the clip that this is, or is a segment of */
    const char *audio; /* path as in the manifest, "" = none */
    int from_mel;      /* 1: ready-made frames, not computed from audio */
    int variant;       /* 0: as it is; from 1 on: with the waveform changed (waveform.h) */
    int n_frames;
    const float *frames; /* (n_frames, n_bands) */
} CacheEntry;

typedef struct {
    json_t *feature;  /* description that the frames were made by */
    json_t *waveform; /* the recipe's entry that their variants were made by; NULL: none */
    ManifestOf of;    /* what its clips are */
    int n_bands;
    size_t n;
    CacheEntry *entries; /* (n) with a genre */
    size_t n_open;
    CacheEntry *open; /* (n_open) those whose tags leave it open (run/open.h) */
    void *bytes;      /* the file; entries point into it */
    size_t n_bytes;
    json_t *list;  /* owns the entries' strings */
    json_t *names; /* list that owns those that came later */
} Cache;

/* Computes the frames of all clips that `manifest_path` lists into a cache file, by the recipe's
 * feature and waveform; their tags are their genres where its labels are independent, and leave
 * them open where it tells what tags mean. A clip that cannot be read is named and left out;
 * *n_failed (or NULL): how many. */
GenreStatus cache_prepare(const char *manifest_path, const Recipe *recipe, Pool *pool,
                          const char *cache_path, size_t *n_failed, GenreError *error);

/* Opens a cache. */
GenreStatus cache_open(Cache *cache, const char *path, GenreError *error);

/* Whether it was made by this recipe's feature, waveform and output. */
bool cache_fits(const Cache *cache, const Recipe *recipe);
void cache_close(Cache *cache);

/* True where `path` is a safetensors file rather than a manifest or a folder. */
bool cache_is_one(const char *path);

#endif
