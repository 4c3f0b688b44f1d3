#include <jansson.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/bench.h"
#include "audio/resample.h"
#include "denormal.h"
#include "feature/feature.h"
#include "feature/fft.h"
#include "model/model.h"
#include "net/net.h"

/* Processor time of this thread: what other programs do meanwhile hardly shows. */
static double thread_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

GenreTiming genre_bench_time(void (*run)(void *context), void *context, double budget_s) {
    enum { BATCHES = 41 };
    double seconds[BATCHES];
    int n_calls = 1;
    /* Long enough a batch, which warms up the caches as well. */
    for (double took_s = 0; took_s < budget_s / BATCHES / 2;) {
        const double start_s = thread_s();
        for (int i = 0; i < n_calls; i++)
            run(context);
        took_s = thread_s() - start_s;
        if (took_s < budget_s / BATCHES / 2)
            n_calls *= 2;
    }
    /* What takes long by itself is repeated less often. */
    const double begun_s = thread_s();
    int n = 0;
    while (n < BATCHES && (n < 3 || thread_s() - begun_s < 4 * budget_s)) {
        const double start_s = thread_s();
        for (int i = 0; i < n_calls; i++)
            run(context);
        seconds[n++] = (thread_s() - start_s) / n_calls;
    }
    qsort(seconds, (size_t)n, sizeof *seconds, ascending);
    return (GenreTiming){seconds[n / 2], seconds[0]};
}

static float noise(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(int)*state * 0x1p-32f;
}

/* ---- Network ------------------------------------------------------------------------------ */

typedef struct {
    const GenreNet *net;
    const GenreMath *math;
    GenreTape *tape;
    float *state, *x;
    int n_steps; /* of a run */
} NetBench;

static void run_net(void *context) {
    NetBench *bench = context;
    const GenreRun run = {.n_steps = bench->n_steps, .n_streams = 1, .math = bench->math};
    genre_net_forward(bench->net, &run, bench->x, bench->state, bench->tape);
}

static bool time_net(const GenreNet *net, const GenreMath *math, int n_steps, double budget_s,
                     GenreTiming *timing) {
    NetBench bench = {.net = net,
                      .math = math,
                      .tape = genre_tape_new_forward(net, n_steps, 1),
                      .state = calloc((size_t)net->n_state + 1, 4),
                      .x = calloc((size_t)n_steps * net->n_in + 1, 4),
                      .n_steps = n_steps};
    const bool ok = bench.tape && bench.state && bench.x;
    unsigned seed = 1;
    for (int i = 0; ok && i < n_steps * net->n_in; i++)
        bench.x[i] = noise(&seed);
    if (ok) {
        const GenreFpState fp = genre_denormals_flush();
        genre_net_reset(net, 1, bench.state);
        *timing = genre_bench_time(run_net, &bench, budget_s);
        genre_denormals_restore(fp);
    }
    genre_tape_free(bench.tape);
    free(bench.state);
    free(bench.x);
    return ok;
}

bool genre_bench_network(const GenreModel *model, const GenreMath *math, double budget_s,
                         GenreTiming *timing) {
    return time_net(model->net, math,
                    model->window_frames ? model->window_frames : model->net->frames_per_step,
                    budget_s, timing);
}

bool genre_bench_lstm(const GenreMath *math, int n_in, int n_units, bool in_8_bits, double budget_s,
                      GenreTiming *timing) {
    json_t *layers = json_pack("[{sssi}]", "kind", "lstm", "units", n_units);
    GenreNet *net = genre_net_new(layers, n_in, NULL);
    GenreRng rng = genre_rng(1, 1);
    if (net)
        genre_net_init(net, &rng);
    const bool ok = net && (!in_8_bits || !genre_net_round(net, net->n_nodes, NULL)) &&
                    time_net(net, math, 1, budget_s, timing);
    genre_net_free(net);
    json_decref(layers);
    return ok;
}

/* ---- Features ----------------------------------------------------------------------------- */

typedef struct {
    GenreFeature *feature;
    size_t hop;
    float *samples; /* (hop) */
} FeatureBench;

static void run_feature(void *context) {
    const FeatureBench *bench = context;
    for (size_t taken = 0; taken < bench->hop;) {
        bool ready;
        taken +=
            genre_feature_push(bench->feature, bench->samples + taken, bench->hop - taken, &ready);
    }
}

static bool time_feature(const json_t *description, double budget_s, GenreTiming *timing) {
    FeatureBench bench = {.feature = genre_feature_new(description, NULL)};
    if (!bench.feature)
        return false;
    bench.hop = (size_t)genre_feature_spec(bench.feature)->hop;
    bench.samples = malloc(bench.hop * sizeof *bench.samples);
    unsigned seed = 1;
    for (size_t i = 0; bench.samples && i < bench.hop; i++)
        bench.samples[i] = noise(&seed);
    if (bench.samples)
        *timing = genre_bench_time(run_feature, &bench, budget_s);
    const bool ok = bench.samples;
    free(bench.samples);
    genre_feature_free(bench.feature);
    return ok;
}

bool genre_bench_model_feature(const GenreModel *model, double budget_s, GenreTiming *timing) {
    return time_feature(model->feature, budget_s, timing);
}

bool genre_bench_logmel(double rate_hz, int n_fft, int hop, int n_bands, double budget_s,
                        GenreTiming *timing) {
    json_t *description = json_pack("{sssfsisisi}", "kind", "logmel", "rate_hz", rate_hz, "n_fft",
                                    n_fft, "hop", hop, "bands", n_bands);
    const bool ok = time_feature(description, budget_s, timing);
    json_decref(description);
    return ok;
}

typedef struct {
    GenreFft *fft;
    float *in, *power;
} FftBench;

static void run_fft(void *context) {
    const FftBench *bench = context;
    genre_fft_power(bench->fft, bench->in, bench->power);
}

bool genre_bench_fft(int n_fft, double budget_s, GenreTiming *timing) {
    FftBench bench = {genre_fft_new(n_fft), calloc((size_t)n_fft, 4), calloc((size_t)n_fft, 4)};
    const bool ok = bench.fft && bench.in && bench.power;
    unsigned seed = 1;
    for (int i = 0; ok && i < n_fft; i++)
        bench.in[i] = noise(&seed);
    if (ok)
        *timing = genre_bench_time(run_fft, &bench, budget_s);
    genre_fft_free(bench.fft);
    free(bench.in);
    free(bench.power);
    return ok;
}

/* ---- The whole pipe ----------------------------------------------------------------------- */

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
                0.1f * noise(&seed) + 0.2f * (float)sin((double)i * 2764.6 / rate_hz);
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

size_t genre_heap_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

size_t genre_classifier_bytes(const GenreModel *model, double rate_hz, int n_channels) {
    const size_t before = genre_heap_bytes();
    GenreClassifier *classifier = genre_classifier_new(model, rate_hz, n_channels, NULL, NULL);
    const size_t after = genre_heap_bytes();
    genre_classifier_free(classifier);
    return classifier && after > before ? after - before : 0;
}
