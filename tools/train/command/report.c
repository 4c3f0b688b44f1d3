#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "report/report.h"

static const char help[] =
    "usage: genrecast-train report FOLDER...\n\n"
    "Writes report.html, report.json and report.txt into each FOLDER, which \"train --run\"\n"
    "made: how clips were split and what to mind about that, figures with their\n"
    "intervals for each way of splitting, confusions, curves. The HTML is one file,\n"
    "with its pictures in it, to be read anywhere. Jobs that are not finished are named.\n\n"
    "  -h, --help   this text\n";

int command_report(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (c != 'h')
            return genre_usage_error("report");
        fputs(help, stdout);
        return GENRE_EXIT_OK;
    }
    if (optind == argc) {
        genre_complain("report needs FOLDER");
        return genre_usage_error("report");
    }
    int code = GENRE_EXIT_OK;
    for (; optind < argc; optind++) {
        GenreError error;
        if (report_write(argv[optind], &error)) {
            genre_complain("%s", error.text);
            code = GENRE_EXIT_FAILED;
        } else {
            printf("%s/report.html\n", argv[optind]);
        }
    }
    return code;
}
