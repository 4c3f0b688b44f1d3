/* Writes what a variant of a song sounds like. */
#include <getopt.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "feature/feature.h"
#include "recipe/recipe.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train augment RECIPE SONG -o OUT.wav [--variant N] [--id ID]\n\n"
    "Writes SONG as training hears it with the changes that the recipe's \"waveform\"\n"
    "asks for, mono and at the feature's rate, and prints what was changed.\n\n"
    "  -o, --output FILE  the sound file to write (WAV)\n"
    "  -v, --variant N    which variant; 0 is the unchanged song (default 1)\n"
    "      --id ID        the clip's id, from which the changes are drawn (default: SONG)\n"
    "  -h, --help         this text\n";

typedef struct {
    const char *recipe, *song, *output, *id;
    long variant;
} Arguments;

static GenreStatus augment(const Arguments *arguments, const Recipe *recipe, GenreError *error) {
    Mono mono;
    if (recipe->waveform.variants == 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "%s: \"waveform\" is missing",
                          arguments->recipe);
    GenreFeature *feature = genre_feature_new(recipe->feature, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    GenreStatus status =
        mono_read(&mono, arguments->song, genre_feature_spec(feature)->rate_hz, error);
    genre_feature_free(feature);
    if (status)
        return status;
    status = waveform_apply(&recipe->waveform, arguments->id ? arguments->id : arguments->song,
                            (int)arguments->variant, &mono, stdout, error);
    if (!status)
        status = mono_write(&mono, arguments->output, SF_FORMAT_WAV | SF_FORMAT_FLOAT, error);
    free(mono.samples);
    return status;
}

int command_augment(int argc, char **argv) {
    enum { ID = 256 };
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"variant", required_argument, NULL, 'v'},
                                            {"id", required_argument, NULL, ID},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    Arguments arguments = {.variant = 1};
    for (int c; (c = getopt_long(argc, argv, "o:v:h", options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            arguments.output = optarg;
            break;
        case 'v':
            if (!genre_read_count("--variant", optarg, 0, 1 << 20, &arguments.variant))
                return GENRE_EXIT_USAGE;
            break;
        case ID:
            arguments.id = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("augment");
        }
    }
    if (optind != argc - 2 || !arguments.output) {
        genre_complain("augment needs RECIPE, SONG and --output");
        return genre_usage_error("augment");
    }
    const char *ending = strrchr(arguments.output, '.');
    if (ending && strcasecmp(ending, ".wav") != 0) {
        genre_complain("%s: what is written is WAV, whatever it is called", arguments.output);
        return genre_usage_error("augment");
    }
    arguments.recipe = argv[optind];
    arguments.song = argv[optind + 1];
    Recipe recipe;
    GenreError error;
    GenreStatus status = recipe_read(&recipe, arguments.recipe, &error);
    if (!status) {
        status = augment(&arguments, &recipe, &error);
        recipe_clear(&recipe);
    }
    if (status)
        genre_complain("%s", error.text);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
