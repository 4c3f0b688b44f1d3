#include "learn/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli.h"
#include "app/progress.h"
#include "clips/frames.h"
#include "hash.h"
#include "learn/calibrate.h"
#include "learn/checkpoint.h"
#include "learn/class_weights.h"
#include "learn/fit.h"
#include "learn/infer.h"
#include "learn/learner.h"
#include "learn/ranks.h"
#include "learn/refit.h"
#include "learn/training_log.h"
#include "machine.h"
#include "model/model.h"
#include "status.h"

/* Validation looks at no more than this of a clip. */
static const double valid_s = 30;

static int valid_frames(double period_s) {
    return (int)(valid_s / period_s + 0.5);
}

typedef struct {
    const TrainerSettings *settings;
    const Recipe *recipe;
    GenreModel *model;
    double period_s;
    int n_epochs; /* at most */
    BatchSource train, valid;
    Learner learner;
    float *best;                           /* (n_weights) of the best epoch so far */
    float label_weights[GENRE_MAX_LABELS]; /* in the loss */
    float logit_offsets[GENRE_MAX_LABELS]; /* in the loss, one per output */
    TrainerProgress progress;
    char run[TRAINER_RUN_SIZE];
} Trainer;

static int64_t steps_per_epoch(const Trainer *trainer) {
    const int64_t batch = trainer->recipe->batch;
    return ((int64_t)trainer->train.n + batch - 1) / batch * trainer->recipe->rounds;
}

static double rate_at(const Trainer *trainer, int64_t step) {
    const int epochs = trainer->recipe->epochs;
    return schedule_rate(&trainer->recipe->schedule, &trainer->progress.schedule, step,
                         steps_per_epoch(trainer) * epochs, epochs);
}

/* Swaps the network's weights with `other`: the averaged ones are validated, the others trained. */
static void swap_weights(GenreNet *net, float *other) {
    for (size_t i = 0; i < net->n_weights; i++) {
        const float kept = net->weights[i];
        net->weights[i] = other[i];
        other[i] = kept;
    }
}

/* Mean loss after a few times, and the share that is right at the clips' ends: what rank 0 finds.
 */
static void score(const Inference *inference, double period_s, double *loss, double *accuracy) {
    static const double at_s[] = {3, 5, 10, 30};
    int times[4];
    for (int k = 0; k < 4; k++)
        times[k] = (int)(at_s[k] / period_s + 0.5);
    if (ranks_index() == 0)
        inference_score(inference, times, 4, loss, accuracy);
    ranks_share(loss, sizeof *loss);
    ranks_share(accuracy, sizeof *accuracy);
}

static GenreStatus validate(Trainer *trainer, double *loss, double *accuracy, GenreError *error) {
    Inference inference;
    ranks_share(trainer->learner.optim.average, trainer->learner.optim.n * sizeof(float));
    swap_weights(trainer->model->net, trainer->learner.optim.average);
    const GenreStatus status =
        infer_clips(&inference, trainer->model, &trainer->valid, valid_frames(trainer->period_s),
                    trainer->settings->pool, error);
    swap_weights(trainer->model->net, trainer->learner.optim.average);
    if (status)
        return status;
    score(&inference, trainer->period_s, loss, accuracy);
    inference_clear(&inference);
    return GENRE_SUCCESS;
}

static uint64_t hash_text(uint64_t hash, const char *text) {
    return genre_hash(hash, text, strlen(text) + 1);
}

static uint64_t hash_weights(uint64_t hash, const GenreModel *model) {
    return genre_hash(hash, model->net->weights, model->net->n_weights * sizeof(float));
}

