#include "infer.h"

#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "loss.h"
#include "net/window.h"
#include "status.h"

enum { GROUP = 16 }; /* clips side by side: enough for efficient products */

typedef struct {
    Inference *inference;
    const GenreModel *model;
    const GenreNet *net; /* the model's */
    const BatchSource *source;
    bool *failed; /* per group */
} Job;

static void infer_group(void *context, int group) {
    Job *job = context;
    Inference *inference = job->inference;
    const size_t first = (size_t)group * GROUP;
    const int n_streams = (int)(inference->n - first < GROUP ? inference->n - first : GROUP);
    const int n_frames = inference->n_frames, n_bands = job->net->n_in;
    GenreTape *tape = genre_tape_new(job->net, n_frames, n_streams);
    float *state = calloc((size_t)job->net->n_state * n_streams + 1, sizeof *state);
    float *x = calloc((size_t)n_frames * n_streams * n_bands, sizeof *x);
    job->failed[group] = !tape || !state || !x;
    if (!job->failed[group]) {
        for (int b = 0; b < n_streams; b++) {
            const CacheEntry *entry = batch_clip_entry(&job->source->clips[first + b]);
            const int length = inference->lengths[first + b];
            for (int t = 0; t < n_frames; t++)
                memcpy(x + ((size_t)t * n_streams + b) * n_bands,
                       entry->frames + (size_t)(t < length ? t : length - 1) * n_bands,
                       (size_t)n_bands * sizeof *x);
        }
        const GenreRun run = {.n_steps = n_frames, .n_streams = n_streams, .math = &blas_math};
        genre_net_reset(job->net, n_streams, state);
        const float *logits = genre_net_forward(job->net, &run, x, state, tape);
        const size_t size = (size_t)inference->n_labels;
        for (int t = 0; t < n_frames; t++)
            for (int b = 0; b < n_streams; b++)
                memcpy(inference->logits + ((first + b) * n_frames + t) * size,
                       logits + ((size_t)t * n_streams + b) * size, size * sizeof *logits);
    }
    free(x);
    free(state);
    genre_tape_free(tape);
}

/* Frames after which run `k` of a clip of `length` frames looks back over a window: each quarter of
 * a window, or at the end of what is a segment of a song, which is one question. */
static int run_end(const Job *job, const CacheEntry *entry, int k, int length) {
    const bool segment = strcmp(entry->id, entry->song) != 0;
    const int quarter = segment ? job->model->window_frames : job->model->window_frames / 4;
    const int end = (k + 1) * (quarter > 0 ? quarter : 1);
    return end < length ? end : length;
}

/* One clip, several of its windows side by side. */
static void infer_windows(void *context, int clip) {
    Job *job = context;
    Inference *inference = job->inference;
    const CacheEntry *entry = batch_clip_entry(&job->source->clips[clip]);
    const int n_frames = job->model->window_frames, n_bands = job->net->n_in;
    const int n_labels = inference->n_labels, length = inference->lengths[clip];
    GenreTape *tape = genre_tape_new(job->net, n_frames, GROUP);
    float *state = calloc((size_t)job->net->n_state * GROUP + 1, sizeof *state);
    float *x = calloc((size_t)n_frames * GROUP * n_bands, sizeof *x);
    job->failed[clip] = !tape || !state || !x;
    int done = 0; /* frames that have logits */
    for (int k = 0; !job->failed[clip] && done < length; k += GROUP) {
        int n_streams = 0;
        while (n_streams < GROUP &&
               (n_streams == 0 || run_end(job, entry, k + n_streams - 1, length) < length))
            n_streams++;
        for (int t = 0; t < n_frames; t++)
            for (int b = 0; b < n_streams; b++) {
                const int from =
                    genre_window_source(t, n_frames, run_end(job, entry, k + b, length));
                memcpy(x + ((size_t)t * n_streams + b) * n_bands,
                       entry->frames + (size_t)from * n_bands, (size_t)n_bands * sizeof *x);
            }
        const GenreRun run = {.n_steps = n_frames, .n_streams = n_streams, .math = &blas_math};
        genre_net_reset(job->net, n_streams, state);
        const float *logits = genre_net_forward(job->net, &run, x, state, tape);
        for (int b = 0; b < n_streams; b++)
            for (const int end = run_end(job, entry, k + b, length); done < end; done++)
                memcpy(inference->logits +
                           ((size_t)clip * inference->n_frames + (size_t)done) * n_labels,
                       logits + (size_t)b * n_labels, (size_t)n_labels * sizeof *logits);
    }
    free(x);
    free(state);
    genre_tape_free(tape);
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
    const bool windows = model->window_frames > 0;
    const int n_groups = (int)(windows ? source->n : (source->n + GROUP - 1) / GROUP);
    Job job = {inference, model, net, source, calloc((size_t)n_groups, sizeof(bool))};
    inference->labels = calloc(source->n, sizeof(uint64_t));
    inference->lengths = calloc(source->n, sizeof(int));
    inference->logits = calloc(n_values, sizeof(float));
    bool failed = !job.failed || !inference->labels || !inference->lengths || !inference->logits;
    if (!failed) {
        for (size_t i = 0; i < source->n; i++) {
            const int n = batch_clip_entry(&source->clips[i])->n_frames;
            inference->labels[i] = source->clips[i].labels;
            inference->lengths[i] = n < inference->n_frames ? n : inference->n_frames;
        }
        pool_run(pool, n_groups, windows ? infer_windows : infer_group, &job);
        for (int g = 0; g < n_groups; g++)
            failed |= job.failed[g];
    }
    free(job.failed);
    if (!failed)
        return GENRE_SUCCESS;
    inference_clear(inference);
    return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
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
