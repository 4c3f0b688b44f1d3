/* Measures training speed, beside PyTorch's where that is installed. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/cli.h"
#include "blas.h"
#include "commands.h"
#include "net/net.h"

static const char help[] =
    "usage: genrecast-train bench\n\n"
    "Times one LSTM's forward and backward pass over a batch on one thread, in float,\n"
    "and the same with PyTorch's nn.LSTM where python3 has torch. CPU time, median of\n"
    "several runs, taken in turns.\n\n"
    "  -h, --help  this text\n";

enum { STEPS = 193, STREAMS = 16, ROUNDS = 7 };

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

static int by_value(const void *a, const void *b) {
    const double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

/* Median time of a forward and backward pass in ms, with a gradient for the input too. */
static double time_ours(Shape shape) {
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
    for (int round = 0; round < ROUNDS; round++) {
        const double start = cpu_s();
        for (int k = 0; k < 5; k++) {
            memset(state, 0, (size_t)lstm->n_state * STREAMS * sizeof *state);
            memset(dx, 0, rows * shape.n_in * sizeof *dx);
            memset(gradient, 0, net->n_weights * sizeof *gradient);
            lstm->kind->forward(lstm, &run, x, y, state, cache);
            lstm->kind->backward(lstm, &run, x, y, dy, dx, gradient, cache);
        }
        times[round] = (cpu_s() - start) * 1e3 / 5;
    }
    free(x), free(dx), free(y), free(dy), free(state), free(cache), free(gradient);
    genre_net_free(net);
    qsort(times, ROUNDS, sizeof *times, by_value);
    return times[ROUNDS / 2];
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

int command_bench(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (c != 'h')
            return genre_usage_error("bench");
        fputs(help, stdout);
        return GENRE_EXIT_OK;
    }
    printf("%s\nLSTM forward + backward, %d steps of %d streams, one thread\n", blas_about(), STEPS,
           STREAMS);
    for (int i = 0; i < N_SHAPES; i++) {
        char version[32] = "";
        const double ours_ms = time_ours(shapes[i]);
        const double torch_ms = time_torch(shapes[i], version);
        printf("%4d -> %-4d %7.2f ms", shapes[i].n_in, shapes[i].units, ours_ms);
        if (torch_ms > 0)
            printf("   PyTorch %s %7.2f ms, %.2f times ours", version, torch_ms,
                   torch_ms / ours_ms);
        putchar('\n');
        fflush(stdout);
    }
    return GENRE_EXIT_OK;
}