void trainer_name_run(const TrainerSettings *settings, char run[TRAINER_RUN_SIZE]) {
    uint64_t hash = GENRE_HASH_EMPTY;
    const json_t *label;
    size_t k;
    char *recipe = json_dumps(settings->recipe->json, JSON_SORT_KEYS | JSON_COMPACT);
    hash = hash_text(hash, recipe ? recipe : "");
    free(recipe);
    json_array_foreach(settings->labels, k, label) /* in another order each has another output */
        hash = hash_text(hash, json_string_value(label));
    for (size_t i = 0; i < settings->cache->n; i++) {
        const CacheEntry *entry = &settings->cache->entries[i];
        hash = hash_text(hash, entry->id);
        hash = hash_text(hash, entry->genre);
        hash = hash_text(hash, entry->split);
        hash = genre_hash(hash, &entry->n_frames, sizeof entry->n_frames);
    }
    for (size_t i = 0; settings->recipe->tags && i < settings->cache->n_open; i++) {
        const CacheEntry *entry = &settings->cache->open[i];
        hash = hash_text(hash, entry->id);
        hash = hash_text(hash, entry->tags);
        hash = hash_text(hash, entry->split);
        hash = genre_hash(hash, &entry->n_frames, sizeof entry->n_frames);
    }
    hash = hash_text(hash, settings->train_split);
    hash = hash_text(hash, settings->valid_split);
    if (settings->refit)
        hash = hash_weights(hash, settings->refit);
    if (settings->teacher)
        hash = hash_weights(hash, settings->teacher);
    snprintf(run, TRAINER_RUN_SIZE, "%016" PRIx64 " seed %" PRIu64, hash, settings->seed);
}

static GenreStatus trainer_init(Trainer *trainer, GenreModel *model,
                                const TrainerSettings *settings, GenreError *error) {
    const Recipe *recipe = settings->recipe;
    GenreStatus status;
    *trainer = (Trainer){.settings = settings, .recipe = recipe, .model = model};
    trainer->period_s = frames_times(model->feature).period_s;
    trainer->n_epochs = recipe->epochs;
    if (settings->refit && (status = refit_epochs(settings->refit, settings->member, model, recipe,
                                                  &trainer->n_epochs, error)))
        return status;
    if ((status = batch_source_init(&trainer->train, settings->cache, settings->train_split,
                                    settings->refit ? settings->valid_split : NULL, model->labels,
                                    genre_model_n_outputs(model), recipe->balance, error)) ||
        (status = batch_source_init(&trainer->valid, settings->cache, settings->valid_split, NULL,
                                    model->labels, genre_model_n_outputs(model), 0, error)) ||
        (status = class_weights_set(recipe->class_weights, &trainer->train, model->independent,
                                    model->labels, genre_model_n_outputs(model),
                                    trainer->label_weights, error)))
        return status;
    class_weights_logits(recipe->logit_adjustment, &trainer->train, model->n_labels,
                         genre_model_n_outputs(model), trainer->logit_offsets);
    const ShardTask task = {.recipe = recipe,
                            .model = model,
                            .source = &trainer->train,
                            .label_weights = recipe->class_weights ? trainer->label_weights : NULL,
                            .logit_offsets = trainer->logit_offsets};
    if ((status = learner_init(&trainer->learner, &task, settings->block, error)))
        return status;
    trainer->best = calloc(model->net->n_weights + 1, sizeof(float));
    if (!trainer->best)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    trainer_name_run(settings, trainer->run);
    return GENRE_SUCCESS;
}

static void trainer_clear(Trainer *trainer) {
    learner_clear(&trainer->learner);
    free(trainer->best);
    batch_source_clear(&trainer->train);
    batch_source_clear(&trainer->valid);
}

/* On rank 0, where the files are. */
static GenreStatus begin(Trainer *trainer, GenreError *error) {
    const TrainerSettings *settings = trainer->settings;
    GenreStatus status;
    if (settings->resume) {
        status = checkpoint_read(settings->checkpoint_path, trainer->run, &trainer->progress,
                                 &trainer->learner.optim, trainer->model->net->weights,
                                 trainer->best, error);
    } else {
        GenreRng rng = genre_rng(settings->seed, 0);
        genre_net_init(trainer->model->net, &rng);
        status = fit_layers(trainer->model->net, &trainer->learner.shards[0],
                            &trainer->learner.task, settings->fit_seed, error);
        optim_start(&trainer->learner.optim, trainer->model->net->weights);
        trainer->progress.best_loss = INFINITY;
    }
    return status ? status : training_log_begin(settings->log_path, trainer->progress.epoch, error);
}

