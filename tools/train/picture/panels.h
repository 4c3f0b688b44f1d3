/* The panels that a song can be shown in, found by name. */
#ifndef GENRE_TRAIN_PANELS_H
#define GENRE_TRAIN_PANELS_H

#include "clips/mono.h"
#include "picture/picture.h"

typedef struct {
    const char *path; /* what errors call the song */
    const Mono *mono; /* at PANEL_RATE_HZ */
} Song;

enum { PANEL_RATE_HZ = 22050 };

typedef struct {
    const char *name;
    GenreStatus (*draw)(Picture *picture, const Song *song, GenreError *error);
} Panel;

/* All there are, from the top of the page down. */
extern const Panel panels[];
extern const int n_panels;

#endif
