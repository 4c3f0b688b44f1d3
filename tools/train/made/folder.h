/* A folder of made clips with the manifest that lists them. */
#ifndef GENRE_TRAIN_MADE_FOLDER_H
#define GENRE_TRAIN_MADE_FOLDER_H

#include <stdbool.h>
#include <stdio.h>

#include "clips/mono.h"
#include "rng.h"

typedef struct {
    const char *folder;
    char path[4096]; /* of the manifest */
    FILE *manifest;
} MadeFolder;

typedef struct {
    char id[96], by[64]; /* as a file name; who or what it is by, for `artist` */
    char genre[32];
    const char *dataset;
    bool held_out; /* for validation */
} MadeClip;

/* Makes the folder (or takes one that is there) and begins FOLDER/manifest.csv anew. */
GenreStatus made_folder_open(MadeFolder *folder, const char *path, GenreError *error);

/* Writes FOLDER/ID.flac, and its line. */
GenreStatus made_folder_add(MadeFolder *folder, const MadeClip *clip, const Mono *mono,
                            GenreError *error);

/* Closes the manifest; `status` is what came before, and is returned where it is an error. */
GenreStatus made_folder_close(MadeFolder *folder, GenreStatus status, GenreError *error);

/* Brings the loudest sample to `level` of full scale. Silence stays silence. */
void made_set_peak(Mono *mono, double level);

/* The loudest sample becomes -1 dBFS or less, by chance up to 30 dB. */
void made_draw_level(Mono *mono, GenreRng *rng);

#endif
