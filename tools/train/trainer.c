#include "trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "blas.h"
#include "calibrate.h"
#include "checkpoint.h"
#include "feature/feature.h"
#include "infer.h"
#include "loss.h"
#include "machine.h"
#include "model/model.h"
#include "optim.h"
#include "app/progress.h"
#include "status.h"

/* Clips a shard holds: enough for efficient products, few enough that two cores share a batch. */
enum { SHARD = 16 };

/* Validation looks at no more than this of a clip. */
static const double valid_s = 30;

/* Part of a batch: everything that one thread needs to turn it into a gradient. */
typedef struct {
    Batch batch;
    GenreTape *tape, *work;
    float *state, *dlogits, *gradient;
    double loss;
} Shard;

typedef struct {
    const TrainerSettings *settings;
    const Recipe *recipe;
    GenreModel *model;
    GenreNet *net; /* the model's */
    double period_s;
    BatchSource train, valid;
    Optim optim;
    float *best; /* (n_weights) of the best epoch so far */
    int n_shards;
    Shard *shards;
    int n_times, times[RECIPE_MAX_TIMES]; /* frames after which the loss looks */
    TrainerProgress progress;
    char run[256];
} Trainer;

static GenreStatus shard_init(Shard *shard, const Trainer *trainer, int n_streams,
                              GenreError *error) {
    const GenreNet *net = trainer->net;
    const int n_frames = trainer->times[trainer->n_times - 1];
    const GenreStatus status =
        batch_init(&shard->batch, n_frames, n_streams, net->n_in, net->n_out, error);
    if (status)
        return status;
    shard->batch.repeats = trainer->model->window_frames > 0;
    shard->tape = genre_tape_new(net, n_frames, n_streams);
    shard->work = genre_tape_new(net, n_frames, n_streams);
    shard->state = calloc((size_t)net->n_state * n_streams + 1, sizeof(float));
    shard->dlogits = calloc((size_t)n_frames * n_streams * net->n_out, sizeof(float));
    shard->gradient = calloc(net->n_weights + 1, sizeof(float));
    if (!shard->tape || !shard->work || !shard->state || !shard->dlogits || !shard->gradient)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return GENRE_SUCCESS;
}

static void shard_clear(Shard *shard) {
    batch_clear(&shard->batch);
    genre_tape_free(shard->tape);
    genre_tape_free(shard->work);
    free(shard->state);
    free(shard->dlogits);
    free(shard->gradient);
}

/* Loss of a shard's logits and its gradient: the mean over the clips of the mean over those of the
 * loss times that the clip lasts for, or its end. */
static double shard_loss(const Trainer *trainer, Shard *shard, const float *logits) {
    const Batch *batch = &shard->batch;
    const int n_labels = batch->n_labels;
    double loss = 0;
    memset(shard->dlogits, 0,
           (size_t)batch->n_frames * batch->n_streams * n_labels * sizeof(float));
    for (int b = 0; b < batch->n_streams; b++) {
        int n = 0;
        while (n < trainer->n_times && trainer->times[n] <= batch->lengths[b])
            n++;
        const int n_looks = n > 0 ? n : 1;
        const double share = 1.0 / ((double)n_looks * trainer->recipe->batch);
        for (int k = 0; k < n_looks; k++) {
            const int step = (n > 0 ? trainer->times[k] : batch->lengths[b]) - 1;
            const int at = trainer->model->window_frames ? 0 : step; /* a window has one answer */
            const size_t row = ((size_t)at * batch->n_streams + b) * n_labels;
            loss += share * loss_cross_entropy(logits + row, batch->targets + (size_t)b * n_labels,
                                               n_labels, (float)share, shard->dlogits + row);
        }
    }
    return loss;
}

static void run_shard(void *context, int index) {
    const Trainer *trainer = context;
    Shard *shard = &trainer->shards[index];
    const uint64_t step = (uint64_t)trainer->optim.step;
    GenreRng rng = genre_rng(trainer->settings->seed,
                             (step * (uint64_t)trainer->n_shards + (uint64_t)index) * 2 + 1);
    const GenreRun run = {.n_steps = shard->batch.n_frames,
                          .n_streams = shard->batch.n_streams,
                          .math = &blas_math,
                          .rng = &rng};
    batch_draw(&shard->batch, &trainer->train, trainer->recipe, &rng);
    genre_net_reset(trainer->net, run.n_streams, shard->state);
    const float *logits =
        genre_net_forward(trainer->net, &run, shard->batch.x, shard->state, shard->tape);
    shard->loss = shard_loss(trainer, shard, logits);
    memset(shard->gradient, 0, trainer->net->n_weights * sizeof(float));
    genre_net_backward(trainer->net, &run, shard->batch.x, shard->tape, shard->dlogits,
                       shard->gradient, shard->work);
}

