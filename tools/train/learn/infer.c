#include "learn/infer.h"

#include <stdlib.h>
#include <string.h>

#include "learn/blas.h"
#include "learn/loss.h"
#include "learn/ranks.h"
#include "net/window.h"
#include "status.h"

enum { GROUP = 16 }; /* runs side by side: enough for efficient products */

/* One run over a clip, or over a window of it: the `end` frames up to there, or the last of them.
 * What comes out counts for the frames from `begin` on. */
typedef struct {
    size_t clip;
    int begin, end;
} Look;

typedef struct {
    Inference *inference;
    const GenreModel *model;
    const BatchSource *source;
    size_t n_looks;
    Look *looks;     /* (n_looks) */
    bool *failed;    /* per group */
    int first_group; /* of those that this rank runs */
} Job;

/* Frames from one run over a window of a clip to the next: a quarter of a window, or a whole one
 * where the clip is a segment of a song, which is one question. */
static int frames_between(const GenreModel *model, const CacheEntry *entry) {
    const bool segment = strcmp(entry->id, entry->song) != 0;
    const int n = segment ? model->window_frames : model->window_frames / 4;
    return n > 0 ? n : 1;
}

/* Lists the runs, or counts them where looks is NULL. A causal network goes over each clip once. */
static size_t list_looks(const Inference *inference, const GenreModel *model,
                         const BatchSource *source, Look *looks) {
    size_t n = 0;
    for (size_t i = 0; i < inference->n; i++) {
        const int length = inference->lengths[i];
        const int step = model->window_frames
                             ? frames_between(model, batch_clip_entry(&source->clips[i]))
                             : inference->n_frames;
        for (int begin = 0; begin < length; begin += step, n++)
            if (looks)
                looks[n] = (Look){i, begin, begin + step < length ? begin + step : length};
    }
    return n;
}

/* Some runs, over one clip or several, side by side. The index counts this rank's groups. */
static void infer_group(void *context, int index) {
    Job *job = context;
    const int group = job->first_group + index;
    Inference *inference = job->inference;
    const GenreNet *net = job->model->net;
    const size_t first = (size_t)group * GROUP;
    const Look *looks = job->looks + first;
    const int n_streams = (int)(job->n_looks - first < GROUP ? job->n_looks - first : GROUP);
    const bool windows = job->model->window_frames > 0;
    const int whole = (inference->n_frames + net->frames_per_step - 1) / net->frames_per_step *
                      net->frames_per_step;
    const int n_frames = windows ? job->model->window_frames : whole;
    const size_t n_bands = (size_t)net->n_in, n_labels = (size_t)inference->n_labels;
    GenreTape *tape = genre_tape_new_forward(net, n_frames, n_streams);
    float *state = calloc((size_t)net->n_state * n_streams + 1, sizeof *state);
    float *x = calloc((size_t)n_frames * n_streams * n_bands + 1, sizeof *x);
    job->failed[group] = !tape || !state || !x;
    if (!job->failed[group]) {
        for (int b = 0; b < n_streams; b++) {
            const CacheEntry *entry = batch_clip_entry(&job->source->clips[looks[b].clip]);
            const int end = looks[b].end;
            for (int t = 0; t < n_frames; t++) {
                const int held = t < end ? t : end - 1;
                const int from = windows ? genre_window_source(t, n_frames, end) : held;
                memcpy(x + ((size_t)t * n_streams + b) * n_bands,
                       entry->frames + (size_t)from * n_bands, n_bands * sizeof *x);
            }
        }
        const GenreRun run = {.n_steps = n_frames, .n_streams = n_streams, .math = &blas_math};
        genre_net_reset(net, n_streams, state);
        const float *logits = genre_net_forward(net, &run, x, state, tape);
        for (int b = 0; b < n_streams; b++)
            for (int t = looks[b].begin; t < looks[b].end; t++) {
                const size_t row = (size_t)genre_model_step(job->model, t) * n_streams + b;
                memcpy(inference->logits + (looks[b].clip * inference->n_frames + t) * n_labels,
                       logits + row * n_labels, n_labels * sizeof *logits);
            }
    }
    free(x);
    free(state);
    genre_tape_free(tape);
}

/* The first group that `rank` runs. */
static size_t first_group_of(int rank, size_t n_groups) {
    return n_groups * (size_t)rank / (size_t)ranks_count();
}

