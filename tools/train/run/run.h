/* A run: every way to divide the clips x every fold x every seed, each a job. Either one job whose
 * files stand beside its model, or a folder with a folder for each job:
 *
 *   FOLDER/recipe.json, cache.safetensors, BY[-foldK]-seedS/{model.safetensors, log.csv,
 *   checkpoint (while it runs), report.json, report.txt}
 */
#ifndef GENRE_TRAIN_RUN_H
#define GENRE_TRAIN_RUN_H

#include "base/pool.h"
#include "genrecast.h"
#include "model/model.h"
#include "recipe/recipe.h"
#include "split/split.h"

enum { RUN_MAX_SEEDS = 100 };

typedef struct {
    const Recipe *recipe;
    const char *clips;  /* manifest, folder or cache */
    const char *folder; /* NULL: one job, beside ... */
    const char *model;
    const SplitPlan *plan;
    const char *train, *valid, *test; /* splits */
    const GenreModel *refit;          /* train on `valid` too, as it was (refit.h); NULL: do not */
    const GenreModel *teacher;        /* of open clips (job.h) */
    int n_seeds;
    long seeds[RUN_MAX_SEEDS];
    Pool *pool;
    bool resume;  /* go on with what an interrupted run has left; finished jobs are kept */
    bool restart; /* throw it away */
} Run;

/* Does all jobs and prints how they went. A job that fails by itself is named and left out, and the
 * run fails at its end. */
GenreStatus run_all(const Run *run, GenreError *error);

/* Whether SIGINT or SIGTERM came while there was something to lose. */
bool run_was_interrupted(void);

#endif
