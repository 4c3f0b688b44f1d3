#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

Progress progress_start(const char *what) {
    return (Progress){.what = what, .started_s = now_s()};
}

void progress_show(Progress *progress, double done, const char *note) {
    enum { WIDTH = 30 };
    const double now = now_s();
    if (!isatty(STDERR_FILENO) || (progress->shown && done < 1 && now - progress->shown_s < 0.1))
        return;
    progress->shown = 1;
    progress->shown_s = now;
    fprintf(stderr, "\r\033[K%s [", progress->what);
    for (int i = 0; i < WIDTH; i++)
        fputc(i < done * WIDTH ? '#' : '.', stderr);
    fprintf(stderr, "] %3.0f %%", 100 * done);
    if (done > 0.001) {
        const long left = (long)((now - progress->started_s) * (1 - done) / done + 0.5);
        fprintf(stderr, "  %ld:%02ld left", left / 60, left % 60);
    }
    if (note)
        fprintf(stderr, "  %s", note);
    fflush(stderr);
}

void progress_clear(Progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = 0;
}
