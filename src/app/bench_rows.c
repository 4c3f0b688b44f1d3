#include "app/bench_rows.h"

#include <stdio.h>
#include <string.h>

#include "estimate/estimate.h"
#include "machine.h"
#include "model/model.h"

enum { RATE_HZ = 22050, N_FFT = 1024, HOP = 512, BANDS = 64 }; /* of the log-mel spectra */

/* A floor needs no long look: reading is steady. */
static double floor_s(const GenreBench *bench, size_t n_bytes) {
    return genre_bench_read(n_bytes, bench->table.budget_s / 4);
}

/* ---- Network ------------------------------------------------------------------------------ */

/* One kernel's step, with its floor if that is wanted. */
static void lstm_row(GenreBench *bench, const GenreMath *math, int n_in, int n_units,
                     bool in_8_bits, bool with_floor, const char *key, const char *what) {
    GenreTiming timing;
    size_t n_bytes;
    genre_table_doing(&bench->table, what);
    if (genre_bench_lstm(math, n_in, n_units, in_8_bits, bench->table.budget_s, &timing, &n_bytes))
        genre_table_timing(&bench->table, key, what, timing,
                           with_floor ? floor_s(bench, n_bytes) : 0, 1e9, "ns");
}

/* A row per kernel with weights as floats, then of 8 bits; the kernel in use first, with
 * the floor, which is the same for all. In JSON the others have their names in the key. PyTorch's
 * after that of the floats, where it is known. */
static void lstm_rows(GenreBench *bench, const char *name, const char *key, int n_in, int n_units,
                      const GenreTiming *torch, const char *torch_version) {
    char what[120], full_key[120];
    for (int bits = 32; bits >= 8; bits -= 24) {
        const GenreMath *math = bench->math;
        for (int i = -1; math; math = genre_math_at(++i)) {
            if (i >= 0 && math == bench->math)
                continue;
            snprintf(what, sizeof what, "%s, %d -> %d, %s%s", name, n_in, n_units, math->name,
                     bits == 8 ? ", 8 bits" : "");
            snprintf(full_key, sizeof full_key, "lstm_%s%s_step%s%s_ns", key,
                     bits == 8 ? "_8_bits" : "", i < 0 ? "" : "_", i < 0 ? "" : math->name);
            lstm_row(bench, math, n_in, n_units, bits == 8, i < 0, full_key, what);
        }
        if (torch && bits == 32) {
            snprintf(what, sizeof what, "  the same by PyTorch %s", torch_version);
            snprintf(full_key, sizeof full_key, "torch_lstm_%s_step_ns", key);
            genre_table_timing(&bench->table, full_key, what, *torch, 0, 1e9, "ns");
        }
    }
}

/* What a run over the window costs, and what that is of a core: the frames' features and the rest
 * of the pipe come on top, at hardly a percent. */
static void window_rows(GenreBench *bench) {
    const double usual_s = genre_settings_default().interval_s;
    const double least_s = GENRE_LEAST_WAIT_MS / 1e3;
    GenreTable *table = &bench->table;
    char title[80], what[80];
    GenreTiming timing;
    snprintf(title, sizeof title, "network, one window of %d frames", bench->model->window_frames);
    genre_table_heading(table, title, 2);
    genre_table_doing(table, "this model, all layers");
    if (!genre_bench_network(bench->model, bench->math, table->budget_s, &timing))
        return;
    genre_table_timing(table, "network_window_us", "this model, all layers", timing, 0, 1e6, "us");
    snprintf(what, sizeof what, "  of one core, at an interval of %g s", usual_s);
    genre_table_timing(table, "network_core_percent", what, timing, 0, 100 / usual_s, "%");
    snprintf(what, sizeof what, "  of one core, at %g s, the shortest", least_s);
    genre_table_timing(table, "network_core_most_percent", what, timing, 0, 100 / least_s, "%");
}

/* What it takes a network that goes on frame by frame to read its weights for a frame. */
static double network_floor_s(const GenreBench *bench, const GenreNet *net) {
    return floor_s(bench, genre_bench_weight_bytes(net)) / net->frames_per_step;
}

