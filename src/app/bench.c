/* `genrecast bench`: speed and memory on this machine. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/bench_rows.h"
#include "app/cli.h"
#include "machine.h"

static const struct {
    const char *name, *about;
    void (*rows)(GenreBench *bench);
} parts[] = {
    {"network", "the model, and LSTM layers with each kernel and with PyTorch", genre_rows_network},
    {"features", "spectra and their bands, beside aubio's", genre_rows_features},
    {"pipe", "from samples to the answer on one core", genre_rows_pipe},
    {"cores", "the same on several at once, by the clock", genre_rows_cores},
    {"streams", "how many one core keeps up with, apart and as a group", genre_rows_streams},
    {"growth", "what more units and bands cost", genre_rows_growth},
    {"reading", "how fast memory of several sizes is read", genre_rows_reading},
    {"start", "memory, and what it takes to begin", genre_rows_start},
};
enum { PARTS = sizeof parts / sizeof *parts };

static void help(void) {
    puts(
        "Measures speed and memory on this machine, on one core but for the part \"cores\". Times\n"
        "are processor time: the median over up to 41 repeats, and the least. The floor is what\n"
        "reading the weights takes by itself, as fast as this processor reads that much.\n\n"
        "usage: genrecast bench [OPTION]...\n\n"
        "  --quick        in a few seconds: less exact, and without PyTorch\n"
        "  --only PART    one part; may be repeated\n"
        "  --json         one JSON object: name -> value, with units in the names\n"
        "  --model FILE   another model than the compiled-in one\n"
        "  --help         this text\n\n"
        "Parts, all without --only:");
    for (int i = 0; i < PARTS; i++)
        printf("  %-13s  %s\n", parts[i].name, parts[i].about);
    puts(
        "\nWhere aubio's library and a python3 with PyTorch are installed, they are measured too.");
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

/* Adds the part of that name to `chosen`, a bit each. False after having complained. */
static bool choose(const char *name, unsigned *chosen) {
    for (int i = 0; i < PARTS; i++)
        if (strcmp(parts[i].name, name) == 0) {
            *chosen |= 1u << i;
            return true;
        }
    genre_complain("bench has no part \"%s\"", name);
    return false;
}

static void introduce(GenreBench *bench) {
    const int n = genre_n_processors();
    char processor[128], line[300];
    processor_name(processor);
    snprintf(line, sizeof line, "genrecast %s on %s, %d processor%s, kernels %s", genre_version(),
             processor, n, n == 1 ? "" : "s", bench->math->name);
    genre_table_remark(&bench->table, line);
    genre_table_json(&bench->table, "version", json_string(genre_version()));
    genre_table_json(&bench->table, "processor", json_string(processor));
    genre_table_json(&bench->table, "processors", json_integer(n));
    genre_table_json(&bench->table, "kernels", json_string(bench->math->name));
}

static void print_json(const GenreTable *table) {
    char *text = json_dumps(table->json, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    puts(text ? text : "");
    free(text);
}

static int measure(GenreBench *bench, unsigned chosen, const char *model_path) {
    GenreError error;
    bench->math = genre_math_choose(&error);
    if (!bench->math) {
        genre_complain("%s", error.text);
        return GENRE_EXIT_FAILED;
    }
    GenreModel *model = genre_bench_start(model_path, &bench->start);
    if (!model)
        return GENRE_EXIT_FAILED;
    bench->model = model;
    introduce(bench);
    for (int i = 0; i < PARTS; i++)
        if (chosen & 1u << i) {
            bench->table.part = parts[i].name;
            parts[i].rows(bench);
        }
    genre_table_clear(&bench->table);
    if (bench->table.json)
        print_json(&bench->table);
    genre_model_free(model);
    return GENRE_EXIT_OK;
}

int genre_app_bench(int argc, char **argv) {
    static const struct option known[] = {
        {"quick", no_argument, NULL, 'q'}, {"only", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},  {"model", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},  {NULL, 0, NULL, 0}};
    GenreBench bench = {.table = {.budget_s = 0.5, .watched = isatty(STDERR_FILENO)}};
    const char *model_path = NULL;
    bool as_json = false;
    unsigned chosen = 0;
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;)
        switch (option) {
        case 'q':
            bench.table.budget_s = 0.02;
            bench.table.alone = true;
            break;
        case 'o':
            if (!choose(optarg, &chosen))
                return genre_usage_error("bench");
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
    if (as_json)
        bench.table.json = json_object();
    const int exit_code = measure(&bench, chosen ? chosen : ~0u, model_path);
    json_decref(bench.table.json);
    return exit_code;
}
