/* `genrecast bench`: speed and memory on this machine. */
#include "app/bench.h"

#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli.h"
#include "estimate/estimate.h"
#include "machine.h"
#include "model/model.h"

/* Rows are printed as they are measured, or gathered for JSON. */
typedef struct {
    json_t *json; /* NULL: print */
    double budget_s;
} Table;

static void help(void) {
    puts("Measures speed and memory on this machine, on one core. Times are processor time: the\n"
         "median over up to 41 repeats, and the least.\n\n"
         "usage: genrecast bench [OPTION]...\n\n"
         "  --quick        a fifth of the time, less exact\n"
         "  --json         one JSON object: name -> value, with units in the names\n"
         "  --model FILE   another model than the compiled-in one\n"
         "  --help         this text");
}

/* One figure. `key` is its name in JSON, `what` and `unit` go on the screen. A negative `second`:
 * there is only one. */
static void row(const Table *table, const char *key, const char *what, double value, double second,
                const char *unit) {
    if (table->json) {
        json_object_set_new(table->json, key, json_real(value));
        return;
    }
    const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    printf("%-46s %9.*f", what, decimals, value);
    if (second >= 0)
        printf(" %9.*f", decimals, second);
    else
        printf(" %9s", "");
    printf("  %s\n", unit);
    fflush(stdout);
}

static void heading(const Table *table, const char *text) {
    if (!table->json)
        printf("\n%-46s %9s %9s\n", text, "median", "best");
}

static void timing_row(const Table *table, const char *key, const char *what, GenreTiming timing,
                       double scale, const char *unit) {
    row(table, key, what, timing.median_s * scale, timing.minimum_s * scale, unit);
}

/* A row per kernel with weights as floats, then of 8 bits; the kernel in use first. In JSON the
 * others have their names in the key. */
static void lstm_rows(const Table *table, const GenreMath *chosen, const char *name,
                      const char *key, int n_in, int n_units) {
    for (int bits = 32; bits >= 8; bits -= 24) {
        const GenreMath *math = chosen;
        for (int i = -1; math; math = genre_math_at(++i)) {
            char what[80], full_key[120];
            GenreTiming timing;
            if ((i >= 0 && math == chosen) ||
                !genre_bench_lstm(math, n_in, n_units, bits == 8, table->budget_s, &timing))
                continue;
            snprintf(what, sizeof what, "%s, %d -> %d, %s%s", name, n_in, n_units, math->name,
                     bits == 8 ? ", 8 bits" : "");
            snprintf(full_key, sizeof full_key, "lstm_%s%s_step%s%s_ns", key,
                     bits == 8 ? "_8_bits" : "", i < 0 ? "" : "_", i < 0 ? "" : math->name);
            timing_row(table, full_key, what, timing, 1e9, "ns");
        }
    }
}

/* What a run over the window costs, and what that is of a core: the frames' features and the rest
 * of the pipe come on top, at hardly a percent. */
static void bench_window(const Table *table, const GenreModel *model, const GenreMath *chosen) {
    const double usual_s = genre_settings_default().interval_s;
    const double least_s = GENRE_LEAST_WAIT_MS / 1e3;
    char title[80], what[80];
    GenreTiming timing;
    snprintf(title, sizeof title, "network, one window of %d frames", model->window_frames);
    heading(table, title);
    if (!genre_bench_network(model, chosen, table->budget_s, &timing))
        return;
    timing_row(table, "network_window_us", "this model, all layers", timing, 1e6, "us");
    snprintf(what, sizeof what, "  of one core, at an interval of %g s", usual_s);
    timing_row(table, "network_core_percent", what, timing, 100 / usual_s, "%");
    snprintf(what, sizeof what, "  of one core, at %g s, the shortest", least_s);
    timing_row(table, "network_core_most_percent", what, timing, 100 / least_s, "%");
}

