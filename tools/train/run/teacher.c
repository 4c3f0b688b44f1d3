#include "run/teacher.h"

#include <string.h>
#include <unistd.h>

#include "learn/ranks.h"
#include "model/model.h"
#include "recipe/make_model.h"
#include "run/network.h"
#include "status.h"

/* A teacher's settings: those of the job but for its files. */
static TrainerSettings make_teacher_settings(const Job *job, const TrainerSettings *settings) {
    TrainerSettings its = *settings;
    its.checkpoint_path = job->paths.teacher_checkpoint;
    its.log_path = job->paths.teacher_log;
    its.resume = job->resume && access(its.checkpoint_path, F_OK) == 0;
    its.job = 2 * settings->job;
    its.n_jobs = 2 * settings->n_jobs;
    its.note = "teacher";
    return its;
}

/* The teacher that an interrupted job had trained already, on rank 0; NULL on failure. */
static GenreModel *read_teacher(const Job *job, const TrainerSettings *settings,
                                GenreError *error) {
    char run[TRAINER_RUN_SIZE];
    trainer_name_run(settings, run);
    GenreModel *model = genre_model_load(job->paths.teacher, error);
    const char *text = model ? genre_model_metadata(model, "training") : NULL;
    json_t *training = text ? json_loads(text, 0, NULL) : NULL;
    const char *of = json_string_value(json_object_get(training, "run"));
    const bool is_ours = of && strcmp(of, run) == 0;
    json_decref(training);
    if (!model || is_ours)
        return model;
    genre_model_free(model);
    genre_fail(error, GENRE_ERR_FORMAT, "%s: it belongs to a run with another recipe, data or seed",
               job->paths.teacher);
    return NULL;
}

static GenreStatus save_teacher(const Job *job, const TrainerSettings *settings,
                                const GenreModel *model, json_t *summary, GenreError *error) {
    char run[TRAINER_RUN_SIZE];
    trainer_name_run(settings, run);
    json_object_set_new(summary, "run", json_string(run));
    return save_model(model, job->recipe, settings->cache, summary, job->split, job->paths.teacher,
                      error);
}

GenreStatus teacher_find(const Job *job, const TrainerSettings *settings, OpenClips *clips,
                         double *spent_s, GenreError *error) {
    TrainerResult result = {0};
    GenreModel *teacher = NULL;
    const bool here = ranks_index() == 0;
    if (job->refit)
        return open_find(clips, job, job->refit, error);
    const TrainerSettings its = make_teacher_settings(job, settings);
    const bool is_done = ranks_any(here && job->resume && access(job->paths.teacher, F_OK) == 0);
    GenreStatus status = GENRE_SUCCESS;
    if (!is_done)
        teacher = network_train(&its, job->labels, &result, error);
    else if (here)
        teacher = read_teacher(job, settings, error);
    status = ranks_agree(teacher || (is_done && !here) ? GENRE_SUCCESS : error->status, error);
    if (!status && !is_done && here)
        status = save_teacher(job, settings, teacher, result.summary, error);
    status = ranks_agree(status, error);
    if (!status) {
        if (here)
            network_forget(&its);
        status = open_find(clips, job, teacher, error);
    }
    *spent_s = result.spent_s;
    json_decref(result.summary);
    genre_model_free(teacher);
    return status;
}