void genre_rows_network(GenreBench *bench) {
    static const int shapes[][2] = {{64, 64}, {64, 128}};
    enum { SHAPES = sizeof shapes / sizeof *shapes };
    const GenreNet *net = bench->model->net;
    GenreTable *table = &bench->table;
    GenreTiming timing, torch[SHAPES];
    char key[80], name[80], version[32];
    genre_table_doing(table, "PyTorch");
    const bool with_torch =
        !table->alone && genre_bench_torch(shapes, SHAPES, table->budget_s, torch, version);
    if (bench->model->window_frames)
        window_rows(bench);
    genre_table_heading(table, "network, one step of one stream", 3);
    genre_table_doing(table, "this model, all layers");
    if (!bench->model->window_frames &&
        genre_bench_network(bench->model, bench->math, table->budget_s, &timing))
        genre_table_timing(table, "network_step_ns", "this model, all layers, a frame", timing,
                           network_floor_s(bench, net) * net->frames_per_step,
                           1e9 / net->frames_per_step, "ns");
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        if (strcmp(layer->kind->name, "lstm") != 0)
            continue;
        snprintf(name, sizeof name, "its LSTM \"%s\"", layer->name);
        lstm_rows(bench, name, layer->name, layer->n_in, layer->n_out, NULL, NULL);
    }
    for (int i = 0; i < SHAPES; i++) {
        snprintf(key, sizeof key, "%d_%d", shapes[i][0], shapes[i][1]);
        lstm_rows(bench, "LSTM", key, shapes[i][0], shapes[i][1], with_torch ? &torch[i] : NULL,
                  version);
    }
}

/* ---- Features ----------------------------------------------------------------------------- */

void genre_rows_features(GenreBench *bench) {
    GenreTable *table = &bench->table;
    GenreTiming ours, other;
    genre_table_heading(table, "features, one spectrum", 2);
    genre_table_doing(table, "this model's feature");
    if (genre_bench_model_feature(bench->model, table->budget_s, &ours))
        genre_table_timing(table, "model_feature_us", "this model's feature", ours, 0, 1e6, "us");
    if (genre_bench_fft(2048, table->budget_s, &ours))
        genre_table_timing(table, "fft_2048_us", "KissFFT alone, 2048 samples", ours, 0, 1e6, "us");
    if (genre_bench_fft(N_FFT, table->budget_s, &ours))
        genre_table_timing(table, "fft_1024_us", "KissFFT alone, 1024 samples", ours, 0, 1e6, "us");
    genre_table_doing(table, "log-mel");
    if (!genre_bench_logmel(RATE_HZ, N_FFT, HOP, BANDS, table->budget_s, &ours))
        return;
    genre_table_timing(table, "logmel_1024_us", "log-mel, FFT 1024, hop 512, 64 bands", ours, 0,
                       1e6, "us");
    if (genre_bench_aubio(RATE_HZ, N_FFT, HOP, BANDS, table->budget_s, &other)) {
        genre_table_timing(table, "aubio_logmel_1024_us", "  the same by aubio", other, 0, 1e6,
                           "us");
        genre_table_row(table, &(GenreRow){.key = "logmel_times_aubio",
                                           .what = "  ours is faster",
                                           .unit = "times",
                                           .median = other.median_s / ours.median_s,
                                           .best = other.minimum_s / ours.minimum_s});
    }
}

/* ---- The whole pipe ----------------------------------------------------------------------- */

