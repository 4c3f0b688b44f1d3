#include "classifier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/resample.h"
#include "denormal.h"
#include "estimate/estimate.h"
#include "feature/feature.h"
#include "handover.h"
#include "model/model.h"
#include "net/net.h"
#include "net/window.h"
#include "status.h"

static const float lowest_db = -120;

struct GenreClassifier {
    const GenreModel *model;
    const GenreMath *math;
    int n_channels;
    GenreResampler *resampler;
    GenreFeature *feature;
    GenreTape *tape;
    float *state; /* (net->n_state) of the network */
    float *block; /* (net->frames_per_step, n_bands) frames that a causal one takes at a time ... */
    int n_in_block;      /* ... and how many of them are there */
    GenreWindow *window; /* the last frames of sound; NULL where the model is causal */
    float *picture;      /* (window_frames, n_bands) what the network sees of them */
    GenreEstimator estimator;
    GenreHandover *handover; /* NULL: each frame is done with as soon as it is there */
    uint32_t epoch;          /* of the last frame that came through it */
    uint64_t n_samples;      /* at the model's rate, that the feature has taken */
    double square_sum;       /* of the samples since the last frame */
    uint64_t n_squares;
    float level_db;
};

GenreClassifier *genre_classifier_new(const GenreModel *model, double rate_hz, int n_channels,
                                      const GenreSettings *settings, GenreError *error) {
    GenreClassifier *c = calloc(1, sizeof *c);
    if (!c)
        goto no_memory;
    c->model = model;
    c->n_channels = n_channels;
    c->math = genre_math_choose(error);
    if (!c->math)
        goto failed;
    c->feature = genre_feature_new(model->feature, error);
    if (!c->feature)
        goto failed;
    c->resampler =
        genre_resampler_new(rate_hz, n_channels, genre_feature_spec(c->feature)->rate_hz, error);
    if (!c->resampler)
        goto failed;
    const int n_frames = model->window_frames;
    const int n_block = model->net->frames_per_step;
    c->tape = genre_tape_new(model->net, n_frames ? n_frames : n_block, 1);
    c->state = calloc((size_t)model->net->n_state + 1, sizeof *c->state);
    c->block = calloc((size_t)n_block * model->n_bands + 1, sizeof *c->block);
    if (!c->tape || !c->state || !c->block)
        goto no_memory;
    if (n_frames) {
        c->window = genre_window_new(n_frames, model->n_bands);
        c->picture = calloc((size_t)n_frames * model->n_bands, sizeof *c->picture);
        if (!c->window || !c->picture)
            goto no_memory;
    }
    genre_estimator_init(&c->estimator, model, genre_feature_period_s(c->feature));
    genre_estimator_configure(&c->estimator, settings);
    genre_classifier_reset(c);
    return c;

no_memory:
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
failed:
    genre_classifier_free(c);
    return NULL;
}

void genre_classifier_free(GenreClassifier *c) {
    if (!c)
        return;
    genre_feature_free(c->feature);
    genre_resampler_free(c->resampler);
    genre_tape_free(c->tape);
    genre_window_free(c->window);
    genre_handover_free(c->handover);
    free(c->picture);
    free(c->block);
    free(c->state);
    free(c);
}

static void forget_frames(GenreClassifier *c) {
    genre_net_reset(c->model->net, 1, c->state);
    c->n_in_block = 0;
    if (c->window)
        genre_window_reset(c->window);
}

static void forget_all_frames(GenreClassifier *c) {
    forget_frames(c);
    genre_estimator_reset(&c->estimator);
}

void genre_classifier_reset(GenreClassifier *c) {
    genre_resampler_reset(c->resampler);
    genre_feature_reset(c->feature);
    if (c->handover)
        genre_handover_reset(c->handover);
    else
        forget_all_frames(c);
    c->n_samples = c->n_squares = 0;
    c->square_sum = 0;
    c->level_db = lowest_db;
}

static double time_s(const GenreClassifier *c) {
    return (double)c->n_samples / genre_feature_spec(c->feature)->rate_hz;
}

