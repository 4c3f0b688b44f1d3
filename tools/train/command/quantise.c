/* quantise: a model's weights in 8 bits, and what that costs. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "eval/clips.h"
#include "machine.h"
#include "model/model.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train quantise MODEL [CLIPS] -o NEW [OPTION]...\n\n"
    "Rounds the weights of MODEL's dense layers, LSTMs and convolutions to 8 bits with\n"
    "a scale per row, but for the last layer's: a third of the size, and faster. With\n"
    "CLIPS, a manifest or a folder per genre (see prepare --help), both models hear\n"
    "them: how often each is right, and how often they say the same.\n\n"
    "  -o, --output FILE    the model to write (.safetensors)\n"
    "      --split SPLIT    only these clips (default: all)\n"
    "      --source KIND    audio (where it exists, the default) or mel (where it exists)\n"
    "      --json           as JSON\n"
    "  -j, --jobs N         threads (default: one per processor)\n"
    "  -h, --help           this text\n";

typedef struct {
    const char *model, *clips, *output;
    EvalChoice choice;
    bool json;
    long jobs;
} Arguments;

/* What is reported. */
typedef struct {
    size_t n_weights, n_rounded; /* weights; those of 8 bits */
    double bytes[2];             /* of the file, before and after */
    double error;                /* deviation of the rounded weights over theirs */
    size_t n_clips, n_failed, n_same;
    Evaluation evaluations[2]; /* before and after; n_clips > 0 */
} Cost;

static double file_bytes(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 ? (double)info.st_size : 0;
}

/* Rounds `rounded`, a copy of `model`. The last layer stays as it is: it is small, and an error
 * there goes straight into the answer. */
static GenreStatus round_model(const GenreModel *model, GenreModel *rounded, Cost *cost,
                               GenreError *error) {
    const GenreNet *net = model->net;
    double errors = 0, squares = 0;
    const GenreStatus status = genre_net_round(rounded->net, net->n_nodes - 1, error);
    if (status)
        return status;
    cost->n_weights = net->n_weights;
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            const GenreTensor *tensor = &rounded->net->nodes[i].layer.tensors[k];
            if (net->nodes[i].layer.tensors[k].rows8)
                return genre_fail(error, GENRE_ERR_BAD_ARG, "its weights are of 8 bits already");
            for (size_t w = tensor->offset; tensor->rows8 && w < tensor->offset + tensor->n; w++) {
                const double before = net->weights[w], after = rounded->net->weights[w];
                errors += (after - before) * (after - before);
                squares += before * before;
                cost->n_rounded++;
            }
        }
    if (cost->n_rounded == 0)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "it has no dense layer, LSTM or convolution before its last layer");
    cost->error = squares > 0 ? sqrt(errors / squares) : 0;
    return GENRE_SUCCESS;
}

