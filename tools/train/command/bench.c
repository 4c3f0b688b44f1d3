/* Measures training speed, beside PyTorch's where that is installed. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/cli.h"
#include "base/mean.h"
#include "bench/step.h"
#include "command/commands.h"
#include "learn/blas.h"
#include "machine.h"
#include "net/net.h"
#include "recipe/make_model.h"

static const char help[] =
    "usage: genrecast-train bench [RECIPE] [OPTION]...\n\n"
    "Times a training step of RECIPE, of each of its members: forward and backward pass\n"
    "over a batch and the weights' move, without drawing the excerpts; and the same with\n"
    "PyTorch where python3 has torch and the recipe's layers are among those that it is\n"
    "told of. Medians of runs in turns: CPU time on one thread, else by the wall clock.\n"
    "Without RECIPE, one LSTM's forward and backward pass on one thread, and PyTorch's\n"
    "nn.LSTM, in CPU time.\n\n"
    "      --json       as JSON; with the loss and the gradient's length of a step without\n"
    "                   dropout, which tell that both compute the same\n"
    "      --quick      one run\n"
    "  -j, --jobs N     threads for RECIPE (default: one per processor)\n"
    "  -h, --help       this text\n";

enum { STEPS = 193, STREAMS = 16, ROUNDS = 7, RECIPE_ROUNDS = 9, RECIPE_STEPS = 3 };

typedef struct {
    const char *recipe; /* NULL: none */
    json_t *json;       /* list of rows; NULL: print */
    bool quick;
    long jobs;
} Arguments;

