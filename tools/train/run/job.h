/* A job: one training from start to end, with its log, its checkpoint while it runs, its model and
 * the report on that. */
#ifndef GENRE_TRAIN_JOB_H
#define GENRE_TRAIN_JOB_H

#include <signal.h>

#include "base/pool.h"
#include "clips/cache.h"
#include "genrecast.h"
#include "recipe/recipe.h"

/* Files of a job; free with job_paths_clear. */
typedef struct {
    char *model, *checkpoint, *log, *report_json, *report_text;
    char *teacher, *teacher_checkpoint, *teacher_log; /* only while it runs, but for the log */
} JobPaths;

/* Those of a job in a folder of its own, and of one whose files stand beside its model. */
GenreStatus job_paths_in(JobPaths *paths, const char *folder, GenreError *error);
GenreStatus job_paths_beside(JobPaths *paths, const char *model, GenreError *error);
void job_paths_clear(JobPaths *paths);

typedef struct {
    const Recipe *recipe;
    const Cache *cache; /* its clips divided into splits */
    json_t *split;      /* how they were divided: split_cache's description */
    json_t *labels;     /* list */
    Pool *pool;
    const char *train, *valid, *test; /* the splits' names */
    const char *by;                   /* what the clips were divided by */
    int fold;                         /* from 1; 0: there are none */
    uint64_t seed;
    const GenreModel *refit;   /* train on `valid` too, as it was (refit.h); NULL: do not */
    const GenreModel *teacher; /* of open clips; NULL: `refit` is, or one that is trained before */
    JobPaths paths;
    bool resume;       /* go on from the checkpoint, where there is one */
    int index, n_jobs; /* which of how many this is, from 0 */
    double before_s;   /* time that the jobs before it took */
    const char *note;  /* to show behind the progress bar; NULL: nothing */
    volatile sig_atomic_t *interrupted;
} Job;

/* Whether it was begun and not ended: the file that tells of it; NULL where it was not. */
const char *job_is_unfinished(const JobPaths *paths);

/* Trains, saves and scores the model: on the clips of `valid` and, where there are any, `test`.
 * All ranks do that together, and rank 0 has the report; the others' is NULL.
 * What stands in the report comes back in *report (free with json_decref):
 *   {"run", "recipe", "by", "fold", "seed", "weights", "training", "split", "valid", "test"}
 * with what "training" took in "seconds" and null for what there is not. */
GenreStatus job_run(const Job *job, json_t **report, GenreError *error);

/* The report of a job that is done already, in *report; NULL where it is yet to do. Fails where
 * what is there belongs to another training. */
GenreStatus job_read_report(const Job *job, json_t **report, GenreError *error);

#endif
