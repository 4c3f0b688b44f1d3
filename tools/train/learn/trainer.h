/* Training: random excerpts, back-propagation through time, early stopping, checkpoints.
 *
 * A step's batch is cut into shards of a fixed size whatever the number of threads, all random
 * numbers come from (seed, step, shard), and the shards' gradients are added in order: the same
 * seed gives the same model on any number of threads, interrupted or not. Batch normalisation takes
 * its moments shard by shard, and moves its running ones on in the order of the shards.
 *
 * Ranks (ranks.h) share the shards and the clips to validate on. All of them call these functions
 * with the same settings, and all succeed or fail alike; rank 0 has what the others have not: the
 * files, and the calibration.
 */
#ifndef GENRE_TRAIN_TRAINER_H
#define GENRE_TRAIN_TRAINER_H

#include <signal.h>

#include "base/pool.h"
#include "clips/cache.h"
#include "genrecast.h"
#include "recipe/recipe.h"

typedef struct {
    const Recipe *recipe;
    const Cache *cache;
    const json_t *labels; /* list: the outputs' names in order, for the run's name alone */
    Pool *pool;
    uint64_t seed;
    /* What fitted layers are set from is the same in trainings with the same of these two, where
     * their recipes do not make it another. */
    uint64_t fit_seed;
    int block; /* frames; excerpts are of whole ones. A multiple of what the network takes */
    const char *train_split, *valid_split;
    const GenreModel
        *refit;         /* NULL, or train on `valid_split` too, as this one was (refit.h) ... */
    const char *member; /* ... or its member of this name, where that is not NULL, was */
    const GenreModel *teacher;          /* NULL, or what chose genres: for the run's name alone */
    const char *checkpoint_path;        /* written after each epoch */
    const char *log_path;               /* CSV, a line per epoch */
    bool resume;                        /* go on from the checkpoint */
    int job, n_jobs;                    /* which of how many trainings this is, from 0 */
    double before_s;                    /* time that the trainings before it took */
    const char *note;                   /* to show behind the progress bar; NULL: nothing */
    volatile sig_atomic_t *interrupted; /* nonzero: stop after this step */
} TrainerSettings;

typedef struct {
    json_t *summary; /* how it went: the same whenever the training is; free with json_decref */
    double spent_s;
} TrainerResult;

/* Trains `model`, fresh from genre_model_new, to its best epoch and calibrates it.
 * GENRE_ERR_UNSUPPORTED with "interrupted" if it was. */
GenreStatus trainer_run(GenreModel *model, const TrainerSettings *settings, TrainerResult *result,
                        GenreError *error);

/* Fits the calibration of a model that has weights to the clips of settings->valid_split, and tells
 * the loss on these in *loss; or takes over that of settings->refit, and *loss is not a number. */
GenreStatus trainer_calibrate(GenreModel *model, const TrainerSettings *settings, double *loss,
                              GenreError *error);

/* What makes a training the one that it is: a word for recipe, labels, data and splits, and the
 * seed. */
enum { TRAINER_RUN_SIZE = 64 };
void trainer_name_run(const TrainerSettings *settings, char run[TRAINER_RUN_SIZE]);

#endif