/* Brings to rank 0 what the others' groups have found, which stands in a row. */
static void gather(const Job *job, size_t n_groups) {
    const Inference *inference = job->inference;
    for (int rank = 1; rank < ranks_count(); rank++) {
        const size_t first = first_group_of(rank, n_groups) * GROUP;
        const size_t end = first_group_of(rank + 1, n_groups) * GROUP;
        if (first == end || (ranks_index() != 0 && ranks_index() != rank))
            continue;
        const Look *from = &job->looks[first];
        const Look *to = &job->looks[(end < job->n_looks ? end : job->n_looks) - 1];
        float *begin =
            inference->logits +
            (from->clip * inference->n_frames + (size_t)from->begin) * inference->n_labels;
        const float *behind = inference_at(inference, to->clip, to->end);
        const size_t size = (size_t)(behind - begin) * sizeof(float);
        if (ranks_index() == 0)
            ranks_receive(rank, begin, size);
        else
            ranks_send(0, begin, size);
    }
}

GenreStatus infer_clips(Inference *inference, const GenreModel *model, const BatchSource *source,
                        int max_frames, Pool *pool, GenreError *error) {
    const GenreNet *net = model->net;
    int longest = 1;
    for (size_t i = 0; i < source->n; i++) {
        const int n = batch_clip_entry(&source->clips[i])->n_frames;
        longest = n > longest ? n : longest;
    }
    *inference = (Inference){.n = source->n,
                             .n_frames = longest < max_frames ? longest : max_frames,
                             .n_labels = net->n_out,
                             .independent = model->independent};
    const size_t n_values = source->n * (size_t)inference->n_frames * net->n_out;
    Job job = {.inference = inference, .model = model, .source = source};
    inference->labels = calloc(source->n, sizeof(uint64_t));
    inference->lengths = calloc(source->n, sizeof(int));
    inference->logits = calloc(n_values, sizeof(float));
    bool failed = !inference->labels || !inference->lengths || !inference->logits;
    for (size_t i = 0; !failed && i < source->n; i++) {
        const int n = batch_clip_entry(&source->clips[i])->n_frames;
        inference->labels[i] = source->clips[i].labels;
        inference->lengths[i] = n < inference->n_frames ? n : inference->n_frames;
    }
    if (!failed) {
        job.n_looks = list_looks(inference, model, source, NULL);
        job.looks = calloc(job.n_looks + 1, sizeof *job.looks);
        failed = !job.looks;
    }
    if (!failed)
        list_looks(inference, model, source, job.looks);
    const size_t n_groups = (job.n_looks + GROUP - 1) / GROUP;
    job.failed = calloc(n_groups + 1, sizeof(bool));
    failed |= !job.failed;
    job.first_group = (int)first_group_of(ranks_index(), n_groups);
    if (!failed)
        pool_run(pool, (int)first_group_of(ranks_index() + 1, n_groups) - job.first_group,
                 infer_group, &job);
    for (size_t g = 0; !failed && g < n_groups; g++)
        failed |= job.failed[g];
    GenreStatus status =
        failed ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory") : GENRE_SUCCESS;
    status = ranks_agree(status, error);
    if (!status)
        gather(&job, n_groups);
    free(job.looks);
    free(job.failed);
    if (status)
        inference_clear(inference);
    return status;
}

void inference_clear(Inference *inference) {
    free(inference->labels);
    free(inference->lengths);
    free(inference->logits);
    *inference = (Inference){0};
}

void inference_score(const Inference *inference, const int *times, int n_times, double *loss,
                     double *accuracy_at_end) {
    const int n_labels = inference->n_labels;
    size_t n_right = 0;
    *loss = 0;
    for (size_t i = 0; i < inference->n; i++) {
        float target[n_labels];
        for (int k = 0; k < n_labels; k++)
            target[k] = inference->labels[i] >> k & 1;
        const int last = inference->lengths[i] - 1;
        for (int k = 0; k < n_times; k++) {
            const int at = times[k] - 1 < last ? times[k] - 1 : last;
            *loss += loss_at(inference->independent, inference_at(inference, i, at), target, NULL,
                             n_labels, 0, NULL);
        }
        const float *end = inference_at(inference, i, last);
        int best = 0;
        for (int k = 1; k < n_labels; k++)
            best = end[k] > end[best] ? k : best;
        n_right += inference->labels[i] >> best & 1;
    }
    *loss /= (double)inference->n * n_times;
    *accuracy_at_end = (double)n_right / (double)inference->n;
}
