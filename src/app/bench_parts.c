#include <jansson.h>
#include <stdlib.h>

#include "app/bench.h"
#include "denormal.h"
#include "feature/feature.h"
#include "feature/fft.h"
#include "model/model.h"
#include "net/net.h"

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
        bench.x[i] = genre_bench_noise(&seed);
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

size_t genre_bench_weight_bytes(const GenreNet *net) {
    size_t n_bytes = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreTensor *tensor = &layer->tensors[k];
            n_bytes += tensor->rows8 ? tensor->n + (size_t)tensor->rows8->n_rows * sizeof(float)
                                     : tensor->n * sizeof(GenreReal);
        }
    }
    return n_bytes;
}

bool genre_bench_lstm(const GenreMath *math, int n_in, int n_units, bool in_8_bits, double budget_s,
                      GenreTiming *timing, size_t *n_bytes) {
    json_t *layers = json_pack("[{sssi}]", "kind", "lstm", "units", n_units);
    GenreNet *net = genre_net_new(layers, n_in, NULL);
    GenreRng rng = genre_rng(1, 1);
    if (net)
        genre_net_init(net, &rng);
    const bool ok = net && (!in_8_bits || !genre_net_round(net, net->n_nodes, NULL)) &&
                    !genre_net_pack(net, NULL) && time_net(net, math, 1, budget_s, timing);
    *n_bytes = net ? genre_bench_weight_bytes(net) : 0;
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
        bench.samples[i] = genre_bench_noise(&seed);
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

double genre_bench_period_s(const GenreModel *model) {
    return genre_feature_period_s(model->tables);
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
    float *in, *work, *power;
} FftBench;

static void run_fft(void *context) {
    const FftBench *bench = context;
    genre_fft_power(bench->fft, bench->in, bench->work, bench->power);
}

bool genre_bench_fft(int n_fft, double budget_s, GenreTiming *timing) {
    const size_t n = (size_t)n_fft;
    FftBench bench = {genre_fft_new(n_fft), calloc(n, 4), calloc(n, 4), calloc(n, 4)};
    const bool ok = bench.fft && bench.in && bench.work && bench.power;
    unsigned seed = 1;
    for (int i = 0; ok && i < n_fft; i++)
        bench.in[i] = genre_bench_noise(&seed);
    if (ok)
        *timing = genre_bench_time(run_fft, &bench, budget_s);
    genre_fft_free(bench.fft);
    free(bench.in);
    free(bench.work);
    free(bench.power);
    return ok;
}
