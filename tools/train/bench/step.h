/* How long a training step of a recipe takes, beside PyTorch. */
#ifndef GENRE_TRAIN_BENCH_STEP_H
#define GENRE_TRAIN_BENCH_STEP_H

#include "recipe/recipe.h"

typedef struct {
    int n_frames;      /* of an excerpt */
    size_t n_weights;  /* that are trained */
    double ms;         /* median of a step; on one thread of processor time */
    double loss, norm; /* of a step without dropout: the loss, and the gradient's length */
    bool has_torch;    /* what follows is set */
    char torch_version[32];
    double torch_ms, torch_loss, torch_norm;
} BenchStep;

/* Times a step of `recipe`, one network's, over data made up: all but drawing the excerpts. On
 * n_threads, and PyTorch on as many; n_rounds of n_steps, in turns with PyTorch's. With one thread
 * it is processor time, which other programs hardly change, else the wall clock. */
GenreStatus bench_step(BenchStep *step, const Recipe *recipe, int n_threads, int n_rounds,
                       int n_steps, GenreError *error);

#endif