/* Logits of what the network sees of the window now. */
static const float *run_window(GenreClassifier *c) {
    const GenreRun run = {.n_steps = c->model->window_frames, .n_streams = 1, .math = c->math};
    genre_window_read(c->window, c->picture);
    genre_net_reset(c->model->net, 1, c->state);
    return genre_net_forward(c->model->net, &run, c->picture, c->state, c->tape);
}

/* Logits of a block that this frame completes; NULL while there are frames yet to come. */
static const float *run_step(GenreClassifier *c, const float *frame) {
    const GenreNet *net = c->model->net;
    const GenreRun run = {.n_steps = net->frames_per_step, .n_streams = 1, .math = c->math};
    memcpy(c->block + (size_t)c->n_in_block * net->n_in, frame, (size_t)net->n_in * sizeof *frame);
    if (++c->n_in_block < net->frames_per_step)
        return NULL;
    c->n_in_block = 0;
    return genre_net_forward(net, &run, c->block, c->state, c->tape);
}

/* Whether the updater has fallen so far behind that this frame's run is better left out. */
static bool is_behind(const GenreClassifier *c) {
    return c->handover &&
           genre_estimator_is_behind(&c->estimator, genre_handover_n_waiting(c->handover));
}

/* A frame of sound of `level_db` that ends at `time_s` through network and estimate. */
static void take_frame(GenreClassifier *c, const float *frame, float level_db, double time_s) {
    const float *logits = NULL;
    switch (genre_estimator_gate(&c->estimator, level_db)) {
    case GENRE_FRAME_SILENT:
        break;
    case GENRE_FRAME_ONSET:
        forget_frames(c);
        /* fall through */
    case GENRE_FRAME_SOUND:
        if (!c->window) {
            logits = run_step(c, frame);
            if (logits)
                break;
            genre_estimator_wait(&c->estimator, level_db, time_s);
            return;
        }
        genre_window_push(c->window, frame);
        if (!genre_estimator_wants(&c->estimator)) {
            genre_estimator_wait(&c->estimator, level_db, time_s);
            return;
        }
        if (is_behind(c)) {
            genre_estimator_put_off(&c->estimator);
            atomic_fetch_add_explicit(&c->handover->n_put_off, 1, memory_order_relaxed);
            return;
        }
        logits = run_window(c);
    }
    genre_estimator_push(&c->estimator, logits, level_db, time_s);
}

/* What the collector does with a frame. */
static void collect_frame(GenreClassifier *c, const float *frame) {
    if (c->handover)
        genre_handover_put(c->handover, frame, c->level_db, time_s(c));
    else
        take_frame(c, frame, c->level_db, time_s(c));
}

/* Adds to the sum one by one: partial sums would make its rounding depend on block sizes. */
static void measure_level(GenreClassifier *c, const float *samples, size_t n) {
    double sum = c->square_sum;
    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * samples[i];
    c->square_sum = sum;
    c->n_squares += n;
}

static void renew_level(GenreClassifier *c) {
    const double power = c->n_squares ? c->square_sum / (double)c->n_squares : 0;
    c->level_db = power > 1e-12 ? (float)(10 * log10(power)) : lowest_db;
    c->square_sum = 0;
    c->n_squares = 0;
}

/* Samples at the model's rate through feature, network and estimate. */
static void take_samples(GenreClassifier *c, const float *samples, size_t n) {
    while (n > 0) {
        bool ready;
        const size_t taken = genre_feature_push(c->feature, samples, n, &ready);
        measure_level(c, samples, taken);
        c->n_samples += taken;
        if (ready) {
            renew_level(c);
            collect_frame(c, genre_feature_frame(c->feature));
        }
        samples += taken;
        n -= taken;
    }
}

/* `channels` (n_channels) of samples `stride` apart; moves the pointers on. */
static void push(GenreClassifier *c, const float **channels, size_t stride, size_t n_frames) {
    const GenreFpState fp = genre_denormals_flush();
    while (n_frames > 0) {
        float mono[GENRE_RESAMPLE_MAX_OUT];
        size_t n_out;
        const size_t taken =
            genre_resampler_push(c->resampler, channels, stride, n_frames, mono, &n_out);
        take_samples(c, mono, n_out);
        for (int i = 0; i < c->n_channels; i++)
            channels[i] += taken * stride;
        n_frames -= taken;
    }
    genre_denormals_restore(fp);
}

