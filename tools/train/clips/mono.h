/* Sound files as mono samples at one rate, through the product's own resampler. */
#ifndef GENRE_TRAIN_MONO_H
#define GENRE_TRAIN_MONO_H

#include "genrecast.h"

/* Takes the next `n` samples; what it returns other than GENRE_SUCCESS ends the reading. */
typedef GenreStatus MonoSink(void *context, const float *samples, size_t n, GenreError *error);

/* Decodes the file at `path` and hands it to `sink` piece by piece. */
GenreStatus mono_stream(const char *path, double rate_hz, MonoSink *sink, void *context,
                        GenreError *error);

typedef struct {
    double rate_hz;
    size_t n;
    float *samples; /* (n) free() */
} Mono;

/* The same into memory. A file without a sample is an error. */
GenreStatus mono_read(Mono *mono, const char *path, double rate_hz, GenreError *error);

/* Writes it as a sound file of libsndfile's `format`. Formats of whole numbers clip beyond +-1. */
GenreStatus mono_write(const Mono *mono, const char *path, int format, GenreError *error);

#endif
