#include "classifier.h"

#include <stdlib.h>
#include <string.h>

#include "denormal.h"
#include "handover.h"
#include "hearing.h"
#include "judge.h"
#include "runner.h"
#include "status.h"

struct GenreClassifier {
    const GenreModel *model;
    GenreHearing hearing;
    GenreJudge judge;
    GenreRunner runner;
    GenreHandover *handover; /* NULL: each frame is done with as soon as it is there */
    uint32_t epoch;          /* of the last frame that came through it */
};

GenreClassifier *genre_classifier_new(const GenreModel *model, double rate_hz, int n_channels,
                                      const GenreSettings *settings, GenreError *error) {
    GenreClassifier *c = calloc(1, sizeof *c);
    if (!c) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    c->model = model;
    if (genre_runner_init(&c->runner, model, 1, error) ||
        genre_hearing_init(&c->hearing, model, rate_hz, n_channels, NULL, error) ||
        genre_judge_init(&c->judge, model, genre_feature_period_s(c->hearing.feature), settings,
                         error)) {
        genre_classifier_free(c);
        return NULL;
    }
    return c;
}

void genre_classifier_free(GenreClassifier *c) {
    if (!c)
        return;
    genre_hearing_clear(&c->hearing);
    genre_judge_clear(&c->judge);
    genre_runner_clear(&c->runner);
    genre_handover_free(c->handover);
    free(c);
}

void genre_classifier_reset(GenreClassifier *c) {
    genre_hearing_reset(&c->hearing);
    if (c->handover)
        genre_handover_reset(c->handover);
    else
        genre_judge_reset(&c->judge);
}

/* Whether the updater has fallen so far behind that this frame's run is better left out. */
static bool is_behind(const GenreClassifier *c) {
    return c->handover && c->judge.window &&
           genre_estimator_is_behind(&c->judge.estimator, genre_handover_n_waiting(c->handover));
}

/* A frame of sound of `level_db` that ends at `time_s` through network and estimate. */
static void take_frame(GenreClassifier *c, const float *frame, float level_db, double time_s) {
    GenreJudge *const judge = &c->judge;
    if (!genre_judge_take(judge, frame, level_db, time_s))
        return;
    if (is_behind(c)) {
        genre_judge_put_off(judge);
        atomic_fetch_add_explicit(&c->handover->n_put_off, 1, memory_order_relaxed);
        return;
    }
    genre_judge_settle(judge, genre_runner_run(&c->runner, &judge, 1));
}

/* What the collector does with a frame. */
static void collect_frame(void *context, const float *frame) {
    GenreClassifier *c = context;
    const float level_db = c->hearing.level_db;
    const double time_s = genre_hearing_time_s(&c->hearing);
    if (c->handover)
        genre_handover_put(c->handover, frame, level_db, time_s);
    else
        take_frame(c, frame, level_db, time_s);
}

/* `channels` (n_channels) of samples `stride` apart; moves the pointers on. */
static void push(GenreClassifier *c, const float **channels, size_t stride, size_t n_frames) {
    const GenreFpState fp = genre_denormals_flush();
    while (n_frames > 0)
        n_frames -= genre_hearing_push(&c->hearing, channels, stride, n_frames, collect_frame, c);
    genre_denormals_restore(fp);
}

void genre_classifier_push(GenreClassifier *c, const float *samples, size_t n_frames) {
    const float *channels[GENRE_MAX_CHANNELS];
    genre_hearing_part(&c->hearing, samples, channels);
    push(c, channels, (size_t)c->hearing.n_channels, n_frames);
}

void genre_classifier_push_planar(GenreClassifier *c, const float *const *planes, size_t n_frames) {
    const float *channels[GENRE_MAX_CHANNELS];
    memcpy(channels, planes, (size_t)c->hearing.n_channels * sizeof *channels);
    push(c, channels, 1, n_frames);
}

void genre_classifier_push_frame(GenreClassifier *c, const float *frame, float level_db) {
    const GenreFpState fp = genre_denormals_flush();
    genre_hearing_push_frame(&c->hearing, frame, level_db, collect_frame, c);
    genre_denormals_restore(fp);
}

void genre_classifier_finish(GenreClassifier *c) {
    const GenreFpState fp = genre_denormals_flush();
    while (genre_hearing_finish(&c->hearing, collect_frame, c)) {
    }
    genre_denormals_restore(fp);
    while (genre_classifier_update(c))
        genre_classifier_estimate(c); /* makes room for the next */
    if (c->handover && c->epoch != c->handover->epoch)
        genre_judge_reset(&c->judge); /* no frame came since the reset */
    genre_runner_finish(&c->runner, &c->judge, c->hearing.level_db,
                        genre_hearing_time_s(&c->hearing));
    if (c->handover)
        genre_handover_give(c->handover, c->handover->epoch, &c->judge.estimator.latest);
}

GenreStatus genre_classifier_defer(GenreClassifier *c, GenreError *error) {
    if (c->handover)
        return GENRE_SUCCESS;
    c->handover = genre_handover_new(c->model->n_bands, genre_feature_period_s(c->hearing.feature),
                                     &c->judge.estimator.settings, &c->judge.estimator.latest);
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
            genre_judge_reset(&c->judge);
        c->epoch = about.epoch;
        genre_estimator_configure(&c->judge.estimator, &about.settings);
        const uint64_t sequence = c->judge.estimator.latest.sequence;
        take_frame(c, frame, about.level_db, about.time_s);
        is_new = c->judge.estimator.latest.sequence != sequence;
    }
    if (is_new)
        genre_handover_give(c->handover, c->epoch, &c->judge.estimator.latest);
    genre_denormals_restore(fp);
    return is_new;
}

uint64_t genre_classifier_n_put_off(const GenreClassifier *c) {
    return c->handover ? atomic_load_explicit(&c->handover->n_put_off, memory_order_relaxed) : 0;
}

const GenreEstimate *genre_classifier_estimate(const GenreClassifier *c) {
    return c->handover ? genre_handover_estimate(c->handover) : &c->judge.estimator.latest;
}

float genre_classifier_level_db(const GenreClassifier *c) {
    return c->hearing.level_db;
}

void genre_classifier_configure(GenreClassifier *c, const GenreSettings *settings) {
    if (c->handover)
        c->handover->settings = settings ? *settings : genre_settings_default();
    else
        genre_estimator_configure(&c->judge.estimator, settings);
}

const GenreModel *genre_classifier_model(const GenreClassifier *c) {
    return c->model;
}
