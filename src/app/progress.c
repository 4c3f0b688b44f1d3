#include "app/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void genre_progress_init(GenreProgress *progress, size_t n_files, uint64_t n_bytes) {
    *progress = (GenreProgress){.enabled = isatty(STDERR_FILENO),
                                .start_s = now_s(),
                                .n_files = n_files,
                                .n_bytes = n_bytes};
}

static int columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void format_time(double seconds, char text[16]) {
    if (!(seconds >= 0 && seconds < 360000))
        snprintf(text, 16, "?");
    else if (seconds >= 3600)
        snprintf(text, 16, "%d:%02d h", (int)seconds / 3600, (int)seconds / 60 % 60);
    else
        snprintf(text, 16, "%d:%02d", (int)(seconds + 0.5) / 60, (int)(seconds + 0.5) % 60);
}

void genre_progress_draw(GenreProgress *progress) {
    enum { BAR = 24 };
    if (!progress->enabled)
        return;
    const double passed_s = now_s() - progress->start_s;
    const unsigned long long bytes = progress->bytes_done;
    double share = progress->n_bytes ? (double)bytes / (double)progress->n_bytes : 0;
    share = share > 1 ? 1 : share;
    char bar[BAR + 1] = "", left[16], line[160];
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(share * BAR));
    format_time(share > 0 ? passed_s * (1 - share) / share : -1, left);
    snprintf(line, sizeof line, "[%s] %3.0f %%  %zu of %zu files  %.0f x real time  %s left", bar,
             100 * share, (size_t)progress->files_done, progress->n_files,
             (double)progress->heard_ms / 1000 / (passed_s > 0 ? passed_s : 1), left);
    /* A line that reaches the last column would wrap, and could not be taken away again. */
    fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
    fflush(stderr);
    progress->drawn = true;
}

void genre_progress_clear(GenreProgress *progress) {
    if (!progress->drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->drawn = false;
}
