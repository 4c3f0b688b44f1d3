#include "bench/step.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mean.h"
#include "bench/torch.h"
#include "learn/fit.h"
#include "learn/learner.h"
#include "recipe/make_model.h"
#include "status.h"

/* Labels where the recipe leaves them to the data; rounds at most. */
enum { LABELS = 12, MAX_ROUNDS = 100 };

static const float no_offsets[GENRE_MAX_LABELS];
static volatile sig_atomic_t never_interrupted;

/* As many labels as the last layer has units, or some where it leaves them to the data. */
static json_t *make_labels(const json_t *layers) {
    const json_t *last = json_array_get(layers, json_array_size(layers) - 1);
    const json_int_t units = json_integer_value(json_object_get(last, "units"));
    json_t *labels = json_array();
    for (json_int_t i = 0; i < (units > 0 ? units : LABELS); i++)
        json_array_append_new(labels, json_sprintf("label-%d", (int)i));
    return labels;
}

/* The layers of a network in which nothing is random. */
static json_t *settle(const json_t *layers) {
    static const char *const options[] = {"rate", "deviation"};
    json_t *settled = json_deep_copy(layers), *layer;
    size_t i;
    json_array_foreach(settled, i, layer) for (int k = 0; k < 2;
                                               k++) if (json_object_get(layer, options[k]))
        json_object_set_new(layer, options[k], json_integer(0));
    return settled;
}

/* Spectra in dB that are noise, the same for every shard, and a label for each. */
static void fill(Batch *batch) {
    for (int b = 0; b < batch->n_streams; b++) {
        GenreRng rng = genre_rng(1, (uint64_t)b);
        for (int t = 0; t < batch->n_frames; t++)
            for (int i = 0; i < batch->n_bands; i++)
                batch->x[((size_t)t * batch->n_streams + b) * batch->n_bands + i] =
                    (float)(20 * genre_rng_normal(&rng) - 40);
        batch->lengths[b] = batch->n_frames;
        for (int i = 0; i < batch->n_labels; i++)
            batch->targets[b * batch->n_labels + i] = i == b % batch->n_labels;
    }
}

/* The targets as batch_draw makes them. */
static void smooth(Batch *batch, double smoothing) {
    for (int i = 0; i < batch->n_streams * batch->n_labels; i++)
        batch->targets[i] =
            (float)(batch->targets[i] * (1 - smoothing) + smoothing / batch->n_labels);
}

/* A network of the recipe's, fitted to the data, and what moves its weights. Clear both even after
 * a failure. */
static GenreStatus make(const Recipe *recipe, GenreModel **model, Learner *learner,
                        GenreError *error) {
    json_t *labels = make_labels(recipe->layers);
    GenreRng rng = genre_rng(1, 0);
    GenreStatus status;
    *model = make_model(recipe, labels, error);
    json_decref(labels);
    if (!*model)
        return GENRE_ERR_FORMAT;
    GenreNet *net = (*model)->net;
    const ShardTask task = {.recipe = recipe, .model = *model, .logit_offsets = no_offsets};
    if ((status = learner_init(learner, &task, net->frames_per_step, error)))
        return status;
    for (int s = 0; s < learner->n_shards; s++) {
        fill(&learner->shards[s].batch);
        smooth(&learner->shards[s].batch, recipe->label_smoothing);
    }
    genre_net_init(net, &rng);
    status = fit_layers(net, &learner->shards[0], &learner->task, 1, error);
    optim_start(&learner->optim, net->weights);
    return status;
}

/* What a step is run with. */
typedef struct {
    Learner *learner;
    Pool *pool;
    int n_threads;
} Run;

static double clock_ms(const Run *run) {
    struct timespec t;
    clock_gettime(run->n_threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Milliseconds that one of n steps takes. */
static double run_steps(const Run *run, int n) {
    const double rate = run->learner->task.recipe->schedule.learning_rate;
    ChainTotals totals = {0};
    const double start_ms = clock_ms(run);
    for (int i = 0; i < n; i++)
        learner_step(run->learner, run->pool, 1, rate, &never_interrupted, &totals);
    return (clock_ms(run) - start_ms) / n;
}

/* The loss and the gradient's length of a step without what is random. */
static GenreStatus check(BenchStep *step, const Recipe *recipe, Pool *pool, GenreError *error) {
    Recipe settled = *recipe;
    GenreModel *model = NULL;
    Learner learner = {0};
    ChainTotals totals = {0};
    settled.layers = settle(recipe->layers);
    const GenreStatus status = make(&settled, &model, &learner, error);
    if (!status) {
        double square = 0;
        learner_step(&learner, pool, 1, 0, &never_interrupted, &totals);
        for (size_t i = 0; i < learner.optim.n; i++)
            square += learner.optim.moves[i] * pow(learner.shards[0].gradient[i], 2);
        step->loss = totals.loss;
        step->norm = sqrt(square);
    }
    learner_clear(&learner);
    genre_model_free(model);
    json_decref(settled.layers);
    return status;
}

/* Both in turns, so that what else the machine does meanwhile slows both down. */
static void time_both(BenchStep *step, const Run *run, int n_rounds, int n_steps) {
    double ours[MAX_ROUNDS], theirs[MAX_ROUNDS];
    BenchTorch torch;
    n_rounds = n_rounds < MAX_ROUNDS ? n_rounds : MAX_ROUNDS;
    step->has_torch = bench_torch_start(&torch, run->learner, run->n_threads);
    run_steps(run, 1);
    for (int i = 0; i < n_rounds; i++) {
        ours[i] = run_steps(run, n_steps);
        if (step->has_torch)
            step->has_torch = (theirs[i] = bench_torch_steps(&torch, n_steps)) > 0;
    }
    step->ms = mean_median(ours, (size_t)n_rounds);
    if (step->has_torch) {
        step->torch_ms = mean_median(theirs, (size_t)n_rounds);
        step->torch_loss = torch.loss;
        step->torch_norm = torch.norm;
        strcpy(step->torch_version, torch.version);
    }
    bench_torch_stop(&torch);
}

GenreStatus bench_step(BenchStep *step, const Recipe *recipe, int n_threads, int n_rounds,
                       int n_steps, GenreError *error) {
    GenreModel *model = NULL;
    Learner learner = {0};
    Pool *pool = pool_new(n_threads);
    *step = (BenchStep){0};
    GenreStatus status = check(step, recipe, pool, error);
    if (!status)
        status = make(recipe, &model, &learner, error);
    if (!status) {
        step->n_frames = learner.shards[0].batch.n_frames;
        for (size_t i = 0; i < learner.optim.n; i++)
            step->n_weights += learner.optim.moves[i] > 0;
        time_both(step, &(Run){&learner, pool, n_threads}, n_rounds, n_steps);
    }
    learner_clear(&learner);
    genre_model_free(model);
    pool_free(pool);
    return status;
}
