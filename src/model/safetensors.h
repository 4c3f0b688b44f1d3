/* The safetensors file format: 8 bytes of little-endian header length, a JSON header, raw tensors.
 * Reads with suspicion: nothing in the file is believed before it is checked.
 */
#ifndef GENRE_MODEL_SAFETENSORS_H
#define GENRE_MODEL_SAFETENSORS_H

#include <jansson.h>

#include "genrecast.h"

enum { GENRE_MAX_DIMS = 4 };

typedef struct {
    char type[8]; /* "F32", "U8", ... */
    int n_dims;
    size_t shape[GENRE_MAX_DIMS];
    const void *data; /* into the bytes that were parsed; maybe unaligned */
    size_t n_bytes;
} GenreTensorView;

/* A parsed file. Borrows the bytes. */
typedef struct {
    json_t *header;
    const unsigned char *data;
    size_t n_data;
} GenreSafetensors;

/* Checks the whole structure: header length, JSON, each tensor's type, shape and offsets, that
 * tensors neither overlap nor leave gaps. On success free with genre_safetensors_clear. [set-up] */
GenreStatus genre_safetensors_parse(GenreSafetensors *file, const void *bytes, size_t n_bytes,
                                    GenreError *error);
void genre_safetensors_clear(GenreSafetensors *file);

/* The tensor called `name`. Fails if there is none. [set-up] */
GenreStatus genre_safetensors_tensor(const GenreSafetensors *file, const char *name,
                                     GenreTensorView *view, GenreError *error);

/* The string under `key` in __metadata__, NULL if there is none. [any] */
const char *genre_safetensors_metadata(const GenreSafetensors *file, const char *key);

/* A stretch of a tensor's bytes. */
typedef struct {
    const void *data;
    size_t n_bytes;
} GenreTensorPiece;

/* One tensor to write. */
typedef struct {
    const char *name;
    const char *type;
    int n_dims;
    size_t shape[GENRE_MAX_DIMS];
    const void *data; /* all of it, unless it comes in pieces */
    size_t n_bytes;
    const GenreTensorPiece *pieces; /* (n_pieces), n_bytes in all */
    size_t n_pieces;
} GenreTensorSource;

/* Writes a file with `metadata` (an object of strings) and n tensors, in that order, by way of
 * a temporary file beside it: an interrupted or failed write leaves the old file. [set-up] */
GenreStatus genre_safetensors_write(const char *path, const json_t *metadata,
                                    const GenreTensorSource *tensors, size_t n, GenreError *error);

/* Reads a whole file of at most `limit` bytes, with a zero behind the last; free() the result. NULL
 * on failure. [set-up] */
void *genre_read_file(const char *path, size_t limit, size_t *size, GenreError *error);

#endif