static GenreStatus start(Trainer *trainer, GenreError *error) {
    GenreStatus status = ranks_index() == 0 ? begin(trainer, error) : GENRE_SUCCESS;
    if ((status = ranks_agree(status, error)))
        return status;
    if (trainer->learner.n_shards < ranks_count() && trainer->settings->job == 0)
        genre_complain("a batch of %d makes %d of %d ranks train: the others only validate",
                       trainer->recipe->batch, trainer->learner.n_shards, ranks_count());
    ranks_share(&trainer->progress, sizeof trainer->progress);
    ranks_share(&trainer->learner.optim.step, sizeof trainer->learner.optim.step);
    ranks_share(trainer->model->net->weights, trainer->model->net->n_weights * sizeof(float));
    return GENRE_SUCCESS;
}

/* Writes an epoch's outcome where people look for it: the log and a line on standard error. */
static GenreStatus tell(const Trainer *trainer, const TrainingEpoch *epoch, GenreError *error) {
    fprintf(stderr, "epoch %3" PRId64 "  loss %.3f  right %.1f %%", epoch->epoch, epoch->train_loss,
            100 * epoch->train_accuracy);
    if (trainer->settings->refit)
        fprintf(stderr, "\n");
    else
        fprintf(stderr, "  valid loss %.3f  right %.1f %%%s\n", epoch->valid_loss,
                100 * epoch->valid_accuracy,
                trainer->progress.best_epoch == epoch->epoch ? "  best" : "");
    return training_log_add(trainer->settings->log_path, epoch, error);
}

static GenreStatus stopped(const Trainer *trainer, GenreError *error) {
    return genre_fail(error, GENRE_ERR_UNSUPPORTED, "interrupted in epoch %" PRId64,
                      trainer->progress.epoch + 1);
}

static GenreStatus run_epoch(Trainer *trainer, GenreProgress *bar, GenreError *error) {
    const TrainerSettings *settings = trainer->settings;
    TrainerProgress *progress = &trainer->progress;
    const int64_t n_steps = steps_per_epoch(trainer);
    const double started_s = genre_now_s();
    double loss = NAN, accuracy = NAN;
    ChainTotals totals = {0};
    for (int64_t step = 0; step < n_steps; step++) {
        learner_step(&trainer->learner, settings->pool, settings->seed,
                     rate_at(trainer, trainer->learner.optim.step + 1), settings->interrupted,
                     &totals);
        if (totals.stop)
            *settings->interrupted = 1;
        if (!isfinite(totals.loss))
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "the loss is no longer a number in epoch %" PRId64
                              "; a lower learning_rate may help",
                              progress->epoch + 1);
        if (totals.stop) /* what all ranks know, not what only this one knows by now */
            return stopped(trainer, error);
        const double epochs = (double)progress->epoch + (double)(step + 1) / (double)n_steps;
        genre_progress_show(bar, (settings->job + epochs / trainer->n_epochs) / settings->n_jobs,
                            settings->note);
    }
    GenreStatus status =
        settings->refit ? GENRE_SUCCESS : validate(trainer, &loss, &accuracy, error);
    if (status)
        return status;
    const bool better = settings->refit || loss < progress->best_loss;
    const double rate = rate_at(trainer, trainer->learner.optim.step);
    progress->epoch++;
    progress->spent_s += genre_now_s() - started_s;
    schedule_note(&trainer->recipe->schedule, &progress->schedule, better);
    if (better) {
        progress->best_loss = loss;
        progress->best_epoch = progress->epoch;
        memcpy(trainer->best, trainer->learner.optim.average,
               trainer->learner.optim.n * sizeof(float));
    }
    genre_progress_clear();
    const TrainingEpoch epoch = {.epoch = progress->epoch,
                                 .train_loss = totals.loss / (double)n_steps,
                                 .train_accuracy = (double)totals.n_right /
                                                   (double)(n_steps * trainer->recipe->batch),
                                 .valid_loss = loss,
                                 .valid_accuracy = accuracy,
                                 .learning_rate = rate,
                                 .spent_s = progress->spent_s};
    if (ranks_index() == 0 && !(status = tell(trainer, &epoch, error)))
        status = checkpoint_write(settings->checkpoint_path, trainer->run, progress,
                                  &trainer->learner.optim, trainer->model->net->weights,
                                  trainer->best, error);
    return ranks_agree(status, error);
}