enum { MAX_CHANNELS = 64 };

void genre_classifier_push(GenreClassifier *c, const float *samples, size_t n_frames) {
    const float *channels[MAX_CHANNELS];
    for (int i = 0; i < c->n_channels; i++)
        channels[i] = samples + i;
    push(c, channels, (size_t)c->n_channels, n_frames);
}

void genre_classifier_push_planar(GenreClassifier *c, const float *const *planes, size_t n_frames) {
    const float *channels[MAX_CHANNELS];
    for (int i = 0; i < c->n_channels; i++)
        channels[i] = planes[i];
    push(c, channels, 1, n_frames);
}

void genre_classifier_push_frame(GenreClassifier *c, const float *frame, float level_db) {
    const GenreFpState fp = genre_denormals_flush();
    const GenreFeatureSpec *spec = genre_feature_spec(c->feature);
    c->n_samples += (uint64_t)spec->hop * spec->mean_hops;
    c->level_db = level_db;
    collect_frame(c, frame);
    genre_denormals_restore(fp);
}

void genre_classifier_finish(GenreClassifier *c) {
    const GenreFpState fp = genre_denormals_flush();
    float mono[GENRE_RESAMPLE_MAX_OUT];
    for (size_t n; (n = genre_resampler_finish(c->resampler, mono)) > 0;)
        take_samples(c, mono, n);
    genre_denormals_restore(fp);
    while (genre_classifier_update(c))
        genre_classifier_estimate(c); /* makes room for the next */
    if (c->handover && c->epoch != c->handover->epoch)
        forget_all_frames(c); /* no frame came since the reset */
    if (c->window && c->estimator.n_waiting > 0)
        genre_estimator_catch_up(&c->estimator, run_window(c));
    genre_estimator_finish(&c->estimator, time_s(c));
    if (c->handover)
        genre_handover_give(c->handover, c->handover->epoch, &c->estimator.latest);
}

GenreStatus genre_classifier_defer(GenreClassifier *c, GenreError *error) {
    if (c->handover)
        return GENRE_SUCCESS;
    c->handover = genre_handover_new(c->model->n_bands, genre_feature_period_s(c->feature),
                                     &c->estimator.settings, &c->estimator.latest);
    return c->handover ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

bool genre_classifier_is_waiting(const GenreClassifier *c) {
    return c->handover && genre_handover_n_waiting(c->handover) > 0;
}

bool genre_classifier_update(GenreClassifier *c) {
    GenreCollected about;
    const float *frame;
    bool is_new = false;
    const GenreFpState fp = genre_denormals_flush();
    while (c->handover && !is_new && (frame = genre_handover_take(c->handover, &about))) {
        if (about.epoch != c->epoch)
            forget_all_frames(c);
        c->epoch = about.epoch;
        genre_estimator_configure(&c->estimator, &about.settings);
        const uint64_t sequence = c->estimator.latest.sequence;
        take_frame(c, frame, about.level_db, about.time_s);
        is_new = c->estimator.latest.sequence != sequence;
    }
    if (is_new)
        genre_handover_give(c->handover, c->epoch, &c->estimator.latest);
    genre_denormals_restore(fp);
    return is_new;
}

uint64_t genre_classifier_n_put_off(const GenreClassifier *c) {
    return c->handover ? atomic_load_explicit(&c->handover->n_put_off, memory_order_relaxed) : 0;
}

const GenreEstimate *genre_classifier_estimate(const GenreClassifier *c) {
    return c->handover ? genre_handover_estimate(c->handover) : &c->estimator.latest;
}

float genre_classifier_level_db(const GenreClassifier *c) {
    return c->level_db;
}

void genre_classifier_configure(GenreClassifier *c, const GenreSettings *settings) {
    if (c->handover)
        c->handover->settings = settings ? *settings : genre_settings_default();
    else
        genre_estimator_configure(&c->estimator, settings);
}

const GenreModel *genre_classifier_model(const GenreClassifier *c) {
    return c->model;
}