/* Rate of learning at `done` (0 to 1) of the longest training possible. */
static double rate_at(const Recipe *recipe, double done) {
    if (done < recipe->warmup)
        return recipe->learning_rate * done / recipe->warmup;
    const double turn = (done - recipe->warmup) / (1 - recipe->warmup + 1e-9);
    return recipe->learning_rate * (0.01 + 0.99 * 0.5 * (1 + cos(3.141592654 * turn)));
}

static int64_t steps_per_epoch(const Trainer *trainer) {
    return (int64_t)((trainer->train.n + trainer->recipe->batch - 1) / trainer->recipe->batch);
}

/* One step over a batch; returns its loss. */
static double train_step(Trainer *trainer) {
    const Recipe *recipe = trainer->recipe;
    const double n_steps = (double)(steps_per_epoch(trainer) * recipe->epochs);
    const OptimSettings settings = {
        .learning_rate = rate_at(recipe, (double)(trainer->optim.step + 1) / n_steps),
        .weight_decay = recipe->weight_decay,
        .clip_norm = recipe->clip_norm,
        .weight_average = recipe->weight_average};
    pool_run(trainer->settings->pool, trainer->n_shards, run_shard, trainer);
    for (int s = 0; s < trainer->n_shards; s++)
        genre_net_track(trainer->net, trainer->shards[s].tape);
    float *gradient = trainer->shards[0].gradient;
    double loss = trainer->shards[0].loss;
    for (int s = 1; s < trainer->n_shards; s++) {
        loss += trainer->shards[s].loss;
        for (size_t i = 0; i < trainer->net->n_weights; i++)
            gradient[i] += trainer->shards[s].gradient[i];
    }
    optim_step(&trainer->optim, &settings, trainer->net->weights, gradient);
    return loss;
}

/* Swaps the network's weights with `other`: the averaged ones are validated, the others trained. */
static void swap_weights(GenreNet *net, float *other) {
    for (size_t i = 0; i < net->n_weights; i++) {
        const float kept = net->weights[i];
        net->weights[i] = other[i];
        other[i] = kept;
    }
}

static GenreStatus infer_valid(const Trainer *trainer, Inference *inference, GenreError *error) {
    return infer_clips(inference, trainer->model, &trainer->valid,
                       (int)(valid_s / trainer->period_s + 0.5), trainer->settings->pool, error);
}

static GenreStatus validate(Trainer *trainer, double *loss, double *accuracy, GenreError *error) {
    static const double at_s[] = {3, 5, 10, 30};
    int times[4];
    Inference inference;
    for (int k = 0; k < 4; k++)
        times[k] = (int)(at_s[k] / trainer->period_s + 0.5);
    swap_weights(trainer->net, trainer->optim.average);
    const GenreStatus status = infer_valid(trainer, &inference, error);
    swap_weights(trainer->net, trainer->optim.average);
    if (status)
        return status;
    inference_score(&inference, times, 4, loss, accuracy);
    inference_clear(&inference);
    return GENRE_SUCCESS;
}

/* Sets the fitted tensors of each layer from what reaches it, front to back. */
static GenreStatus fit_layers(Trainer *trainer, GenreError *error) {
    enum { DRAWS = 8 };
    Shard *shard = &trainer->shards[0];
    int steps[GENRE_MAX_LAYERS];
    const GenreRun run = {
        .n_steps = shard->batch.n_frames, .n_streams = shard->batch.n_streams, .math = &blas_math};
    if (!genre_net_plan(trainer->net, run.n_steps, steps, error))
        return GENRE_ERR_FORMAT;
    for (int i = 0; i < trainer->net->n_nodes; i++) {
        const GenreLayer *layer = &trainer->net->nodes[i].layer;
        if (!layer->kind->fit)
            continue;
        const size_t rows =
            (size_t)genre_net_steps_in(trainer->net, steps, run.n_steps, i) * run.n_streams;
        GenreRng rng = genre_rng(trainer->settings->seed, 2); /* even: not one of a step's */
        const size_t size = rows * (size_t)layer->n_in;
        float *x = malloc(DRAWS * size * sizeof *x);
        if (!x)
            return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        for (int k = 0; k < DRAWS; k++) {
            batch_draw(&shard->batch, &trainer->train, trainer->recipe, &rng);
            genre_net_reset(trainer->net, run.n_streams, shard->state);
            genre_net_forward(trainer->net, &run, shard->batch.x, shard->state, shard->tape);
            memcpy(x + k * size, shard->tape->x[i] ? shard->tape->x[i] : shard->batch.x,
                   size * sizeof *x);
        }
        layer->kind->fit(layer, x, DRAWS * rows, trainer->net->weights);
        free(x);
    }
    return GENRE_SUCCESS;
}