/* `key` and `what` without what comes before and behind. */
static void pipe_row(GenreBench *bench, const GenreModel *model, double rate_hz, int n_channels,
                     double floor, const char *key, const char *what) {
    GenreTable *table = &bench->table;
    GenreTiming all, resampler;
    char full[80], full_key[80], floor_key[80];
    genre_table_doing(table, what);
    if (!genre_bench_pipe(model, rate_hz, n_channels, table->budget_s, &all) ||
        !genre_bench_resampler(model, rate_hz, n_channels, table->budget_s, &resampler))
        return;
    const double share = 100 * resampler.median_s / all.median_s;
    snprintf(full, sizeof full, "%s (%.0f %% mixing, resampling)", what, share);
    snprintf(full_key, sizeof full_key, "pipe_%s_times_real_time", key);
    snprintf(floor_key, sizeof floor_key, "pipe_%s_floor_times_real_time", key);
    genre_table_row(table, &(GenreRow){.key = full_key,
                                       .what = full,
                                       .unit = "times",
                                       .median = 1 / all.median_s,
                                       .best = 1 / all.minimum_s,
                                       .floor = floor,
                                       .floor_key = floor_key});
    snprintf(full_key, sizeof full_key, "resampler_%s_percent", key);
    genre_table_json(table, full_key, json_real(share));
}

/* Seconds of sound a second if nothing had to be done but to read the weights; 0 for windows. */
static double pipe_floor(const GenreBench *bench, const GenreModel *model) {
    return genre_model_is_causal(model)
               ? genre_bench_period_s(model) / network_floor_s(bench, model->net)
               : 0;
}

void genre_rows_pipe(GenreBench *bench) {
    static const struct {
        double rate_hz;
        int n_channels;
        const char *key, *what;
    } streams[] = {{44100, 2, "44100_2", "44.1 kHz stereo"},
                   {48000, 2, "48000_2", "48 kHz stereo"},
                   {96000, 2, "96000_2", "96 kHz stereo"},
                   {22050, 1, "22050_1", "22.05 kHz mono"}};
    genre_table_heading(&bench->table, "whole pipe, times real time", 3);
    const double floor = pipe_floor(bench, bench->model);
    for (int i = 0; i < 4; i++)
        pipe_row(bench, bench->model, streams[i].rate_hz, streams[i].n_channels, floor,
                 streams[i].key, streams[i].what);
    GenreModel *small = genre_bench_lstm_model();
    if (small)
        pipe_row(bench, small, 44100, 2, pipe_floor(bench, small), "44100_2_lstm",
                 "44.1 kHz, one LSTM");
    genre_model_free(small);
}

void genre_rows_streams(GenreBench *bench) {
    static const int counts[] = {1, 16, 256};
    GenreTable *table = &bench->table;
    genre_table_heading(table, "streams per core, model's rate, mono", 2);
    /* Hundreds of windows would take minutes. */
    for (int i = 0; i < (bench->model->window_frames ? 2 : 3); i++) {
        const int n = counts[i];
        const struct {
            const char *key, *what;
        } forms[] = {{"apart", "a classifier for each"}, {"group", "as a group"}};
        GenreStreamsTiming timing;
        char what[80], key[80];
        snprintf(what, sizeof what, "%d", n);
        genre_table_doing(table, what);
        if (!genre_bench_streams(bench->model, n, table->budget_s, &timing))
            continue;
        for (int k = 0; k < 2; k++) {
            const GenreTiming *took = k ? &timing.together : &timing.apart;
            const size_t bytes = k ? timing.together_bytes : timing.apart_bytes;
            snprintf(what, sizeof what, "%d, %s", n, forms[k].what);
            snprintf(key, sizeof key, "streams_%d_%s_times_real_time", n, forms[k].key);
            genre_table_row(table, &(GenreRow){.key = key,
                                               .what = what,
                                               .unit = "streams",
                                               .median = 1 / took->median_s,
                                               .best = 1 / took->minimum_s});
            if (bytes == 0)
                continue;
            snprintf(key, sizeof key, "streams_%d_%s_kb", n, forms[k].key);
            genre_table_row(table, &(GenreRow){.key = key,
                                               .what = "  memory for one of them",
                                               .unit = "kB",
                                               .median = (double)bytes / 1e3});
        }
    }
}

/* ---- How cost grows ----------------------------------------------------------------------- */

