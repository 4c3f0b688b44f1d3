#include "made/arguments.h"

#include <getopt.h>
#include <stdio.h>

#include "app/app.h"
#include "app/cli.h"
#include "machine.h"

static bool add_font(MadeArguments *arguments, const char *path) {
    if (arguments->n_fonts == PLAYER_MAX_FONTS) {
        genre_complain("more than %d soundfonts", PLAYER_MAX_FONTS);
        return false;
    }
    arguments->fonts[arguments->n_fonts++] = path;
    return true;
}

int made_run(const MadeCommand *command, int argc, char **argv) {
    enum { SECONDS = 256, SEED, NO_SPEECH, SOUNDFONT };
    struct option options[] = {{"clips", required_argument, NULL, 'n'},
                               {"seconds", required_argument, NULL, SECONDS},
                               {"seed", required_argument, NULL, SEED},
                               {"jobs", required_argument, NULL, 'j'},
                               {"no-speech", no_argument, NULL, NO_SPEECH},
                               {"help", no_argument, NULL, 'h'},
                               {"soundfont", required_argument, NULL, SOUNDFONT},
                               {0}};
    MadeArguments arguments = {
        .n = command->n, .seconds = 30, .seed = 1, .jobs = genre_n_processors()};
    if (!command->plays) /* the list ends before the last */
        options[sizeof options / sizeof *options - 2] = (struct option){0};
    for (int c; (c = getopt_long(argc, argv, "n:j:h", options, NULL)) != -1;) {
        bool ok = true;
        switch (c) {
        case 'n':
            ok = genre_read_count("--clips", optarg, command->n_low, command->n_high, &arguments.n);
            break;
        case SECONDS:
            ok = genre_read_count("--seconds", optarg, 2, 60, &arguments.seconds);
            break;
        case SEED:
            ok = genre_read_count("--seed", optarg, 0, 1 << 30, &arguments.seed);
            break;
        case 'j':
            ok = genre_read_count("--jobs", optarg, 1, 1024, &arguments.jobs);
            break;
        case NO_SPEECH:
            arguments.no_speech = true;
            break;
        case SOUNDFONT:
            ok = add_font(&arguments, optarg);
            break;
        case 'h':
            fputs(command->help, stdout);
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error(command->name);
        }
        if (!ok)
            return GENRE_EXIT_USAGE;
    }
    if (optind != argc - 1) {
        genre_complain("%s needs FOLDER", command->name);
        return genre_usage_error(command->name);
    }
    arguments.folder = argv[optind];
    GenreError error;
    const GenreStatus status = made_make(command, &arguments, &error);
    if (status)
        genre_complain("%s", error.text);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
