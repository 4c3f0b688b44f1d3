/* genrecast-train: makes models and tells how good they are. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"
#include "blas.h"
#include "commands.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"prepare", command_prepare, "compute the features of labelled clips into a cache"},
    {"train", command_train, "train a model as a recipe says"},
    {"eval", command_eval, "score a model on labelled clips"},
    {"bench", command_bench, "measure training speed on this machine"},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void help(void) {
    puts("Trains Genrecast's models and measures them.\n\n"
         "usage: genrecast-train COMMAND [OPTION]...\n");
    for (int i = 0; i < N_COMMANDS; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    puts("\n  --help     this text; \"genrecast-train COMMAND --help\" for a command's options\n"
         "  --version  the version\n\n"
         "Exit status: 0 all went well, 1 something failed, 2 wrong usage, 130 interrupted.\n\n"
         "example, with a folder of sound files for each genre in ~/genres:\n"
         "  genrecast-train train models/recipes/live.json ~/genres -o mine.safetensors\n"
         "  genrecast live --model mine.safetensors");
}

int main(int argc, char **argv) {
    blas_prepare(argv);
    genre_set_program("genrecast-train");
    if (argc < 2) {
        genre_complain("which command? prepare, train, eval or bench");
        return genre_usage_error("");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help();
        return GENRE_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("genrecast-train %s\n", genre_version());
        return GENRE_EXIT_OK;
    }
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    genre_complain("there is no command \"%s\"", argv[1]);
    return genre_usage_error("");
}