static GenreStatus compare(const Arguments *arguments, const GenreModel *const models[2],
                           Cost *cost, GenreError *error) {
    EvalClips clips = {0};
    Pool *pool = pool_new((int)arguments->jobs);
    for (int i = 0; i < 2; i++) {
        cost->evaluations[i].model = models[i];
        for (int label = 0; label < models[i]->n_labels; label++)
            cost->evaluations[i].allowed[label] = true;
    }
    GenreStatus status = eval_clips_as_given(&clips, &cost->evaluations[0], arguments->clips,
                                             &arguments->choice, error);
    for (int i = 0; i < 2 && !status; i++) {
        cost->evaluations[i].said = calloc(clips.n + 1, sizeof(int));
        status = cost->evaluations[i].said
                     ? evaluate(&cost->evaluations[i], clips.clips, clips.n, pool, error)
                     : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    cost->n_failed = clips.n_failed;
    for (size_t i = 0; i < clips.n && !status; i++) {
        const int said = cost->evaluations[0].said[i];
        cost->n_failed += said == -2;
        cost->n_clips += said != -2;
        cost->n_same += said != -2 && cost->evaluations[1].said[i] == said;
    }
    for (int i = 0; i < 2; i++)
        free(cost->evaluations[i].said);
    eval_clips_clear(&clips);
    pool_free(pool);
    return status;
}

static void print_json(const Cost *cost) {
    json_t *json = json_pack("{sI sI sf sf sf}", "weights", (json_int_t)cost->n_weights, "rounded",
                             (json_int_t)cost->n_rounded, "bytes_before", cost->bytes[0],
                             "bytes_after", cost->bytes[1], "relative_error", cost->error);
    if (cost->n_clips > 0) {
        json_object_set_new(json, "clips", json_integer((json_int_t)cost->n_clips));
        json_object_set_new(json, "same", json_real((double)cost->n_same / (double)cost->n_clips));
        json_object_set_new(json, "before", evaluation_json(&cost->evaluations[0]));
        json_object_set_new(json, "after", evaluation_json(&cost->evaluations[1]));
    }
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

static void print(const Cost *cost) {
    static const char *const names[] = {"before", "after"};
    printf("%zu of %zu weights in 8 bits, off by %.2f %% of their size\n", cost->n_rounded,
           cost->n_weights, 100 * cost->error);
    printf("file      %.0f instead of %.0f bytes (%.0f %%)\n", cost->bytes[1], cost->bytes[0],
           100 * cost->bytes[1] / cost->bytes[0]);
    if (cost->n_clips == 0)
        return;
    printf("same      on %zu of %zu clips (%.1f %%)\n", cost->n_same, cost->n_clips,
           100 * (double)cost->n_same / (double)cost->n_clips);
    for (int i = 0; i < 2; i++) {
        const Figures *figures = &cost->evaluations[i].clips;
        printf("%-9s right on %.1f %% (95 %% interval %.1f to %.1f), macro F1 %.3f\n", names[i],
               100 * figures->top[0], 100 * figures->accuracy.low, 100 * figures->accuracy.high,
               figures->macro.f1);
    }
}

/* Into the file goes what it was made from. */
static GenreStatus save(const GenreModel *model, const char *path, GenreError *error) {
    const char *checksum = genre_model_metadata(model, "checksum");
    json_t *metadata = json_pack("{ss}", "rounded_from", checksum ? checksum : "unknown");
    const GenreStatus status = genre_model_save(model, metadata, path, error);
    json_decref(metadata);
    return status;
}

static GenreStatus quantise(const Arguments *arguments, Cost *cost, GenreError *error) {
    GenreModel *model = genre_model_load(arguments->model, error);
    GenreModel *rounded = model ? genre_model_load(arguments->model, error) : NULL;
    GenreStatus status = rounded ? GENRE_SUCCESS : error->status;
    if (!status) {
        cost->bytes[0] = file_bytes(arguments->model);
        status = round_model(model, rounded, cost, error);
    }
    if (!status)
        status = save(rounded, arguments->output, error);
    if (!status) {
        const GenreModel *const models[2] = {model, rounded};
        cost->bytes[1] = file_bytes(arguments->output);
        if (arguments->clips)
            status = compare(arguments, models, cost, error);
    }
    if (!status && arguments->json)
        print_json(cost);
    else if (!status)
        print(cost);
    genre_model_free(model);
    genre_model_free(rounded);
    return status;
}

static int read_arguments(int argc, char **argv, Arguments *arguments) {
    enum { SPLIT = 256, SOURCE, JSON };
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"split", required_argument, NULL, SPLIT},
                                            {"source", required_argument, NULL, SOURCE},
                                            {"json", no_argument, NULL, JSON},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *arguments = (Arguments){.jobs = genre_n_processors()};
    for (int c; (c = getopt_long(argc, argv, "o:j:h", options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            arguments->output = optarg;
            break;
        case SPLIT:
            arguments->choice.split = optarg;
            break;
        case SOURCE:
            if (!eval_read_source(optarg, &arguments->choice))
                return genre_usage_error("quantise");
            break;
        case JSON:
            arguments->json = true;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &arguments->jobs))
                return GENRE_EXIT_USAGE;
            break;
        case 'h':
            fputs(help, stdout);
            exit(GENRE_EXIT_OK);
        default:
            return genre_usage_error("quantise");
        }
    }
    if ((optind != argc - 1 && optind != argc - 2) || !arguments->output) {
        genre_complain("quantise needs MODEL and --output");
        return genre_usage_error("quantise");
    }
    arguments->model = argv[optind];
    arguments->clips = argv[optind + 1]; /* NULL behind the last */
    return GENRE_EXIT_OK;
}

int command_quantise(int argc, char **argv) {
    Arguments arguments;
    GenreError error = {0};
    const int usage = read_arguments(argc, argv, &arguments);
    if (usage != GENRE_EXIT_OK)
        return usage;
    Cost *cost = calloc(1, sizeof *cost);
    const GenreStatus status = cost ? quantise(&arguments, cost, &error)
                                    : genre_fail(&error, GENRE_ERR_NO_MEMORY, "out of memory");
    const bool all_read = cost && cost->n_failed == 0;
    free(cost);
    if (status)
        genre_complain("%s", error.text);
    return status || !all_read ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
