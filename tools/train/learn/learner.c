#include "learn/learner.h"

#include <stdlib.h>

#include "clips/frames.h"
#include "learn/ranks.h"
#include "status.h"

/* Clips a shard holds: enough for efficient products, few enough that two cores share a batch. */
enum { SHARD = 16 };

/* The number of frames next to `n` that is of whole blocks, at least one. */
static int whole_blocks(int block, double n) {
    const int n_blocks = (int)(n / block + 0.5);
    return block * (n_blocks > 1 ? n_blocks : 1);
}

static GenreStatus set_times(ShardTask *task, int block, GenreError *error) {
    const Recipe *recipe = task->recipe;
    const double period_s = frames_times(task->model->feature).period_s;
    if (task->model->window_frames)
        task->times[task->n_times++] = task->model->window_frames;
    for (int k = 0; k < recipe->n_times; k++)
        if (recipe->loss_times_s[k] <= recipe->crop_s)
            task->times[task->n_times++] = whole_blocks(block, recipe->loss_times_s[k] / period_s);
    return task->n_times
               ? GENRE_SUCCESS
               : genre_fail(error, GENRE_ERR_FORMAT, "every loss time lies behind crop_s");
}

/* This rank's shards, and the first on rank 0: layers are fitted by it. */
static GenreStatus make_shards(Learner *learner, GenreError *error) {
    const int batch = learner->task.recipe->batch;
    learner->n_shards = (batch + SHARD - 1) / SHARD;
    learner->link = chain_link(learner->n_shards);
    learner->shards = calloc((size_t)learner->n_shards, sizeof *learner->shards);
    if (!learner->shards)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (int s = 0; s < learner->n_shards; s++) {
        const int left = batch - s * SHARD, n = left < SHARD ? left : SHARD;
        const bool own = s >= learner->link.begin && s < learner->link.end;
        const bool fits = s == 0 && ranks_index() == 0;
        const GenreStatus status =
            own || fits ? shard_init(&learner->shards[s], &learner->task, n, error) : GENRE_SUCCESS;
        if (status)
            return status;
    }
    return GENRE_SUCCESS;
}

GenreStatus learner_init(Learner *learner, const ShardTask *task, int block, GenreError *error) {
    const GenreNet *net = task->model->net;
    GenreStatus status;
    *learner = (Learner){.task = *task};
    learner->task.n_times = 0;
    if ((status = optim_init(&learner->optim, net, error)) ||
        (status = penalty_read(&learner->penalty, task->recipe->layers, net, error)) ||
        (status = set_times(&learner->task, block, error)))
        return status;
    return make_shards(learner, error);
}

void learner_clear(Learner *learner) {
    for (int s = 0; learner->shards && s < learner->n_shards; s++)
        shard_clear(&learner->shards[s]);
    free(learner->shards);
    optim_clear(&learner->optim);
}

/* What the shards of a step share. */
typedef struct {
    const Learner *learner;
    uint64_t seed;
} Step;

/* The index counts this rank's. */
static void run_shard(void *context, int index) {
    const Step *step = context;
    const Learner *learner = step->learner;
    const uint64_t before = (uint64_t)learner->optim.step * (uint64_t)learner->n_shards;
    index += learner->link.begin;
    GenreRng rng = genre_rng(step->seed, (before + (uint64_t)index) * 2 + 1);
    shard_run(&learner->shards[index], &learner->task, &rng);
}

void learner_step(Learner *learner, Pool *pool, uint64_t seed, double rate,
                  const volatile sig_atomic_t *interrupted, ChainTotals *totals) {
    const Recipe *recipe = learner->task.recipe;
    const OptimSettings settings = {.kind = recipe->optimizer,
                                    .learning_rate = rate,
                                    .weight_decay = recipe->weight_decay,
                                    .clip_norm = recipe->clip_norm,
                                    .weight_average = recipe->weight_average};
    const ChainLink *link = &learner->link;
    GenreNet *net = learner->task.model->net;
    Step step = {learner, seed};
    pool_run(pool, link->end - link->begin, run_shard, &step);
    totals->stop = *interrupted;
    float *gradient = chain_sum(link, learner->shards, net, totals);
    if (gradient) {
        penalty_add(&learner->penalty, net, gradient);
        optim_step(&learner->optim, &settings, net->weights, gradient);
    }
    ranks_share(totals, sizeof *totals);
    ranks_share(&learner->optim.step, sizeof learner->optim.step);
    ranks_share(net->weights, net->n_weights * sizeof(float));
}
