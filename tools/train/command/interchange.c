/* export and import: a model's weights to and from PyTorch's names. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "model/model.h"
#include "recipe/interchange.h"
#include "status.h"

static const char export_help[] =
    "usage: genrecast-train export MODEL -o WEIGHTS\n\n"
    "Writes the model's weights as PyTorch's modules name and shape them (nn.LSTM,\n"
    "nn.Conv2d, nn.BatchNorm2d, nn.Linear), a safetensors file. models/FORMAT.md has\n"
    "the mapping.\n\n"
    "  -o, --output FILE  the file to write (.safetensors)\n"
    "  -h, --help         this text\n";

static const char import_help[] =
    "usage: genrecast-train import MODEL WEIGHTS -o NEW\n\n"
    "Makes a new model of MODEL with the weights of such a file in place of its own.\n"
    "Tensors that are missing, left over or of another shape are named.\n\n"
    "  -o, --output FILE  the model to write (.safetensors)\n"
    "  -h, --help         this text\n";

typedef struct {
    const char *name, *help, *needs;
    int n_files;
} Command;

/* GENRE_EXIT_OK where *output and argv[optind...] hold what the command needs. */
static int read_arguments(int argc, char **argv, const Command *command, const char **output) {
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    *output = NULL;
    for (int c; (c = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            *output = optarg;
            break;
        case 'h':
            fputs(command->help, stdout);
            exit(GENRE_EXIT_OK);
        default:
            return genre_usage_error(command->name);
        }
    }
    if (optind != argc - command->n_files || !*output) {
        genre_complain("%s needs %s", command->name, command->needs);
        return genre_usage_error(command->name);
    }
    return GENRE_EXIT_OK;
}

int command_export(int argc, char **argv) {
    static const Command command = {"export", export_help, "MODEL and --output", 1};
    static const char *const kept[] = {"feature", "layers",        "labels", "not_music",
                                       "causal",  "window_frames", "output"};
    const char *output;
    GenreError error;
    const int usage = read_arguments(argc, argv, &command, &output);
    if (usage != GENRE_EXIT_OK)
        return usage;
    GenreModel *model = genre_model_load(argv[optind], &error);
    GenreStatus status = model ? GENRE_SUCCESS : GENRE_ERR_READ;
    if (model) {
        /* "pt" is what files of PyTorch's say; the rest is for whoever rebuilds the network. */
        json_t *metadata = json_pack("{ss}", "format", "pt");
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            if (json_object_get(model->metadata, kept[i]))
                json_object_set(metadata, kept[i], json_object_get(model->metadata, kept[i]));
        status = interchange_write(model->net, metadata, output, &error);
        json_decref(metadata);
    }
    if (status)
        genre_complain("%s", error.text);
    genre_model_free(model);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}

/* The model with new weights. Its calibration stays, as the best guess there is; what it says of
 * its training is true no longer. */
static GenreStatus save(const GenreModel *model, const char *weights, const char *output,
                        GenreError *error) {
    json_t *training = json_pack("{ssss}", "program", "genrecast-train " GENRE_VERSION,
                                 "weights_imported_from", weights);
    char *text = training ? json_dumps(training, JSON_COMPACT) : NULL;
    json_t *metadata = text ? json_pack("{ss}", "training", text) : NULL;
    const GenreStatus status =
        metadata
            ? genre_model_save(model, metadata, output, error)
            : genre_fail(error, GENRE_ERR_BAD_ARG, "the name of the file of weights is not UTF-8");
    json_decref(metadata);
    free(text);
    json_decref(training);
    return status;
}

int command_import(int argc, char **argv) {
    static const Command command = {"import", import_help, "MODEL, WEIGHTS and --output", 2};
    const char *output;
    GenreError error;
    const int usage = read_arguments(argc, argv, &command, &output);
    if (usage != GENRE_EXIT_OK)
        return usage;
    const char *weights = argv[optind + 1], *slash = strrchr(weights, '/');
    GenreModel *model = genre_model_load(argv[optind], &error);
    GenreStatus status = model ? GENRE_SUCCESS : GENRE_ERR_READ;
    if (model) {
        status = interchange_read(model->net, weights, stderr, &error);
        if (!status)
            status = save(model, slash ? slash + 1 : weights, output, &error);
    }
    if (status)
        genre_complain("%s", error.text);
    genre_model_free(model);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
