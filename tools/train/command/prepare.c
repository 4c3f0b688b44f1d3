#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/cli.h"
#include "clips/cache.h"
#include "command/commands.h"
#include "machine.h"
#include "recipe/recipe.h"

static const char help[] =
    "usage: genrecast-train prepare CLIPS --recipe RECIPE -o CACHE [-j N]\n\n"
    "Computes the recipe's features of all clips into a cache, which train takes in place of "
    "them.\n\n"
    "CLIPS is a folder with a folder of sound files for each genre, or a CSV manifest\n"
    "(UTF-8, with commas, semicolons or tabs) with a header line and the columns genre\n"
    "and audio (a path, relative to the manifest) or mel_row (ready-made mel frames: the\n"
    "clip's index in the tensor \"mel\" of mel/<dataset>.safetensors), and optionally id,\n"
    "dataset, artist, split (train, valid or test) and tags (several labels: a;b, or what\n"
    "leaves the genre open, for recipes that say what tags mean). Mel frames serve\n"
    "recipes of log-mel bands and MFCC; for others their clips are left out.\n"
    "No two rows may have one id or one file. CLIPS may also be FMA's folder of clips,\n"
    "such as fma_small, with fma_metadata beside it, or the folder that holds both.\n"
    "Without a split every fifth artist or file becomes \"valid\", the rest \"train\".\n\n"
    "  -r, --recipe FILE  the recipe, of which \"feature\" and \"waveform\" count\n"
    "  -o, --output FILE  the cache to write (.safetensors)\n"
    "  -j, --jobs N       threads (default: one per processor)\n"
    "  -h, --help         this text\n";

int command_prepare(int argc, char **argv) {
    static const struct option options[] = {{"recipe", required_argument, NULL, 'r'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *recipe_path = NULL, *output = NULL;
    long jobs = genre_n_processors();
    for (int c; (c = getopt_long(argc, argv, "r:o:j:h", options, NULL)) != -1;) {
        switch (c) {
        case 'r':
            recipe_path = optarg;
            break;
        case 'o':
            output = optarg;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &jobs))
                return GENRE_EXIT_USAGE;
            break;
        case 'h':
            fputs(help, stdout);
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("prepare");
        }
    }
    if (optind != argc - 1 || !recipe_path || !output) {
        genre_complain("prepare needs CLIPS, --recipe and --output");
        return genre_usage_error("prepare");
    }
    Recipe recipe;
    GenreError error;
    if (recipe_read(&recipe, recipe_path, &error)) {
        genre_complain("%s", error.text);
        return GENRE_EXIT_FAILED;
    }
    Pool *pool = pool_new((int)jobs);
    const GenreStatus status = cache_prepare(argv[optind], &recipe, pool, output, NULL, &error);
    if (status)
        genre_complain("%s", error.text);
    pool_free(pool);
    recipe_clear(&recipe);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
