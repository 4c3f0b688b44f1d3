/* A network's weights under the names and in the shapes that PyTorch's modules have, for files that
 * its state dicts are saved in. models/FORMAT.md has the mapping. */
#ifndef GENRE_TRAIN_INTERCHANGE_H
#define GENRE_TRAIN_INTERCHANGE_H

#include <stdio.h>

#include "net/net.h"

/* A tensor as PyTorch has it. */
typedef struct {
    char name[96]; /* LAYER.TENSOR */
    int n_dims;
    int shape[4];
    size_t n;      /* product of shape */
    size_t offset; /* where its values are among the network's weights */
    bool second;   /* a bias that is added to the one before; the network keeps their sum */
} InterchangeTensor;

enum { INTERCHANGE_MAX_TENSORS = GENRE_MAX_LAYERS * (GENRE_MAX_TENSORS + 2) };

/* Those of `net`, in its order, into `tensors` (INTERCHANGE_MAX_TENSORS); returns how many. */
size_t interchange_tensors(const GenreNet *net, InterchangeTensor *tensors);

/* Writes the weights as a safetensors file with `metadata` (an object of strings). */
GenreStatus interchange_write(const GenreNet *net, const json_t *metadata, const char *path,
                              GenreError *error);

/* Sets the weights from such a file, in which every tensor must be there as F32 of its shape, and
 * no other (but batch norm's num_batches_tracked, which means nothing here). `told` (NULL is fine)
 * gets a line for each that does not fit; on failure the weights are undefined. */
GenreStatus interchange_read(GenreNet *net, const char *path, FILE *told, GenreError *error);

#endif
