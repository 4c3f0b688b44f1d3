/* A training's whole state after an epoch, so that it can go on as if never interrupted. */
#ifndef GENRE_TRAIN_CHECKPOINT_H
#define GENRE_TRAIN_CHECKPOINT_H

#include "genrecast.h"
#include "learn/optim.h"
#include "learn/schedule.h"

typedef struct {
    int64_t epoch;      /* epochs done */
    int64_t best_epoch; /* the one with the least validation loss, 0 = none yet */
    double best_loss;
    ScheduleState schedule;
    double spent_s; /* time it took so far */
} TrainerProgress;

/* `run` names what is trained on what with which seed; a checkpoint of another run is refused. */
GenreStatus checkpoint_write(const char *path, const char *run, const TrainerProgress *progress,
                             const Optim *optim, const float *weights, const float *best,
                             GenreError *error);
GenreStatus checkpoint_read(const char *path, const char *run, TrainerProgress *progress,
                            Optim *optim, float *weights, float *best, GenreError *error);

#endif
