#include "app/progress.h"
#include "machine.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Whether one stands on the screen now. */
static atomic_bool is_drawn;

GenreProgress genre_progress_start(const char *what) {
    return (GenreProgress){
        .what = what, .enabled = isatty(STDERR_FILENO), .started_s = genre_now_s()};
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

void genre_progress_show(GenreProgress *progress, double done, const char *note) {
    enum { BAR = 24 };
    const double now_s = genre_now_s(), passed_s = now_s - progress->started_s;
    if (!progress->enabled || (is_drawn && now_s - progress->drawn_s < 0.1))
        return;
    char bar[BAR + 1] = "", left[16], line[200];
    done = done < 0 ? 0 : done > 1 ? 1 : done;
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(done * BAR));
    format_time(done > 0 ? passed_s * (1 - done) / done : -1, left);
    snprintf(line, sizeof line, "%s%s[%s] %3.0f %%  %s%s%s left", progress->what,
             *progress->what ? " " : "", bar, 100 * done, note ? note : "", note ? "  " : "", left);
    /* A line that reaches the last column would wrap, and could not be taken away again. */
    fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
    fflush(stderr);
    is_drawn = true;
    progress->drawn_s = now_s;
}

const char *genre_progress_wipe(void) {
    return atomic_exchange(&is_drawn, false) ? "\r\033[K" : "";
}

void genre_progress_clear(void) {
    fputs(genre_progress_wipe(), stderr);
    fflush(stderr);
}
