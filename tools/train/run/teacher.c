#include "run/teacher.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "learn/ranks.h"
#include "model/model.h"
#include "recipe/make_model.h"
#include "run/network.h"
#include "status.h"

/* A teacher's settings: those of the job but for its files, and `note`. */
static TrainerSettings make_settings(const Job *job, const TrainerSettings *settings,
                                     const char *note) {
    TrainerSettings its = *settings;
    its.checkpoint_path = job->paths.teacher_checkpoint;
    its.log_path = job->paths.teacher_log;
    its.resume = job->resume && access(its.checkpoint_path, F_OK) == 0;
    its.job = 2 * settings->job;
    its.n_jobs = 2 * settings->n_jobs;
    its.note = note;
    return its;
}

static GenreStatus save(const Job *job, const TrainerSettings *settings, const GenreModel *model,
                        const TrainerResult *result, GenreError *error) {
    char run[TRAINER_RUN_SIZE];
    trainer_name_run(settings, run);
    json_object_set_new(result->summary, "run", json_string(run));
    json_object_set_new(result->summary, "seconds", json_real(result->spent_s));
    return save_model(model, job->recipe, settings->cache, result->summary, job->split,
                      job->paths.teacher, error);
}

/* The teacher that was saved, be it long ago: what it says then is the same. NULL on failure. */
static GenreModel *read_saved(const Job *job, const TrainerSettings *settings, double *spent_s,
                              GenreError *error) {
    char run[TRAINER_RUN_SIZE];
    trainer_name_run(settings, run);
    GenreModel *model = genre_model_load(job->paths.teacher, error);
    json_t *training = read_training(model);
    const char *of = json_string_value(json_object_get(training, "run"));
    const bool is_ours = of && strcmp(of, run) == 0;
    *spent_s = json_number_value(json_object_get(training, "seconds"));
    json_decref(training);
    if (!model || is_ours)
        return model;
    genre_model_free(model);
    genre_fail(error, GENRE_ERR_FORMAT, "%s: it belongs to a run with another recipe, data or seed",
               job->paths.teacher);
    return NULL;
}

/* Trains and saves it. */
static GenreStatus train(const Job *job, const TrainerSettings *settings, GenreError *error) {
    char note[80];
    TrainerResult result = {0};
    snprintf(note, sizeof note, "%s%steacher", settings->note ? settings->note : "",
             settings->note ? ", " : "");
    const TrainerSettings its = make_settings(job, settings, note);
    GenreModel *teacher = network_train(&its, job->labels, &result, error);
    GenreStatus status = teacher ? GENRE_SUCCESS : error->status;
    if (!status && ranks_index() == 0 && !(status = save(job, settings, teacher, &result, error)))
        network_forget(&its);
    json_decref(result.summary);
    genre_model_free(teacher);
    return ranks_agree(status, error);
}

/* It hears the frames that the job is trained on. */
static GenreStatus choose(OpenClips *clips, const Job *job, const GenreModel *teacher,
                          GenreError *error) {
    if (!json_equal(teacher->feature, job->cache->feature))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model that is to choose genres has another \"feature\" than the "
                          "recipe's");
    return open_find(clips, job, teacher, error);
}

GenreStatus teacher_find(const Job *job, const TrainerSettings *settings, OpenClips *clips,
                         double *spent_s, GenreError *error) {
    GenreModel *teacher = NULL;
    const bool here = ranks_index() == 0;
    if (job->refit || job->teacher)
        return choose(clips, job, job->refit ? job->refit : job->teacher, error);
    const bool is_done = ranks_any(here && job->resume && access(job->paths.teacher, F_OK) == 0);
    GenreStatus status = is_done ? GENRE_SUCCESS : train(job, settings, error);
    if (!status && here && !(teacher = read_saved(job, settings, spent_s, error)))
        status = error->status;
    status = ranks_agree(status, error);
    if (!status)
        status = open_find(clips, job, teacher, error);
    genre_model_free(teacher);
    return status;
}

void teacher_forget(const Job *job, const TrainerSettings *settings) {
    const TrainerSettings its = make_settings(job, settings, NULL);
    network_forget(&its);
    remove(job->paths.teacher);
}
