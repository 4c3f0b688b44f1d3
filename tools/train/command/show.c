/* Draws pictures of a song. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "out/text.h"
#include "picture/panels.h"

static const char help[] =
    "usage: genrecast-train show FILE -o OUT.png|OUT.svg [OPTION]...\n\n"
    "Draws a song as pictures over time: waveform, spectrogram, log-mel bands, MFCC,\n"
    "chroma, and onset strength with the beats found.\n\n"
    "  -o, --output FILE   the picture to write, PNG or SVG by its name\n"
    "      --only A,B,...  only these of waveform, spectrogram, logmel, mfcc, chroma, beats\n"
    "      --width N       pixels, 300 to 16384 (1200)\n"
    "      --height N      pixels, 300 to 16384 (80, and 190 for each picture)\n"
    "  -h, --help          this text\n";

/* Marks in `shown` what `list` names; false after having complained. */
static bool choose(const char *list, bool *shown) {
    for (const char *at = list; true;) {
        const size_t n = strcspn(at, ",");
        int i = 0;
        while (i < n_panels && !(strlen(panels[i].name) == n && memcmp(at, panels[i].name, n) == 0))
            i++;
        if (i == n_panels) {
            genre_complain("--only: there is no picture \"%.*s\"", (int)(n < 40 ? n : 40), at);
            return false;
        }
        shown[i] = true;
        if (!at[n])
            return true;
        at += n + 1;
    }
}

static GenreStatus draw(const char *path, const char *output, const bool *shown, int width,
                        int height, GenreError *error) {
    Mono mono;
    GenreError unwritten;
    int n_shown = 0;
    for (int i = 0; i < n_panels; i++)
        n_shown += shown[i];
    GenreStatus status = mono_read(&mono, path, PANEL_RATE_HZ, error);
    if (status)
        return status;
    const Song song = {path, &mono};
    const char *slash = strrchr(path, '/');
    char *title = genre_text_printable(slash ? slash + 1 : path);
    Picture *picture = picture_new(output, width, height, title ? title : "", n_shown,
                                   (double)mono.n / PANEL_RATE_HZ, error);
    free(title);
    status = picture ? GENRE_SUCCESS : GENRE_ERR_NO_MEMORY;
    for (int i = 0; i < n_panels && !status; i++)
        if (shown[i])
            status = panels[i].draw(picture, &song, error);
    if (picture && status)
        picture_discard(picture);
    else if (picture && picture_finish(picture, &unwritten)) {
        *error = unwritten;
        status = unwritten.status;
    }
    free(mono.samples);
    return status;
}

int command_show(int argc, char **argv) {
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"only", required_argument, NULL, 'n'},
        {"width", required_argument, NULL, 'W'},  {"height", required_argument, NULL, 'H'},
        {"help", no_argument, NULL, 'h'},         {0}};
    const char *output = NULL;
    long width = 1200, height = 0;
    bool *shown = calloc((size_t)n_panels, sizeof *shown), any = false;
    int code = GENRE_EXIT_USAGE;
    for (int c; (c = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            output = optarg;
            break;
        case 'n':
            if (!choose(optarg, shown))
                goto done;
            any = true;
            break;
        case 'W':
            if (!genre_read_count("--width", optarg, PICTURE_LEAST, PICTURE_MOST, &width))
                goto done;
            break;
        case 'H':
            if (!genre_read_count("--height", optarg, PICTURE_LEAST, PICTURE_MOST, &height))
                goto done;
            break;
        case 'h':
            fputs(help, stdout);
            code = GENRE_EXIT_OK;
            goto done;
        default:
            genre_usage_error("show");
            goto done;
        }
    }
    if (optind != argc - 1 || !output) {
        genre_complain("show needs FILE and --output");
        genre_usage_error("show");
        goto done;
    }
    if (!picture_name_ok(output)) {
        genre_complain("%s: ends neither in .png nor in .svg", output);
        genre_usage_error("show");
        goto done;
    }
    int n_shown = 0;
    for (int i = 0; i < n_panels; i++)
        n_shown += shown[i] |= !any;
    const int least = n_shown * PICTURE_LEAST_PANEL + PICTURE_LEAST_REST;
    if (height > 0 && height < least) {
        genre_complain("--height: %d pictures need %d pixels", n_shown, least);
        goto done;
    }
    if (height == 0)
        height = 80 + 190 * n_shown;
    GenreError error;
    code = GENRE_EXIT_OK;
    if (draw(argv[optind], output, shown, (int)width, (int)height, &error)) {
        genre_complain("%s", error.text);
        code = GENRE_EXIT_FAILED;
    }
done:
    free(shown);
    return code;
}
