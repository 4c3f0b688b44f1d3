/* How right a model is, after how much music: the product's own classifier over labelled clips. */
#ifndef GENRE_TRAIN_EVALUATE_H
#define GENRE_TRAIN_EVALUATE_H

#include <jansson.h>
#include <stdio.h>

#include "genrecast.h"
#include "pool.h"

enum { EVALUATE_N_TIMES = 4 };
extern const int evaluate_times_s[EVALUATE_N_TIMES]; /* 3, 5, 10, 30 */

/* A clip to score: a sound file, or frames in memory. */
typedef struct {
    int label;
    const char *path;    /* NULL: use the frames */
    const float *frames; /* (n_frames, the model's bands) */
    int n_frames;
} EvaluateClip;

typedef struct {
    const GenreModel *model;
    bool allowed[GENRE_MAX_LABELS]; /* labels that count as answers */
    size_t n, n_failed;             /* clips scored; clips that could not be read */
    size_t right[EVALUATE_N_TIMES];
    /* What was said after 30 s or at the clip's end: [truth][answer]. */
    size_t confusion[GENRE_MAX_LABELS][GENRE_MAX_LABELS];
    size_t unheard[GENRE_MAX_LABELS]; /* clips in which nothing was loud enough to be heard */
    double calibration_error; /* ECE of the leading score after 30 s, 10 bins of equal mass */
} Evaluation;

/* Scores all clips. The answer is the leading score among the allowed labels, be the state music
 * or unknown; nothing heard is a wrong answer. */
GenreStatus evaluate(Evaluation *evaluation, const EvaluateClip *clips, size_t n, Pool *pool,
                     GenreError *error);

/* As text, and as JSON {"clips", "accuracy": {"3": ...}, "labels", "per_class", "confusion", ...}.
 */
void evaluation_print(const Evaluation *evaluation, FILE *out);
json_t *evaluation_json(const Evaluation *evaluation);

#endif