static void bench_network(const Table *table, const GenreModel *model, const GenreMath *chosen) {
    static const int shapes[][2] = {{64, 64}, {64, 128}};
    GenreTiming timing;
    char key[80], name[80];
    if (model->window_frames)
        bench_window(table, model, chosen);
    heading(table, "network, one step of one stream");
    if (!model->window_frames && genre_bench_network(model, chosen, table->budget_s, &timing))
        timing_row(table, "network_step_ns", "this model, all layers, a frame", timing,
                   1e9 / model->net->frames_per_step, "ns");
    for (int i = 0; i < model->net->n_nodes; i++) {
        const GenreLayer *layer = &model->net->nodes[i].layer;
        if (strcmp(layer->kind->name, "lstm") != 0)
            continue;
        snprintf(name, sizeof name, "its LSTM \"%s\"", layer->name);
        lstm_rows(table, chosen, name, layer->name, layer->n_in, layer->n_out);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(key, sizeof key, "%d_%d", shapes[i][0], shapes[i][1]);
        lstm_rows(table, chosen, "LSTM", key, shapes[i][0], shapes[i][1]);
    }
}

static void bench_features(const Table *table, const GenreModel *model) {
    enum { N_FFT = 1024, HOP = 512, BANDS = 64 };
    GenreTiming ours, other;
    heading(table, "features, one spectrum");
    if (genre_bench_model_feature(model, table->budget_s, &ours))
        timing_row(table, "model_feature_us", "this model's feature", ours, 1e6, "us");
    if (genre_bench_fft(2048, table->budget_s, &ours))
        timing_row(table, "fft_2048_us", "KissFFT alone, 2048 samples", ours, 1e6, "us");
    if (genre_bench_fft(N_FFT, table->budget_s, &ours))
        timing_row(table, "fft_1024_us", "KissFFT alone, 1024 samples", ours, 1e6, "us");
    if (!genre_bench_logmel(22050, N_FFT, HOP, BANDS, table->budget_s, &ours))
        return;
    timing_row(table, "logmel_1024_us", "log-mel, FFT 1024, hop 512, 64 bands", ours, 1e6, "us");
    if (genre_bench_aubio(22050, N_FFT, HOP, BANDS, table->budget_s, &other)) {
        timing_row(table, "aubio_logmel_1024_us", "  the same by aubio", other, 1e6, "us");
        row(table, "logmel_times_aubio", "  ours is faster", other.median_s / ours.median_s,
            other.minimum_s / ours.minimum_s, "times");
    } else if (!table->json) {
        puts("  (aubio's library is not installed: no comparison)");
    }
}

static void bench_pipe(const Table *table, const GenreModel *model) {
    static const struct {
        double rate_hz;
        int n_channels;
        const char *name, *what;
    } streams[] = {{44100, 2, "44100_2", "44.1 kHz stereo"},
                   {48000, 2, "48000_2", "48 kHz stereo"},
                   {96000, 2, "96000_2", "96 kHz stereo"},
                   {22050, 1, "22050_1", "22.05 kHz mono"}};
    heading(table, "whole pipe, times real time");
    for (int i = 0; i < 4; i++) {
        GenreTiming all, resampler;
        char what[80], key[80];
        if (!genre_bench_pipe(model, streams[i].rate_hz, streams[i].n_channels, table->budget_s,
                              &all) ||
            !genre_bench_resampler(model, streams[i].rate_hz, streams[i].n_channels,
                                   table->budget_s, &resampler))
            continue;
        const double share = 100 * resampler.median_s / all.median_s;
        snprintf(what, sizeof what, "%s (%.0f %% of it mixing, resampling)", streams[i].what,
                 share);
        snprintf(key, sizeof key, "pipe_%s_times_real_time", streams[i].name);
        row(table, key, what, 1 / all.median_s, 1 / all.minimum_s, "times");
        snprintf(key, sizeof key, "resampler_%s_percent", streams[i].name);
        if (table->json)
            row(table, key, "", share, -1, "%");
    }
}

/* How many streams one core keeps up with. */
static void bench_streams(const Table *table, const GenreModel *model) {
    static const int counts[] = {1, 16, 256};
    heading(table, "streams per core, model's rate, mono");
    /* Hundreds of windows would take minutes. */
    for (int i = 0; i < (model->window_frames ? 2 : 3); i++) {
        const int n = counts[i];
        GenreStreamsTiming timing;
        char what[80], key[80];
        if (!genre_bench_streams(model, n, table->budget_s, &timing))
            continue;
        snprintf(what, sizeof what, "%d, a classifier for each", n);
        snprintf(key, sizeof key, "streams_%d_apart", n);
        row(table, key, what, 1 / timing.apart.median_s, 1 / timing.apart.minimum_s, "streams");
        snprintf(what, sizeof what, "%d, as a group", n);
        snprintf(key, sizeof key, "streams_%d_group", n);
        row(table, key, what, 1 / timing.together.median_s, 1 / timing.together.minimum_s,
            "streams");
        if (timing.apart_bytes == 0)
            continue;
        snprintf(key, sizeof key, "streams_%d_apart_kb", n);
        row(table, key, "  memory for a stream, a classifier each",
            (double)timing.apart_bytes / 1e3, -1, "kB");
        snprintf(key, sizeof key, "streams_%d_group_kb", n);
        row(table, key, "  memory for a stream, as a group", (double)timing.together_bytes / 1e3,
            -1, "kB");
    }
}

