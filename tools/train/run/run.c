#include "run/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli.h"
#include "base/path.h"
#include "clips/cache.h"
#include "clips/tags.h"
#include "learn/ranks.h"
#include "report/report.h"
#include "run/folder.h"
#include "run/job.h"
#include "run/summary.h"
#include "status.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

bool run_was_interrupted(void) {
    return interrupted;
}

/* What a run is made of and how far it is. */
typedef struct {
    const Run *run;
    char *cache_path;
    json_t *reports; /* list: of the jobs done */
    int index, n_jobs, n_failed;
    double spent_s; /* by the jobs done */
} State;

/* Where the cache to train on is: the clips, where they are one, or one made of them. */
static GenreStatus find_cache(State *state, GenreError *error) {
    const Run *run = state->run;
    if (cache_is_one(run->clips))
        state->cache_path = strdup(run->clips);
    else if (run->folder)
        state->cache_path = path_in(run->folder, "cache.safetensors");
    else
        state->cache_path = path_with(run->model, ".cache.safetensors");
    return state->cache_path ? GENRE_SUCCESS
                             : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

static GenreStatus make_cache(const State *state, GenreError *error) {
    const Run *run = state->run;
    if (cache_is_one(run->clips) || (run->resume && access(state->cache_path, F_OK) == 0))
        return GENRE_SUCCESS;
    return cache_prepare(run->clips, run->recipe, run->pool, state->cache_path, NULL, error);
}

static GenreStatus open_cache(const State *state, Cache *cache, GenreError *error) {
    const GenreStatus status = cache_open(cache, state->cache_path, error);
    if (status || cache_fits(cache, state->run->recipe))
        return status;
    cache_close(cache);
    return genre_fail(error, GENRE_ERR_BAD_ARG,
                      "%s was made with another \"feature\", \"waveform\" or \"output\" than the "
                      "recipe's, or without its \"tags\"; run prepare again",
                      state->cache_path);
}

/* Where the job's files are, for a folder of jobs by its name. */
static GenreStatus find_paths(const Run *run, const char *name, JobPaths *paths,
                              GenreError *error) {
    if (!run->folder)
        return job_paths_beside(paths, run->model, error);
    char *folder = ranks_index() == 0 ? run_folder_of_job(run->folder, name, error)
                                      : path_in(run->folder, name);
    const GenreStatus status = folder ? job_paths_in(paths, folder, error) : GENRE_ERR_WRITE;
    free(folder);
    return status;
}

static GenreStatus check_unfinished(const Run *run, const JobPaths *paths, GenreError *error) {
    if (run->folder || run->resume || run->restart || ranks_index() > 0)
        return GENRE_SUCCESS;
    const char *left = job_is_unfinished(paths);
    if (!left)
        return GENRE_SUCCESS;
    return genre_fail(error, GENRE_ERR_BAD_ARG,
                      "%s is left of an unfinished run: --resume goes on with it, --restart throws "
                      "it away",
                      left);
}

/* Trains unless that is done; *report is the job's. */
static GenreStatus do_job(const Job *job, const char *name, bool may_be_done, json_t **report,
                          GenreError *error) {
    const bool read = may_be_done && ranks_index() == 0;
    const GenreStatus status =
        ranks_agree(read ? job_read_report(job, report, error) : GENRE_SUCCESS, error);
    if (status || ranks_any(*report != NULL))
        return status;
    if (job->n_jobs > 1)
        fprintf(stderr, "%s: %s\n", job->note, name);
    GenreError inner;
    const GenreStatus done = job_run(job, report, &inner);
    if (!done)
        return GENRE_SUCCESS;
    return genre_fail(error, done, "%s%s", inner.text,
                      *job->interrupted && job_is_unfinished(&job->paths)
                          ? "; --resume goes on from what is done"
                          : "");
}

/* Whether a model can have these labels, and has something to tell apart by them. */
static GenreStatus check_labels(const json_t *labels, GenreError *error) {
    const size_t n = json_array_size(labels);
    if (n > GENRE_MAX_LABELS)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "there are %zu labels, of which a model has at most %d: \"labels\", "
                          "\"merge\" and \"min_clips\" of the recipe's \"data\" choose",
                          n, GENRE_MAX_LABELS);
    if (n == 1)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "\"%s\" is the only label: there is nothing to tell it from",
                          json_string_value(json_array_get(labels, 0)));
    return GENRE_SUCCESS;
}

