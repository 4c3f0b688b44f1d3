/* Prints a song's beats, or how well they fit annotated ones. */
#include <getopt.h>
#include <stdio.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "picture/beats.h"

static const char help[] =
    "usage: genrecast-train beats FILE [--annotations FILE]\n\n"
    "Prints the times of a song's beats in seconds, a line each, after a line with the\n"
    "tempo. With annotations, prints instead how well the beats fit them: F-measure,\n"
    "precision and recall, where beats count as found that lie within 70 ms.\n\n"
    "  -a, --annotations FILE  the right beats: a line each, beginning with its time in\n"
    "                          seconds (as .beats files and Audacity's labels have it)\n"
    "  -h, --help              this text\n";

static const double tolerance_s = 0.07;

static GenreStatus score(const GenreBeats *found, const char *annotations, GenreError *error) {
    GenreBeats right;
    const GenreStatus status = beats_from_text(&right, annotations, error);
    if (status)
        return status;
    const int n = beats_n_matched(found, &right, tolerance_s);
    printf("F-measure %.3f (precision %.3f, recall %.3f; %d of %d beats, %d found; %.1f BPM)\n",
           beats_f_measure(n, found->n, right.n), found->n ? (double)n / found->n : 1,
           right.n ? (double)n / right.n : 1, n, right.n, found->n, found->tempo_bpm);
    genre_beats_clear(&right);
    return GENRE_SUCCESS;
}

int command_beats(int argc, char **argv) {
    static const struct option options[] = {
        {"annotations", required_argument, NULL, 'a'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *annotations = NULL;
    for (int c; (c = getopt_long(argc, argv, "a:h", options, NULL)) != -1;) {
        switch (c) {
        case 'a':
            annotations = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("beats");
        }
    }
    if (optind != argc - 1) {
        genre_complain("beats needs one FILE");
        return genre_usage_error("beats");
    }
    GenreError error;
    GenreBeats beats;
    if (beats_from_audio(&beats, argv[optind], &error)) {
        genre_complain("%s", error.text);
        return GENRE_EXIT_FAILED;
    }
    GenreStatus status = GENRE_SUCCESS;
    if (annotations) {
        status = score(&beats, annotations, &error);
        if (status)
            genre_complain("%s", error.text);
    } else {
        printf("# %.1f BPM, %d beats\n", beats.tempo_bpm, beats.n);
        for (int i = 0; i < beats.n; i++)
            printf("%.3f\n", beats.times_s[i]);
    }
    genre_beats_clear(&beats);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