static GenreStatus run_epochs(Trainer *trainer, GenreError *error) {
    const Recipe *recipe = trainer->recipe;
    TrainerProgress *progress = &trainer->progress;
    GenreProgress bar = genre_progress_start("training");
    /* The time left is reckoned from what all took, so a run that goes on from a checkpoint counts
     * as begun when its first epoch would have. */
    bar.started_s -= progress->spent_s + trainer->settings->before_s;
    GenreStatus status = GENRE_SUCCESS;
    while (!status && progress->epoch < trainer->n_epochs &&
           progress->epoch - progress->best_epoch < recipe->patience)
        status = run_epoch(trainer, &bar, error);
    genre_progress_clear();
    return status;
}

GenreStatus trainer_calibrate(GenreModel *model, const TrainerSettings *settings, double *loss,
                              GenreError *error) {
    BatchSource valid;
    Inference inference;
    double accuracy;
    if (settings->refit) {
        model->calibration = settings->refit->calibration;
        *loss = NAN;
        return GENRE_SUCCESS;
    }
    const double period_s = frames_times(model->feature).period_s;
    GenreStatus status = batch_source_init(&valid, settings->cache, settings->valid_split, NULL,
                                           model->labels, genre_model_n_outputs(model), 0, error);
    if (status)
        return status;
    status = infer_clips(&inference, model, &valid, valid_frames(period_s), settings->pool, error);
    if (!status) {
        score(&inference, period_s, loss, &accuracy);
        if (ranks_index() == 0)
            calibrate(model, &inference, period_s);
        inference_clear(&inference);
    }
    batch_source_clear(&valid);
    return status;
}

/* The best epoch's weights, calibrated. */
static GenreStatus conclude(Trainer *trainer, TrainerResult *result, GenreError *error) {
    double loss;
    memcpy(trainer->model->net->weights, trainer->best, trainer->learner.optim.n * sizeof(float));
    ranks_share(trainer->model->net->weights, trainer->learner.optim.n * sizeof(float));
    const GenreStatus status = trainer_calibrate(trainer->model, trainer->settings, &loss, error);
    if (status)
        return status;
    const TrainerProgress *progress = &trainer->progress;
    result->spent_s = progress->spent_s;
    result->summary = json_pack(
        "{sIsIsIsIsIso}", "seed", (json_int_t)trainer->settings->seed, "train_clips",
        (json_int_t)trainer->train.n, "valid_clips",
        (json_int_t)(trainer->settings->refit ? 0 : trainer->valid.n), "epochs",
        (json_int_t)progress->epoch, "best_epoch", (json_int_t)progress->best_epoch, "valid_loss",
        trainer->settings->refit ? json_null() : json_real(progress->best_loss));
    return GENRE_SUCCESS;
}

GenreStatus trainer_run(GenreModel *model, const TrainerSettings *settings, TrainerResult *result,
                        GenreError *error) {
    Trainer trainer;
    GenreStatus status = ranks_agree(trainer_init(&trainer, model, settings, error), error);
    if (!status)
        status = start(&trainer, error);
    if (!status)
        status = run_epochs(&trainer, error);
    if (!status)
        status = conclude(&trainer, result, error);
    trainer_clear(&trainer);
    return status;
}
