#include "learn/shard.h"

#include <stdlib.h>
#include <string.h>

#include "learn/blas.h"
#include "learn/loss.h"
#include "status.h"

GenreStatus shard_init(Shard *shard, const ShardTask *task, int n_streams, GenreError *error) {
    const GenreNet *net = task->model->net;
    const int n_frames = task->times[task->n_times - 1];
    const GenreStatus status =
        batch_init(&shard->batch, n_frames, n_streams, net->n_in, net->n_out, error);
    if (status)
        return status;
    shard->batch.repeats = task->model->window_frames > 0;
    shard->tape = genre_tape_new(net, n_frames, n_streams);
    shard->work = genre_tape_new_back(net, n_frames, n_streams);
    shard->state = calloc((size_t)net->n_state * n_streams + 1, sizeof(float));
    shard->dlogits = calloc((size_t)n_frames * n_streams * net->n_out, sizeof(float));
    shard->gradient = calloc(net->n_weights + 1, sizeof(float));
    if (!shard->tape || !shard->work || !shard->state || !shard->dlogits || !shard->gradient)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return GENRE_SUCCESS;
}

void shard_clear(Shard *shard) {
    batch_clear(&shard->batch);
    genre_tape_free(shard->tape);
    genre_tape_free(shard->work);
    free(shard->state);
    free(shard->dlogits);
    free(shard->gradient);
}

static GenreRun make_run(const Shard *shard, GenreRng *rng) {
    return (GenreRun){.n_steps = shard->batch.n_frames,
                      .n_streams = shard->batch.n_streams,
                      .math = &blas_math,
                      .rng = rng};
}

const float *shard_forward(Shard *shard, const ShardTask *task, GenreRng *rng, bool trains) {
    const GenreNet *net = task->model->net;
    const GenreRun run = make_run(shard, trains ? rng : NULL);
    if (task->source)
        batch_draw(&shard->batch, task->source, task->recipe, rng);
    genre_net_reset(net, run.n_streams, shard->state);
    return genre_net_forward(net, &run, shard->batch.x, shard->state, shard->tape);
}

static int leader(const float *values, int n) {
    int best = 0;
    for (int i = 1; i < n; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

/* Loss of the logits and its gradient: the mean over the clips of the mean over those of the loss
 * times that the clip lasts for, or its end. */
static void score(Shard *shard, const ShardTask *task, const float *logits) {
    const Batch *batch = &shard->batch;
    const int n_labels = batch->n_labels;
    shard->loss = 0;
    shard->n_right = 0;
    memset(shard->dlogits, 0,
           (size_t)batch->n_frames * batch->n_streams * n_labels * sizeof(float));
    for (int b = 0; b < batch->n_streams; b++) {
        const float *targets = batch->targets + (size_t)b * n_labels;
        size_t row = 0;
        int n = 0;
        while (n < task->n_times && task->times[n] <= batch->lengths[b])
            n++;
        const int n_looks = n > 0 ? n : 1;
        const double share = 1.0 / ((double)n_looks * task->recipe->batch);
        for (int k = 0; k < n_looks; k++) {
            const int heard = n > 0 ? task->times[k] : batch->lengths[b];
            const int at = genre_model_step(task->model, heard - 1);
            row = ((size_t)at * batch->n_streams + b) * n_labels;
            float adjusted[GENRE_MAX_LABELS];
            for (int i = 0; i < n_labels; i++)
                adjusted[i] = logits[row + i] + task->logit_offsets[i];
            shard->loss +=
                share * loss_at(task->model->independent, adjusted, targets, task->label_weights,
                                n_labels, (float)share, shard->dlogits + row);
        }
        shard->n_right +=
            targets[leader(logits + row, n_labels)] >= targets[leader(targets, n_labels)];
    }
}

void shard_run(Shard *shard, const ShardTask *task, GenreRng *rng) {
    const GenreNet *net = task->model->net;
    const float *logits = shard_forward(shard, task, rng, true);
    const GenreRun run = make_run(shard, rng);
    score(shard, task, logits);
    memset(shard->gradient, 0, net->n_weights * sizeof(float));
    genre_net_backward(net, &run, shard->batch.x, shard->tape, shard->dlogits, shard->gradient,
                       shard->work);
}
