#include "run/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "learn/ranks.h"
#include "learn/trainer.h"
#include "model/model.h"
#include "recipe/make_model.h"
#include "run/job_report.h"
#include "run/network.h"
#include "run/open.h"
#include "run/teacher.h"
#include "status.h"

static GenreStatus check(JobPaths *paths, GenreError *error) {
    if (paths->model && paths->checkpoint && paths->log && paths->report_json &&
        paths->report_text && paths->teacher && paths->teacher_checkpoint && paths->teacher_log)
        return GENRE_SUCCESS;
    job_paths_clear(paths);
    return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

GenreStatus job_paths_in(JobPaths *paths, const char *folder, GenreError *error) {
    *paths = (JobPaths){.model = path_in(folder, "model.safetensors"),
                        .checkpoint = path_in(folder, "checkpoint"),
                        .log = path_in(folder, "log.csv"),
                        .report_json = path_in(folder, "report.json"),
                        .report_text = path_in(folder, "report.txt"),
                        .teacher = path_in(folder, "teacher.safetensors"),
                        .teacher_checkpoint = path_in(folder, "checkpoint.teacher"),
                        .teacher_log = path_in(folder, "log.teacher.csv")};
    return check(paths, error);
}

GenreStatus job_paths_beside(JobPaths *paths, const char *model, GenreError *error) {
    *paths = (JobPaths){.model = path_with(model, ""),
                        .checkpoint = path_with(model, ".checkpoint"),
                        .log = path_with(model, ".log.csv"),
                        .report_json = path_with(model, ".report.json"),
                        .report_text = path_with(model, ".report.txt"),
                        .teacher = path_with(model, ".teacher.safetensors"),
                        .teacher_checkpoint = path_with(model, ".checkpoint.teacher"),
                        .teacher_log = path_with(model, ".log.teacher.csv")};
    return check(paths, error);
}

void job_paths_clear(JobPaths *paths) {
    free(paths->model);
    free(paths->checkpoint);
    free(paths->log);
    free(paths->report_json);
    free(paths->report_text);
    free(paths->teacher);
    free(paths->teacher_checkpoint);
    free(paths->teacher_log);
    *paths = (JobPaths){0};
}

const char *job_is_unfinished(const JobPaths *paths) {
    const char *const left[] = {paths->checkpoint, paths->teacher, paths->teacher_checkpoint};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (access(left[i], F_OK) == 0)
            return left[i];
    return NULL;
}

static TrainerSettings make_settings(const Job *job) {
    return (TrainerSettings){.recipe = job->recipe,
                             .cache = job->cache,
                             .labels = job->labels,
                             .pool = job->pool,
                             .seed = job->seed,
                             .fit_seed = job->seed,
                             .train_split = job->train,
                             .valid_split = job->valid,
                             .refit = job->refit,
                             .teacher = job->teacher,
                             .checkpoint_path = job->paths.checkpoint,
                             .log_path = job->paths.log,
                             .resume = job->resume && access(job->paths.checkpoint, F_OK) == 0,
                             .job = job->index,
                             .n_jobs = job->n_jobs,
                             .before_s = job->before_s,
                             .note = job->note,
                             .interrupted = job->interrupted};
}

/* What is known of the job before its model is scored. */
static json_t *begin_report(const Job *job, const GenreModel *model, const TrainerResult *result) {
    const TrainerSettings settings = make_settings(job); /* without clips that it found itself */
    char run[TRAINER_RUN_SIZE];
    trainer_name_run(&settings, run);
    json_t *training = json_deep_copy(result->summary);
    json_object_set_new(training, "seconds", json_real(result->spent_s));
    return json_pack("{ss sO? ss so sI sI so sO?}", "run", run, "recipe",
                     json_object_get(job->recipe->json, "name"), "by", job->by, "fold",
                     job->fold ? json_integer(job->fold) : json_null(), "seed",
                     (json_int_t)job->seed, "weights", (json_int_t)genre_model_n_weights(model),
                     "training", training, "split", job->split);
}

/* Saves the model and scores it, on rank 0. */
static GenreStatus conclude(const Job *job, const TrainerSettings *settings,
                            const GenreModel *model, const TrainerResult *result, json_t **report,
                            GenreError *error) {
    json_t *trained_on = json_pack("[s]", job->train);
    if (job->refit)
        json_array_append_new(trained_on, json_string(job->valid));
    json_object_set_new(result->summary, "trained_on", trained_on);
    GenreStatus status = save_model(model, job->recipe, settings->cache, result->summary,
                                    job->split, job->paths.model, error);
    if (!status) {
        *report = begin_report(job, model, result);
        status = job_report(job, *report, error);
    }
    if (!status) {
        network_forget(settings);
        teacher_forget(job, settings);
    }
    return status;
}

GenreStatus job_run(const Job *job, json_t **report, GenreError *error) {
    TrainerSettings settings = make_settings(job);
    TrainerResult result = {0};
    OpenClips clips = {0};
    GenreModel *model = NULL;
    double teacher_s = 0;
    GenreStatus status = GENRE_SUCCESS;
    *report = NULL;
    if (!job->resume && ranks_index() == 0) { /* what another training left would be in the way */
        network_forget(&settings);
        teacher_forget(job, &settings);
    }
    if (open_any(job)) {
        status = teacher_find(job, &settings, &clips, &teacher_s, error);
        settings.cache = &clips.cache;
        settings.before_s += teacher_s;
        if (!job->refit && !job->teacher) { /* the second of two trainings */
            settings.job = 2 * settings.job + 1;
            settings.n_jobs *= 2;
        }
    }
    if (!status && !(model = network_train(&settings, job->labels, &result, error)))
        status = error->status;
    if (!status) {
        if (clips.summary)
            json_object_set(result.summary, "open", clips.summary);
        result.spent_s += teacher_s;
        if (ranks_index() == 0)
            status = conclude(job, &settings, model, &result, report, error);
        status = ranks_agree(status, error);
    }
    json_decref(result.summary);
    genre_model_free(model);
    open_clear(&clips);
    return status;
}

GenreStatus job_read_report(const Job *job, json_t **report, GenreError *error) {
    const TrainerSettings settings = make_settings(job);
    char run[TRAINER_RUN_SIZE];
    json_error_t json_error;
    *report = NULL;
    if (access(job->paths.report_json, F_OK) != 0)
        return GENRE_SUCCESS;
    *report = json_load_file(job->paths.report_json, JSON_REJECT_DUPLICATES, &json_error);
    if (!*report)
        return genre_fail(error, GENRE_ERR_FORMAT, "%s: %s", job->paths.report_json,
                          json_error.text);
    const char *of = json_string_value(json_object_get(*report, "run"));
    trainer_name_run(&settings, run);
    if (of && strcmp(of, run) == 0)
        return GENRE_SUCCESS;
    json_decref(*report);
    *report = NULL;
    return genre_fail(error, GENRE_ERR_FORMAT,
                      "%s: it belongs to a run with another recipe, data or seed",
                      job->paths.report_json);
}