/* What a checkpoint must agree with: recipe, data and seed. */
static void name_run(Trainer *trainer) {
    uint64_t hash = 14695981039346656037u;
    char *recipe = json_dumps(trainer->recipe->json, JSON_SORT_KEYS | JSON_COMPACT);
    for (const char *c = recipe; c && *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (size_t i = 0; i < trainer->settings->cache->n; i++) {
        const CacheEntry *entry = &trainer->settings->cache->entries[i];
        for (const char *c = entry->id; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
        hash = (hash ^ (uint64_t)entry->n_frames) * 1099511628211u;
    }
    free(recipe);
    snprintf(trainer->run, sizeof trainer->run, "%016" PRIx64 " %s %s %" PRIu64, hash,
             trainer->settings->train_split, trainer->settings->valid_split,
             trainer->settings->seed);
}

static GenreStatus trainer_init(Trainer *trainer, GenreModel *model,
                                const TrainerSettings *settings, GenreError *error) {
    const Recipe *recipe = settings->recipe;
    GenreStatus status;
    *trainer = (Trainer){.settings = settings, .recipe = recipe, .model = model, .net = model->net};
    GenreFeature *feature = genre_feature_new(model->feature, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    trainer->period_s = genre_feature_period_s(feature);
    genre_feature_free(feature);
    if ((status = batch_source_init(&trainer->train, settings->cache, settings->train_split,
                                    model->labels, model->n_labels, recipe->balance, error)) ||
        (status = batch_source_init(&trainer->valid, settings->cache, settings->valid_split,
                                    model->labels, model->n_labels, 0, error)) ||
        (status = optim_init(&trainer->optim, trainer->net, error)))
        return status;
    if (model->window_frames)
        trainer->times[trainer->n_times++] = model->window_frames;
    for (int k = 0; k < recipe->n_times; k++) {
        const double at_s = recipe->loss_times_s[k];
        if (at_s <= recipe->crop_s)
            trainer->times[trainer->n_times++] = (int)fmax(1, at_s / trainer->period_s + 0.5);
    }
    if (trainer->n_times == 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "every loss time lies behind crop_s");
    trainer->best = calloc(trainer->net->n_weights + 1, sizeof(float));
    trainer->n_shards = (recipe->batch + SHARD - 1) / SHARD;
    trainer->shards = calloc((size_t)trainer->n_shards, sizeof *trainer->shards);
    if (!trainer->best || !trainer->shards)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (int s = 0; s < trainer->n_shards; s++) {
        const int left = recipe->batch - s * SHARD;
        if ((status = shard_init(&trainer->shards[s], trainer, left < SHARD ? left : SHARD, error)))
            return status;
    }
    name_run(trainer);
    return GENRE_SUCCESS;
}

static void trainer_clear(Trainer *trainer) {
    for (int s = 0; trainer->shards && s < trainer->n_shards; s++)
        shard_clear(&trainer->shards[s]);
    free(trainer->shards);
    free(trainer->best);
    optim_clear(&trainer->optim);
    batch_source_clear(&trainer->train);
    batch_source_clear(&trainer->valid);
}

static GenreStatus start(Trainer *trainer, GenreError *error) {
    const TrainerSettings *settings = trainer->settings;
    if (settings->resume)
        return checkpoint_read(settings->checkpoint_path, trainer->run, &trainer->progress,
                               &trainer->optim, trainer->net->weights, trainer->best, error);
    GenreRng rng = genre_rng(settings->seed, 0);
    genre_net_init(trainer->net, &rng);
    const GenreStatus status = fit_layers(trainer, error);
    if (status)
        return status;
    optim_start(&trainer->optim, trainer->net->weights);
    trainer->progress.best_loss = INFINITY;
    FILE *log = fopen(settings->log_path, "w");
    if (!log)
        return genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", settings->log_path);
    fprintf(log, "epoch,train_loss,valid_loss,valid_accuracy,spent_s\n");
    fclose(log);
    return GENRE_SUCCESS;
}

/* Writes an epoch's outcome where people look for it: a line on standard error and in the log. */
static void tell(const Trainer *trainer, double train_loss, double loss, double accuracy) {
    const TrainerProgress *progress = &trainer->progress;
    FILE *log = fopen(trainer->settings->log_path, "a");
    if (log) {
        fprintf(log, "%" PRId64 ",%.5f,%.5f,%.4f,%.1f\n", progress->epoch, train_loss, loss,
                accuracy, progress->spent_s);
        fclose(log);
    }
    fprintf(stderr, "epoch %3" PRId64 "  loss %.3f  valid loss %.3f  right %.1f %%%s\n",
            progress->epoch, train_loss, loss, 100 * accuracy,
            progress->best_epoch == progress->epoch ? "  best" : "");
}

static GenreStatus run_epoch(Trainer *trainer, GenreProgress *bar, GenreError *error) {
    TrainerProgress *progress = &trainer->progress;
    const int64_t n_steps = steps_per_epoch(trainer);
    const double started_s = genre_now_s();
    double sum = 0, loss, accuracy;
    for (int64_t step = 0; step < n_steps; step++) {
        sum += train_step(trainer);
        if (!isfinite(sum))
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "the loss is no longer a number in epoch %" PRId64
                              "; a lower learning_rate may help",
                              progress->epoch + 1);
        if (*trainer->settings->interrupted)
            return genre_fail(error, GENRE_ERR_UNSUPPORTED, "interrupted in epoch %" PRId64 "%s",
                              progress->epoch + 1,
                              progress->epoch ? "; --resume goes on from the one before" : "");
        genre_progress_show(bar,
                            ((double)progress->epoch + (double)(step + 1) / (double)n_steps) /
                                trainer->recipe->epochs,
                            NULL);
    }
    GenreStatus status = validate(trainer, &loss, &accuracy, error);
    if (status)
        return status;
    progress->epoch++;
    progress->spent_s += genre_now_s() - started_s;
    if (loss < progress->best_loss) {
        progress->best_loss = loss;
        progress->best_accuracy = accuracy;
        progress->best_epoch = progress->epoch;
        memcpy(trainer->best, trainer->optim.average, trainer->optim.n * sizeof(float));
    }
    genre_progress_clear(bar);
    tell(trainer, sum / (double)n_steps, loss, accuracy);
    return checkpoint_write(trainer->settings->checkpoint_path, trainer->run, progress,
                            &trainer->optim, trainer->net->weights, trainer->best, error);
}

static GenreStatus run_epochs(Trainer *trainer, GenreError *error) {
    const Recipe *recipe = trainer->recipe;
    TrainerProgress *progress = &trainer->progress;
    GenreProgress bar = genre_progress_start("training");
    /* The time left is reckoned from what this run does, so one that goes on from a checkpoint
     * counts as begun when its first epoch would have. */
    bar.started_s -= progress->spent_s;
    GenreStatus status = GENRE_SUCCESS;
    while (!status && progress->epoch < recipe->epochs &&
           progress->epoch - progress->best_epoch < recipe->patience)
        status = run_epoch(trainer, &bar, error);
    genre_progress_clear(&bar);
    return status;
}

/* The best epoch's weights, calibrated. */
static GenreStatus conclude(Trainer *trainer, json_t **summary, GenreError *error) {
    Inference inference;
    memcpy(trainer->net->weights, trainer->best, trainer->optim.n * sizeof(float));
    const GenreStatus status = infer_valid(trainer, &inference, error);
    if (status)
        return status;
    calibrate(trainer->model, &inference, trainer->period_s);
    inference_clear(&inference);
    const TrainerProgress *progress = &trainer->progress;
    *summary =
        json_pack("{sIsIsIsIsIsf}", "seed", (json_int_t)trainer->settings->seed, "train_clips",
                  (json_int_t)trainer->train.n, "valid_clips", (json_int_t)trainer->valid.n,
                  "epochs", (json_int_t)progress->epoch, "best_epoch",
                  (json_int_t)progress->best_epoch, "valid_loss", progress->best_loss);
    return GENRE_SUCCESS;
}

GenreStatus trainer_run(GenreModel *model, const TrainerSettings *settings, json_t **summary,
                        GenreError *error) {
    Trainer trainer;
    GenreStatus status = trainer_init(&trainer, model, settings, error);
    if (!status)
        status = start(&trainer, error);
    if (!status)
        status = run_epochs(&trainer, error);
    if (!status)
        status = conclude(&trainer, summary, error);
    trainer_clear(&trainer);
    return status;
}
