/* The whole pipe: on one core and on several. */
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "app/bench.h"
#include "audio/resample.h"
#include "machine.h"
#include "model/model.h"

typedef struct {
    GenreClassifier *classifier;
    GenreResampler *resampler;
    size_t n_frames;
    int n_channels;
    float *samples; /* (n_frames, n_channels), piece_s long */
} PipeBench;

static void run_pipe(void *context) {
    const PipeBench *bench = context;
    enum { BLOCK = 512 }; /* as hosts hand them over */
    for (size_t i = 0; i < bench->n_frames; i += BLOCK)
        genre_classifier_push(bench->classifier, bench->samples + i * (size_t)bench->n_channels,
                              bench->n_frames - i < BLOCK ? bench->n_frames - i : BLOCK);
}

static void run_resampler(void *context) {
    const PipeBench *bench = context;
    for (size_t i = 0; i < bench->n_frames;) {
        const float *channels[64];
        float out[GENRE_RESAMPLE_MAX_OUT];
        size_t n_out;
        for (int c = 0; c < bench->n_channels; c++)
            channels[c] = bench->samples + i * (size_t)bench->n_channels + c;
        i += genre_resampler_push(bench->resampler, channels, (size_t)bench->n_channels,
                                  bench->n_frames - i, out, &n_out);
    }
}

/* As long as from one estimate to the next by default: so each run has one in it, and one run of a
 * network that looks at windows. */
static const double piece_s = 2;

float *genre_bench_sound(double rate_hz, int n_channels, double seconds) {
    const size_t n = (size_t)(rate_hz * seconds);
    float *samples = malloc(n * (size_t)n_channels * sizeof *samples);
    unsigned seed = 1;
    for (size_t i = 0; samples && i < n; i++)
        for (int c = 0; c < n_channels; c++)
            samples[i * (size_t)n_channels + c] =
                0.1f * genre_bench_noise(&seed) + 0.2f * (float)sin((double)i * 2764.6 / rate_hz);
    return samples;
}

static bool time_pipe(const GenreModel *model, double rate_hz, int n_channels, bool whole,
                      double budget_s, GenreTiming *timing) {
    PipeBench bench = {.n_frames = (size_t)(rate_hz * piece_s),
                       .n_channels = n_channels,
                       .samples = genre_bench_sound(rate_hz, n_channels, piece_s)};
    double model_hz = json_number_value(json_object_get(model->feature, "rate_hz"));
    if (whole)
        bench.classifier = genre_classifier_new(model, rate_hz, n_channels, NULL, NULL);
    else
        bench.resampler =
            genre_resampler_new(rate_hz, n_channels, model_hz > 0 ? model_hz : 22050, NULL);
    const bool ok = bench.samples && (bench.classifier || bench.resampler);
    if (ok) {
        *timing = genre_bench_time(whole ? run_pipe : run_resampler, &bench, budget_s);
        timing->median_s /= piece_s;
        timing->minimum_s /= piece_s;
    }
    genre_classifier_free(bench.classifier);
    genre_resampler_free(bench.resampler);
    free(bench.samples);
    return ok;
}

bool genre_bench_pipe(const GenreModel *model, double rate_hz, int n_channels, double budget_s,
                      GenreTiming *timing) {
    return time_pipe(model, rate_hz, n_channels, true, budget_s, timing);
}

bool genre_bench_resampler(const GenreModel *model, double rate_hz, int n_channels, double budget_s,
                           GenreTiming *timing) {
    return time_pipe(model, rate_hz, n_channels, false, budget_s, timing);
}

GenreModel *genre_bench_lstm_model(void) {
    json_t *metadata = json_pack(
        "{ss ss ss ss ss ss}", "format", "genrecast", "format_version", "1", "causal", "true",
        "feature",
        "{\"kind\": \"logmel\", \"rate_hz\": 22050, \"n_fft\": 1024, \"hop\": 512, \"bands\": 64}",
        "layers", "[{\"kind\": \"lstm\", \"units\": 64}, {\"kind\": \"dense\", \"units\": 2}]",
        "labels", "[\"this\", \"that\"]");
    GenreModel *model = genre_model_new(metadata, NULL);
    GenreRng rng = genre_rng(1, 1);
    if (model)
        genre_net_init(model->net, &rng);
    if (model && genre_net_pack(model->net, NULL)) {
        genre_model_free(model);
        model = NULL;
    }
    json_decref(metadata);
    return model;
}

typedef struct {
    PipeBench bench;
    pthread_t thread;
    double until_s;         /* the time to end */
    double times_real_time; /* what came of it */
} Worker;

static void *hear(void *context) {
    Worker *worker = context;
    const double start_s = genre_now_s();
    int n = 0;
    do {
        run_pipe(&worker->bench);
        n++;
    } while (genre_now_s() < worker->until_s);
    worker->times_real_time = n * piece_s / (genre_now_s() - start_s);
    return NULL;
}

double genre_bench_cores(const GenreModel *model, int n_threads, double budget_s) {
    enum { RATE_HZ = 44100, CHANNELS = 2 };
    Worker *workers = calloc((size_t)n_threads, sizeof *workers);
    float *samples = genre_bench_sound(RATE_HZ, CHANNELS, piece_s);
    bool ok = workers && samples;
    for (int i = 0; ok && i < n_threads; i++) {
        PipeBench *bench = &workers[i].bench;
        *bench =
            (PipeBench){.classifier = genre_classifier_new(model, RATE_HZ, CHANNELS, NULL, NULL),
                        .n_frames = (size_t)(RATE_HZ * piece_s),
                        .n_channels = CHANNELS,
                        .samples = samples};
        ok = bench->classifier;
        if (ok)
            run_pipe(bench);
    }
    const double until_s = genre_now_s() + budget_s;
    double times_real_time = 0;
    int n_started = 0;
    while (ok && n_started < n_threads) {
        Worker *worker = &workers[n_started];
        worker->until_s = until_s;
        ok = pthread_create(&worker->thread, NULL, hear, worker) == 0;
        n_started += ok;
    }
    for (int i = 0; i < n_started; i++) {
        pthread_join(workers[i].thread, NULL);
        times_real_time += workers[i].times_real_time;
    }
    for (int i = 0; workers && i < n_threads; i++)
        genre_classifier_free(workers[i].bench.classifier);
    free(workers);
    free(samples);
    return ok ? times_real_time : 0;
}
