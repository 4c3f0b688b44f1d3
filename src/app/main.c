#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary; /* NULL: not for users */
} commands[] = {
#ifdef GENRE_WITH_LIVE
    {"live", genre_app_live, "say the genre of what a microphone or line input hears"},
    {"devices", genre_app_devices, "list the audio inputs"},
    {"capture", genre_app_capture, NULL},
#endif
    {"file", genre_app_file, "say the genre of sound files and folders of them"},
    {"model", genre_app_model, "show what a model knows and where it comes from"},
    {"bench", genre_app_bench, "measure speed and memory on this machine"},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void help(void) {
    puts("Genrecast listens to music as it plays and says which genre it hears.\n\n"
         "usage: genrecast COMMAND [OPTION]...\n");
    for (int i = 0; i < N_COMMANDS; i++)
        if (commands[i].summary)
            printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    puts("\n  --help     this text; \"genrecast COMMAND --help\" for a command's options\n"
         "  --version  the version\n\n"
         "Exit status: 0 all went well, 1 something failed, 2 wrong usage.\n\n"
         "examples:\n"
         "  genrecast live --osc osc.udp://127.0.0.1:9000\n"
         "  genrecast file song.mp3\n"
         "  genrecast file --json ~/Music > genres.jsonl");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        genre_complain("a command is missing");
        return genre_usage_error("");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help();
        return GENRE_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("genrecast %s\n", genre_version());
        return GENRE_EXIT_OK;
    }
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            /* getopt begins its complaints with this. */
            char name[32];
            snprintf(name, sizeof name, "genrecast %s", commands[i].name);
            argv[1] = name;
            return commands[i].run(argc - 1, argv + 1);
        }
#ifndef GENRE_WITH_LIVE
    if (strcmp(argv[1], "live") == 0 || strcmp(argv[1], "devices") == 0) {
        genre_complain("this genrecast was built without PortAudio, so it has no \"%s\"", argv[1]);
        return GENRE_EXIT_FAILED;
    }
#endif
    genre_complain("there is no command \"%s\"", argv[1]);
    return genre_usage_error("");
}
