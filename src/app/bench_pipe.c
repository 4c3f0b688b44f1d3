/* The whole pipe: from samples to the answer. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "app/bench.h"
#include "audio/resample.h"
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

/* A piece of chords with noise: neither silence, which would close the gate, nor one frequency. */
static float *one_piece(double rate_hz, int n_channels) {
    const size_t n = (size_t)(rate_hz * piece_s);
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
                       .samples = one_piece(rate_hz, n_channels)};
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
    json_decref(metadata);
    return model;
}