typedef struct {
    int n_in, units;
} Shape;
static const Shape shapes[] = {{64, 64}, {64, 128}, {192, 96}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Median time of a forward and backward pass in ms, with a gradient for the input too. */
static double time_ours(Shape shape, int n_rounds) {
    GenreError error;
    json_t *layers = json_pack("[{sssi}{sssi}]", "kind", "dense", "units", shape.n_in, "kind",
                               "lstm", "units", shape.units);
    GenreNet *net = genre_net_new(layers, shape.n_in, &error);
    json_decref(layers);
    const size_t rows = (size_t)STEPS * STREAMS;
    const GenreLayer *lstm = &net->nodes[1].layer;
    GenreRng rng = genre_rng(1, 1);
    float *x = calloc(rows * shape.n_in, sizeof *x), *dx = calloc(rows * shape.n_in, sizeof *x);
    float *y = calloc(rows * shape.units, sizeof *y), *dy = calloc(rows * shape.units, sizeof *y);
    float *state = calloc((size_t)lstm->n_state * STREAMS, sizeof *state);
    float *cache = calloc(rows * lstm->n_cache, sizeof *cache);
    float *gradient = calloc(net->n_weights, sizeof *gradient);
    const GenreRun run = {.n_steps = STEPS, .n_streams = STREAMS, .math = &blas_math};
    double times[ROUNDS];
    genre_net_init(net, &rng);
    for (size_t i = 0; i < rows * shape.n_in; i++)
        x[i] = (float)genre_rng_normal(&rng);
    for (size_t i = 0; i < rows * shape.units; i++)
        dy[i] = (float)genre_rng_normal(&rng);
    for (int round = 0; round < n_rounds; round++) {
        const double start = cpu_s();
        for (int k = 0; k < 5; k++) {
            memset(state, 0, (size_t)lstm->n_state * STREAMS * sizeof *state);
            memset(gradient, 0, net->n_weights * sizeof *gradient);
            lstm->kind->forward(lstm, &run, x, y, state, cache);
            lstm->kind->backward(lstm, &run, x, y, dy, dx, gradient, cache);
        }
        times[round] = (cpu_s() - start) * 1e3 / 5;
    }
    free(x), free(dx), free(y), free(dy), free(state), free(cache), free(gradient);
    genre_net_free(net);
    return mean_median(times, (size_t)n_rounds);
}

/* Prints a time for each shape given, or nothing. */
static const char torch_script[] = "import sys, time, torch\n"
                                   "torch.set_num_threads(1)\n"
                                   "steps, streams, n_in, units = map(int, sys.argv[1:])\n"
                                   "lstm = torch.nn.LSTM(n_in, units)\n"
                                   "x = torch.randn(steps, streams, n_in, requires_grad=True)\n"
                                   "dy = torch.randn(steps, streams, units)\n"
                                   "times = []\n"
                                   "for _ in range(8):\n"
                                   "    start = time.process_time()\n"
                                   "    for _ in range(3):\n"
                                   "        lstm.zero_grad(); x.grad = None\n"
                                   "        lstm(x)[0].backward(dy)\n"
                                   "    times.append((time.process_time() - start) * 1e3 / 3)\n"
                                   "print(sorted(times[1:])[3], torch.__version__)\n";

/* Median time in ms, 0 where there is no PyTorch; `version` (32) tells which. */
static double time_torch(Shape shape, char *version) {
    char command[2000];
    double time_ms = 0;
    snprintf(command, sizeof command,
             "export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1; "
             "for p in /usr/bin/python3 python3; do \"$p\" - %d %d %d %d 2>/dev/null && break; "
             "done <<'EOF'\n%s\nEOF",
             STEPS, STREAMS, shape.n_in, shape.units, torch_script);
    FILE *out = popen(command, "r");
    if (!out)
        return 0;
    if (fscanf(out, "%lf %31s", &time_ms, version) != 2)
        time_ms = 0;
    pclose(out);
    return time_ms;
}

static void bench_lstms(const Arguments *arguments) {
    if (!arguments->json)
        printf("%s\nLSTM forward + backward, %d steps of %d streams, one thread\n", blas_about(),
               STEPS, STREAMS);
    for (int i = 0; i < N_SHAPES; i++) {
        char version[32] = "";
        const int n_rounds = arguments->quick ? 1 : ROUNDS;
        const double ours_ms = time_ours(shapes[i], n_rounds);
        const double torch_ms = time_torch(shapes[i], version);
        if (arguments->json) {
            json_t *row = json_pack("{sisisf}", "n_in", shapes[i].n_in, "units", shapes[i].units,
                                    "ms", ours_ms);
            if (torch_ms > 0)
                json_object_update_new(
                    row, json_pack("{ssssf}", "torch_version", version, "torch_ms", torch_ms));
            json_array_append_new(arguments->json, row);
            continue;
        }
        printf("%4d -> %-4d %7.2f ms", shapes[i].n_in, shapes[i].units, ours_ms);
        if (torch_ms > 0)
            printf("   PyTorch %s %7.2f ms, %.2f times ours", version, torch_ms,
                   torch_ms / ours_ms);
        putchar('\n');
        fflush(stdout);
    }
}

static void add_json(json_t *rows, const char *name, const Recipe *recipe, const BenchStep *step) {
    json_t *row = json_pack("{sssisisIsfsfsf}", "name", name, "batch", recipe->batch, "frames",
                            step->n_frames, "weights", (json_int_t)step->n_weights, "ms", step->ms,
                            "loss", step->loss, "gradient", step->norm);
    if (step->has_torch)
        json_object_update_new(row,
                               json_pack("{sssfsfsf}", "torch_version", step->torch_version,
                                         "torch_ms", step->torch_ms, "torch_loss", step->torch_loss,
                                         "torch_gradient", step->torch_norm));
    json_array_append_new(rows, row);
}

static void print_row(const char *name, const Recipe *recipe, const BenchStep *step) {
    printf("%-16s %3d x %-4d frames %9.1f ms   PyTorch ", name, recipe->batch, step->n_frames,
           step->ms);
    if (step->has_torch)
        printf("%s %9.1f ms, %.2f times ours\n", step->torch_version, step->torch_ms,
               step->torch_ms / step->ms);
    else
        puts("-");
    fflush(stdout);
}

static GenreStatus bench_network(const Arguments *arguments, const Recipe *recipe,
                                 GenreError *error) {
    const char *name = json_string_value(json_object_get(recipe->json, "name"));
    BenchStep step;
    const GenreStatus status =
        bench_step(&step, recipe, (int)arguments->jobs, arguments->quick ? 1 : RECIPE_ROUNDS,
                   arguments->quick ? 1 : RECIPE_STEPS, error);
    if (status)
        return status;
    if (arguments->json)
        add_json(arguments->json, name ? name : "", recipe, &step);
    else
        print_row(name ? name : "", recipe, &step);
    return GENRE_SUCCESS;
}

static GenreStatus bench_recipe(const Arguments *arguments, GenreError *error) {
    Recipe recipe;
    GenreStatus status = recipe_read(&recipe, arguments->recipe, error);
    if (!status)
        status = make_model_check(&recipe, error);
    if (!status && !arguments->json)
        printf("%s\nA training step, %ld thread%s\n", blas_about(), arguments->jobs,
               arguments->jobs == 1 ? "" : "s");
    if (!status && !recipe.members)
        status = bench_network(arguments, &recipe, error);
    for (int i = 0; !status && i < recipe_n_members(&recipe); i++) {
        Recipe member;
        if (!(status = recipe_member(&member, &recipe, i, error)))
            status = bench_network(arguments, &member, error);
        recipe_clear(&member);
    }
    recipe_clear(&recipe);
    return status;
}

/* False: the arguments make no sense, which has been complained about. */
static bool read_arguments(int argc, char **argv, Arguments *arguments, bool *done) {
    enum { JSON = 256, QUICK };
    static const struct option options[] = {{"json", no_argument, NULL, JSON},
                                            {"quick", no_argument, NULL, QUICK},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    for (int c; (c = getopt_long(argc, argv, "j:h", options, NULL)) != -1;)
        switch (c) {
        case JSON:
            arguments->json = arguments->json ? arguments->json : json_array();
            break;
        case QUICK:
            arguments->quick = true;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &arguments->jobs))
                return false;
            break;
        case 'h':
            fputs(help, stdout);
            *done = true;
            return true;
        default:
            return false;
        }
    if (argc - optind > 1) {
        genre_complain("bench takes one RECIPE, not \"%s\" too", argv[optind + 1]);
        return false;
    }
    arguments->recipe = argv[optind];
    return true;
}

int command_bench(int argc, char **argv) {
    Arguments arguments = {.jobs = genre_n_processors()};
    GenreStatus status = GENRE_SUCCESS;
    GenreError error;
    bool done = false;
    signal(SIGPIPE, SIG_IGN); /* where PyTorch ends early */
    if (!read_arguments(argc, argv, &arguments, &done)) {
        json_decref(arguments.json);
        return genre_usage_error("bench");
    }
    if (!done && arguments.recipe)
        status = bench_recipe(&arguments, &error);
    else if (!done)
        bench_lstms(&arguments);
    if (status)
        genre_complain("%s", error.text);
    else if (!done && arguments.json)
        json_dumpf(arguments.json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(7)), putchar('\n');
    json_decref(arguments.json);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