void genre_rows_growth(GenreBench *bench) {
    static const int units[] = {32, 64, 128, 256}, bands[] = {32, 64, 96, 128};
    GenreTable *table = &bench->table;
    char what[80], key[80];
    for (int bits = 32; bits >= 8; bits -= 24) {
        genre_table_heading(
            table,
            bits == 8 ? "an LSTM's step as units grow, 8 bits" : "an LSTM's step as units grow", 3);
        for (int i = 0; i < 4; i++) {
            snprintf(what, sizeof what, "64 -> %d", units[i]);
            snprintf(key, sizeof key, "growth_lstm_64_%d%s_step_ns", units[i],
                     bits == 8 ? "_8_bits" : "");
            lstm_row(bench, bench->math, 64, units[i], bits == 8, true, key, what);
        }
    }
    genre_table_heading(table, "a log-mel spectrum as bands grow", 2);
    for (int i = 0; i < 4; i++) {
        GenreTiming timing;
        snprintf(what, sizeof what, "FFT 1024, %d bands", bands[i]);
        snprintf(key, sizeof key, "growth_logmel_1024_%d_us", bands[i]);
        genre_table_doing(table, what);
        if (genre_bench_logmel(RATE_HZ, N_FFT, HOP, bands[i], table->budget_s, &timing))
            genre_table_timing(table, key, what, timing, 0, 1e6, "us");
    }
}

void genre_rows_cores(GenreBench *bench) {
    const int n_processors = genre_n_processors();
    GenreTable *table = &bench->table;
    char what[80], key[80];
    genre_table_heading(table, "44.1 kHz stereo as cores grow, times real time", 1);
    for (int n = 1;; n = 2 * n < n_processors ? 2 * n : n_processors) {
        snprintf(what, sizeof what, "%d thread%s", n, n == 1 ? "" : "s");
        snprintf(key, sizeof key, "threads_%d_times_real_time", n);
        genre_table_doing(table, what);
        const double rate = genre_bench_cores(bench->model, n, 2 * table->budget_s);
        if (rate > 0)
            genre_table_row(table,
                            &(GenreRow){.key = key, .what = what, .unit = "times", .median = rate});
        if (n == n_processors)
            break;
    }
}

/* ---- Reading and start --------------------------------------------------------------------- */

void genre_rows_reading(GenreBench *bench) {
    static const struct {
        int kib;
        const char *what;
    } sizes[] = {{16, "16 KiB, over and over"},
                 {128, "128 KiB"},
                 {512, "512 KiB"},
                 {4 << 10, "4 MiB"},
                 {64 << 10, "64 MiB"}};
    GenreTable *table = &bench->table;
    genre_table_heading(table, "reading, which makes the floors", 1);
    for (int i = 0; i < 5; i++) {
        char key[80];
        const size_t n_bytes = (size_t)sizes[i].kib << 10;
        snprintf(key, sizeof key, "read_%d_kib_gb_per_s", sizes[i].kib);
        genre_table_doing(table, sizes[i].what);
        const double took_s = floor_s(bench, n_bytes);
        if (took_s > 0)
            genre_table_row(table, &(GenreRow){.key = key,
                                               .what = sizes[i].what,
                                               .unit = "GB/s",
                                               .median = 1e-9 * (double)n_bytes / took_s});
    }
}

static void start_row(GenreTable *table, const char *key, const char *what, double value,
                      const char *unit) {
    if (value > 0)
        genre_table_row(table,
                        &(GenreRow){.key = key, .what = what, .unit = unit, .median = value});
}

void genre_rows_start(GenreBench *bench) {
    const GenreBenchStart *start = &bench->start;
    GenreTable *table = &bench->table;
    genre_table_heading(table, "memory and start", 1);
    start_row(table, "model_kb", "model, weights in memory",
              (double)genre_bench_weight_bytes(bench->model->net) / 1e3, "kB");
    start_row(table, "instance_kb", "classifier for 48 kHz stereo, beside the model",
              (double)start->instance_bytes / 1e3, "kB");
    start_row(table, "resident_mb", "whole process, resident", start->resident_mb, "MB");
    start_row(table, "program_ms", "the program, doing nothing (loading libraries)",
              genre_bench_program_ms(), "ms");
    start_row(table, "load_ms", "loading the model", start->load_ms, "ms");
    start_row(table, "create_ms", "making a classifier", start->create_ms, "ms");
}
