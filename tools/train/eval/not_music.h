/* Clips of what is not music: right is whatever names no genre, unknown or silence. */
#ifndef GENRE_TRAIN_NOT_MUSIC_H
#define GENRE_TRAIN_NOT_MUSIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "eval/shown.h"
#include "genrecast.h"

enum { NOT_MUSIC_N_TIMES = 8 }; /* those of evaluate_times_s */

typedef struct {
    size_t n; /* clips; 0: there were none */
    /* After each time; a clip that has ended keeps its last answer. None is shown "right". */
    Shown shown[NOT_MUSIC_N_TIMES];
    size_t lasting[NOT_MUSIC_N_TIMES]; /* clips that last as long */
} NotMusic;

/* Whether clips of `genre` are such for the model: what it has an output for, else "not-music"
 * where that is no label of it. */
bool not_music_is(const GenreModel *model, const char *genre);

/* Share of the clips that show no genre after the k-th time. */
double not_music_right(const NotMusic *figures, int k);

/* As text, where there are any. */
void not_music_print(const NotMusic *figures, FILE *out);

/* As JSON, a new reference: {"clips", "accuracy": {"1": share that shows no genre, "2" ...}}. */
json_t *not_music_json(const NotMusic *figures);

#endif
