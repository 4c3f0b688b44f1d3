/* From samples at the model's rate to feature frames, one kind and its parameters behind one
 * push interface.
 *
 * Every kind is computed from the same short-time spectra; a frame is the mean over `mean_hops`
 * consecutive spectra's values. To add a kind: write one file with a GenreFeatureKind in it, and
 * name it in the table of kinds.h.
 */
#ifndef GENRE_FEATURE_FEATURE_H
#define GENRE_FEATURE_FEATURE_H

#include <jansson.h>

#include "genrecast.h"
#include "options.h"

/* What all kinds have in common. */
typedef struct {
    double rate_hz; /* 8000 to 48000 */
    int n_fft;      /* samples; a power of two */
    int hop;        /* samples from one spectrum to the next */
    int mean_hops;  /* spectra per frame */
} GenreFeatureSpec;

/* The log-mel bands of a frame, where these are all that is left of the sound. */
typedef struct {
    int n_bands;
    double low_hz, high_hz;
    const float *db; /* (n_bands) */
} GenreMelFrame;

typedef struct {
    const char *name;
    const char *options; /* names of the options of its own, with blanks between them */
    /* Makes the kind's own data from its options and says how many values a frame has.
     * NULL on failure. */
    void *(*new)(const GenreFeatureSpec *spec, const json_t *options, int *size, GenreError *error);
    void (*free)(void *self);
    /* NULL where spectra are independent of each other: then streams of one thread may share it. */
    void (*reset)(void *self);
    bool only_read; /* by all that follows: then streams of any threads may */
    /* One power spectrum (n_fft / 2 + 1) to one row of values (size). Real time. */
    void (*compute)(void *self, const float *power, float *out);
    /* A frame's values (size) from its log-mel bands, of whose mean over several spectra they must
     * be the mean. False where the kind takes other bands; NULL where bands are not enough. */
    bool (*from_mel)(void *self, const GenreMelFrame *mel, float *out);
} GenreFeatureKind;

typedef struct GenreFeature GenreFeature;

/* From a description such as
 *   {"kind": "logmel", "rate_hz": 22050, "n_fft": 2048, "hop": 855, "mean_hops": 2, "bands": 128}
 * NULL on failure. [set-up] */
GenreFeature *genre_feature_new(const json_t *description, GenreError *error);

/* One more from the same description as `first`, which must outlive it, for another stream: they
 * share tables, and in the same thread all but what each remembers of its stream. NULL: out of
 * memory. [set-up] */
GenreFeature *genre_feature_new_beside(const GenreFeature *first, const json_t *description,
                                       bool same_thread, GenreError *error);

void genre_feature_free(GenreFeature *feature);
void genre_feature_reset(GenreFeature *feature); /* [real time] */

int genre_feature_size(const GenreFeature *feature);                     /* values a frame. [any] */
const GenreFeatureSpec *genre_feature_spec(const GenreFeature *feature); /* [any] */

/* Time from one frame to the next: hop * mean_hops / rate_hz. [any] */
double genre_feature_period_s(const GenreFeature *feature);

/* Takes samples until a frame is complete or all `n` are taken; returns how many, and sets *ready
 * where genre_feature_frame holds a new frame. Call again with the rest. [real time] */
size_t genre_feature_push(GenreFeature *feature, const float *samples, size_t n, bool *ready);

/* The latest frame, (size). [real time] */
const float *genre_feature_frame(const GenreFeature *feature);

/* Makes out (size) the frame whose log-mel bands are `mel`. False where the feature cannot be
 * computed from them. [real time] */
bool genre_feature_from_mel(GenreFeature *feature, const GenreMelFrame *mel, float *out);

#endif