static double resident_mb(void) {
    long total = 0, resident = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    const bool ok = in && fscanf(in, "%ld %ld", &total, &resident) == 2;
    if (in)
        fclose(in);
    return ok ? (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6 : 0;
}

/* Measured first, while the process is as small as a program that only classifies. */
typedef struct {
    double load_ms, create_ms, resident_mb;
    size_t instance_bytes;
} Start;

static GenreModel *bench_start(const char *model_path, Start *start) {
    const double start_s = genre_now_s();
    GenreModel *model = genre_open_model(model_path);
    const double loaded_s = genre_now_s();
    if (!model)
        return NULL;
    GenreClassifier *classifier = genre_classifier_new(model, 48000, 2, NULL, NULL);
    const double created_s = genre_now_s();
    start->load_ms = 1e3 * (loaded_s - start_s);
    start->create_ms = 1e3 * (created_s - loaded_s);
    start->resident_mb = resident_mb();
    genre_classifier_free(classifier);
    start->instance_bytes = genre_classifier_bytes(model, 48000, 2);
    return model;
}

static void print_start(const Table *table, const GenreModel *model, const Start *start) {
    if (!table->json)
        puts("\nmemory and start");
    row(table, "model_kb", "model, weights in memory",
        (double)(genre_model_n_weights(model) * sizeof(GenreReal)) / 1e3, -1, "kB");
    if (start->instance_bytes)
        row(table, "instance_kb", "classifier for 48 kHz stereo, beside the model",
            (double)start->instance_bytes / 1e3, -1, "kB");
    if (start->resident_mb > 0)
        row(table, "resident_mb", "whole process, resident", start->resident_mb, -1, "MB");
    row(table, "load_ms", "loading the model", start->load_ms, -1, "ms");
    row(table, "create_ms", "making a classifier", start->create_ms, -1, "ms");
}

static void processor_name(char name[128]) {
    char line[256];
    FILE *in = fopen("/proc/cpuinfo", "r");
    strcpy(name, "unknown processor");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            snprintf(name, 128, "%.*s", (int)strcspn(strchr(line, ':') + 2, "\n"),
                     strchr(line, ':') + 2);
            break;
        }
    if (in)
        fclose(in);
}

int genre_app_bench(int argc, char **argv) {
    static const struct option known[] = {{"quick", no_argument, NULL, 'q'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"model", required_argument, NULL, 'm'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    Table table = {.budget_s = 0.5};
    const char *model_path = NULL;
    bool as_json = false;
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;)
        switch (option) {
        case 'q':
            table.budget_s = 0.1;
            break;
        case 'j':
            as_json = true;
            break;
        case 'm':
            model_path = optarg;
            break;
        case 'h':
            help();
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("bench");
        }
    if (optind < argc) {
        genre_complain("bench takes no \"%s\"", argv[optind]);
        return genre_usage_error("bench");
    }
    Start start;
    char processor[128];
    GenreError error;
    const GenreMath *math = genre_math_choose(&error);
    if (!math) {
        genre_complain("%s", error.text);
        return GENRE_EXIT_FAILED;
    }
    GenreModel *model = bench_start(model_path, &start);
    if (!model)
        return GENRE_EXIT_FAILED;
    processor_name(processor);
    if (as_json) {
        table.json = json_pack("{ssssss}", "version", genre_version(), "processor", processor,
                               "kernels", math->name);
    } else {
        printf("genrecast %s on %s, one core, kernels %s\n", genre_version(), processor,
               math->name);
    }
    bench_network(&table, model, math);
    bench_features(&table, model);
    bench_pipe(&table, model);
    bench_streams(&table, model);
    print_start(&table, model, &start);
    if (as_json) {
        char *text = json_dumps(table.json, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        puts(text ? text : "");
        free(text);
        json_decref(table.json);
    }
    genre_model_free(model);
    return GENRE_EXIT_OK;
}