static GenreStatus run_job(State *state, SplitBy kind, int fold, long seed, GenreError *error) {
    const Run *run = state->run;
    const char *by = split_by_name(kind);
    SplitPlan plan = *run->plan;
    Cache cache;
    JobPaths paths = {0};
    json_t *report = NULL, *split = NULL, *labels = NULL;
    char name[100], folds[20] = "", note[40];
    if (ranks_any(interrupted)) {
        interrupted = 1;
        return genre_fail(error, GENRE_ERR_UNSUPPORTED, "interrupted; --resume goes on");
    }
    if (fold)
        snprintf(folds, sizeof folds, "-fold%d", fold);
    snprintf(name, sizeof name, "%s%s-seed%ld", by, folds, seed);
    snprintf(note, sizeof note, "job %d of %d", state->index + 1, state->n_jobs);
    GenreStatus status = open_cache(state, &cache, error);
    const bool opened = !status;
    if ((status = ranks_agree(status, error))) {
        if (opened)
            cache_close(&cache);
        return status;
    }
    plan.by = kind;
    if (run->recipe->independent)
        status = tags_choose(&cache, &plan, &labels, error);
    if (!status)
        status = split_cache(&cache, &plan, fold, &split, error);
    if (!status && !labels)
        labels = split_labels(&cache, &plan);
    if (!status)
        status = check_labels(labels, error);
    if (!status)
        status = find_paths(run, name, &paths, error);
    if (!status)
        status = check_unfinished(run, &paths, error);
    status = ranks_agree(status, error);
    if (!status) {
        if (seed == run->seeds[0]) /* the same for all seeds */
            split_complain(split);
        const Job job = {.recipe = run->recipe,
                         .cache = &cache,
                         .split = split,
                         .labels = labels,
                         .pool = run->pool,
                         .train = run->train,
                         .valid = run->valid,
                         .test = run->test,
                         .by = by,
                         .fold = fold,
                         .seed = (uint64_t)seed,
                         .refit = run->refit,
                         .teacher = run->teacher,
                         .paths = paths,
                         .resume = run->resume,
                         .index = state->index,
                         .n_jobs = state->n_jobs,
                         .before_s = state->spent_s,
                         .note = state->n_jobs > 1 ? note : NULL,
                         .interrupted = &interrupted};
        status = do_job(&job, name, run->folder && run->resume, &report, error);
    }
    if (!status) {
        state->spent_s +=
            json_number_value(json_object_get(json_object_get(report, "training"), "seconds"));
        json_array_append(state->reports, report);
    }
    json_decref(labels);
    json_decref(split);
    json_decref(report);
    job_paths_clear(&paths);
    cache_close(&cache);
    if (status != GENRE_ERR_FORMAT || state->n_jobs == 1)
        return status;
    /* What is wrong with this one need not be with the others. */
    genre_complain("%s failed: %s", name, error->text);
    state->n_failed++;
    return GENRE_SUCCESS;
}

static GenreStatus run_jobs(State *state, GenreError *error) {
    const struct sigaction action = {.sa_handler = interrupt};
    const SplitPlan *plan = state->run->plan;
    const int first = plan->fold > 0 ? plan->fold : plan->folds > 0;
    const int last = plan->fold > 0 ? plan->fold : plan->folds;
    GenreStatus status = GENRE_SUCCESS;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    state->n_jobs = plan->n_kinds * (last - first + 1) * state->run->n_seeds;
    for (int k = 0; k < plan->n_kinds; k++)
        for (int fold = first; fold <= last; fold++)
            for (int s = 0; s < state->run->n_seeds && !status; s++, state->index++)
                status = run_job(state, plan->kinds[k], fold, state->run->seeds[s], error);
    if (!status && state->n_failed > 0)
        status = genre_fail(error, GENRE_ERR_FORMAT, "%d of %d jobs failed", state->n_failed,
                            state->n_jobs);
    return status;
}

/* Prints the text that the one job's report is. */
static void show_report(const Run *run) {
    JobPaths paths;
    GenreError error;
    if (job_paths_beside(&paths, run->model, &error))
        return;
    FILE *in = fopen(paths.report_text, "r");
    for (int c; in && (c = getc(in)) != EOF;)
        putchar(c);
    if (in)
        fclose(in);
    job_paths_clear(&paths);
}

/* What can be said of the jobs done; where it went wrong before, that is the error to tell. */
static GenreStatus sum_up(const State *state, GenreStatus status, GenreError *error) {
    GenreError unwritten;
    run_summary_print(state->reports, stdout);
    const GenreStatus report = report_write(state->run->folder, status ? &unwritten : error);
    if (!report)
        printf("report: %s/report.html\n", state->run->folder);
    return status ? status : report;
}

GenreStatus run_all(const Run *run, GenreError *error) {
    State state = {.run = run, .reports = json_array()};
    GenreStatus status = GENRE_SUCCESS;
    if (run->folder && ranks_index() == 0)
        status = run_folder_open(run->folder, run->recipe->json, run->resume, run->restart, error);
    if (!status)
        status = find_cache(&state, error);
    if (!status && ranks_index() == 0)
        status = make_cache(&state, error);
    status = ranks_agree(status, error);
    if (!status)
        status = run_jobs(&state, error);
    if (run->folder && json_array_size(state.reports) > 0)
        status = sum_up(&state, status, error);
    else if (!run->folder && !status)
        show_report(run);
    json_decref(state.reports);
    free(state.cache_path);
    return status;
}
