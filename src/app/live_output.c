#include "app/live_output.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/cli.h"
#include "machine.h"
#include "out/json.h"
#include "out/screen.h"
#include "out/text.h"
#include "status.h"

static const double level_period_s = 0.1;
static const double alive_period_s = 1;
static const double draw_period_s = 1.0 / 15;

/* What may be waited for when it ends: for room for the last words. */
enum { LAST_WAIT_MS = 200 };

struct GenreLiveOutput {
    const GenreModel *model;
    const volatile sig_atomic_t *stop;
    bool json, closed, failed;
    uint64_t n_dropped;  /* lines */
    GenreScreen *screen; /* NULL: lines */
    GenreOsc *osc;       /* NULL: none */
    double level_due_s, alive_due_s, draw_due_s;
    GenreEstimate latest;
    char status[400];
};

/* True where what is due at `*due_s` is due now; sets the next time. */
static bool is_due(double *due_s, double period_s) {
    const double now = genre_now_s();
    if (now < *due_s)
        return false;
    *due_s = now > *due_s + period_s ? now + period_s : *due_s + period_s;
    return true;
}

static GenreStatus open_osc(GenreLiveOutput *output, const GenreLiveOptions *o, GenreError *error) {
    if (o->n_osc == 0 && !o->osc_listen)
        return GENRE_SUCCESS;
    output->osc = genre_osc_new(o->osc_prefix ? o->osc_prefix : "/genre", error);
    if (!output->osc)
        return error->status;
    for (int i = 0; i < o->n_osc; i++)
        if (genre_osc_target(output->osc, o->osc[i], error) != GENRE_SUCCESS)
            return error->status;
    if (o->osc_listen && genre_osc_listen(output->osc, o->osc_listen, error) != GENRE_SUCCESS)
        return error->status;
    return genre_osc_set_model(output->osc, output->model, error);
}

GenreLiveOutput *genre_live_output_new(const GenreLiveOptions *options, const GenreModel *model,
                                       const volatile sig_atomic_t *stop, GenreError *error) {
    GenreLiveOutput *output = calloc(1, sizeof *output);
    if (!output) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    output->model = model;
    output->stop = stop;
    output->json = options->json;
    if (open_osc(output, options, error) != GENRE_SUCCESS) {
        genre_live_output_free(output);
        return NULL;
    }
    if (!options->json && !options->plain)
        output->screen = genre_screen_new();
    return output;
}

GenreStatus genre_live_output_set_model(GenreLiveOutput *output, const GenreModel *model,
                                        GenreError *error) {
    const GenreStatus status =
        output->osc ? genre_osc_set_model(output->osc, model, error) : GENRE_SUCCESS;
    if (status == GENRE_SUCCESS) {
        output->model = model;
        output->latest.sequence = 0;
    }
    return status;
}

/* Whether a write would come back at once, be it that it fails. */
static bool has_room(int fd, int wait_ms) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, wait_ms) == 1;
}

static void tell(GenreLiveOutput *output, const char *sentence) {
    snprintf(output->status, sizeof output->status, "%s", sentence);
    output->draw_due_s = 0;
    /* Not on a terminal that the screen is on, nor into the pipe that is not read. */
    if ((!output->screen || !isatty(STDERR_FILENO)) && has_room(STDERR_FILENO, 0))
        genre_complain("%s", sentence);
}

static void drop_line(GenreLiveOutput *output) {
    if (output->n_dropped++ == 0)
        tell(output, "standard output is not read: lines are dropped until it is");
}

static void close_lines(GenreLiveOutput *output, int why) {
    output->closed = true;
    output->failed = why != EPIPE; /* a reader that has seen enough is no error to report */
    if (output->failed)
        genre_complain("cannot write the output: %s", strerror(why));
}

/* Straight to the descriptor: each line leaves at once. It is dropped where there is no room, as to
 * wait for a reader that has stalled would stop OSC and lose sound. Room in a pipe is room for any
 * line: the longest, with 64 labels, are below PIPE_BUF. */
static void write_line(GenreLiveOutput *output, const char *line, bool last) {
    const size_t size = strlen(line);
    if (output->closed)
        return;
    if (!has_room(STDOUT_FILENO, last ? LAST_WAIT_MS : 0)) {
        drop_line(output);
        return;
    }
    for (size_t at = 0; at < size && !output->closed;) {
        const ssize_t n = write(STDOUT_FILENO, line + at, size - at);
        if (n >= 0)
            at += (size_t)n;
        else if (errno == EAGAIN)
            has_room(STDOUT_FILENO, 100);
        else if (errno != EINTR)
            close_lines(output, errno);
        if (n < 0 && *output->stop)
            return;
    }
}

static void write_json(GenreLiveOutput *output, const GenreEstimate *e, uint64_t dropped,
                       int final) {
    char *json = genre_json_estimate(output->model, e, NULL, final, (int64_t)dropped);
    const size_t n = json ? strlen(json) : 0;
    char *line = json ? realloc(json, n + 2) : NULL;
    if (line) {
        strcpy(line + n, "\n");
        write_line(output, line, final == 1);
        free(line);
    } else {
        free(json);
    }
}

static void write_plain(GenreLiveOutput *output, const GenreEstimate *e, bool last) {
    const char *label = e->genre >= 0 ? genre_model_label(output->model, e->genre) : "-";
    char *genre = genre_text_printable(label ? label : "-");
    char line[400];
    snprintf(line, sizeof line, "%8.1f s  %-7s  %-12.100s %3.0f %%  %6.1f dB\n", e->time_s,
             genre_state_name(e->state), genre ? genre : "-", (double)e->confidence * 100,
             (double)e->level_db);
    free(genre);
    write_line(output, line, last);
}

void genre_live_output_free(GenreLiveOutput *output) {
    if (!output)
        return;
    /* The screen takes all it showed with it: leave the last answer behind. */
    const bool parting = output->screen && output->latest.sequence > 0;
    genre_screen_free(output->screen);
    if (parting)
        write_plain(output, &output->latest, true);
    if (output->n_dropped > 0 && has_room(STDERR_FILENO, LAST_WAIT_MS))
        genre_complain("%llu line%s dropped, as standard output was not read",
                       (unsigned long long)output->n_dropped,
                       output->n_dropped == 1 ? " was" : "s were");
    genre_osc_free(output->osc);
    free(output);
}

void genre_live_output_estimate(GenreLiveOutput *output, const GenreEstimate *estimate,
                                uint64_t dropped, int final) {
    output->latest = *estimate;
    if (output->osc)
        genre_osc_estimate(output->osc, estimate);
    if (output->json)
        write_json(output, estimate, dropped, final);
    else if (!output->screen)
        write_plain(output, estimate, final == 1);
}

void genre_live_output_forget(GenreLiveOutput *output) {
    output->latest.sequence = 0;
}

void genre_live_output_status(GenreLiveOutput *output, const char *word, const char *sentence) {
    if (output->osc)
        genre_osc_status(output->osc, word);
    tell(output, sentence);
}

static void describe_osc(const GenreOsc *osc, char *text, size_t size) {
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; osc && i < genre_osc_n_targets(osc) && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s%s", n ? ", " : "",
                              genre_osc_target_name(osc, i),
                              genre_osc_target_up(osc, i) ? "" : " (not there)");
    if (osc && genre_osc_port(osc) && n < size)
        snprintf(text + n, size - n, "%slistening on port %d", n ? ", " : "", genre_osc_port(osc));
}

void genre_live_output_moment(GenreLiveOutput *output, const GenreLiveMoment *moment) {
    const bool sounds = !isnan(moment->level_db);
    if (output->osc && is_due(&output->level_due_s, level_period_s) && sounds)
        genre_osc_level(output->osc, moment->level_db);
    if (output->osc && is_due(&output->alive_due_s, alive_period_s))
        genre_osc_alive(output->osc);
    /* No room: after Ctrl-S, for one. */
    if (!output->screen || !is_due(&output->draw_due_s, draw_period_s) ||
        !has_room(STDOUT_FILENO, 0))
        return;
    char osc[400];
    describe_osc(output->osc, osc, sizeof osc);
    genre_screen_draw(output->screen,
                      &(GenreScreenView){.model = output->model,
                                         .estimate = &output->latest,
                                         .held_s = moment->held_s,
                                         .time_s = moment->time_s,
                                         .level_db = sounds ? moment->level_db : -120,
                                         .input = moment->input,
                                         .osc = osc,
                                         .status = output->status,
                                         .lost = !sounds,
                                         .dropped = moment->dropped,
                                         .n_overflows = moment->n_overflows});
}

GenreLiveInput genre_live_output_input(GenreLiveOutput *output, GenreOscCommand *command) {
    for (int key; output->screen && (key = genre_screen_key(output->screen)) != 0;) {
        if (key == 'q' || key == 'Q')
            return GENRE_LIVE_QUIT;
        if (key == 'r' || key == 'R') {
            command->what = GENRE_OSC_RESET;
            return GENRE_LIVE_COMMAND;
        }
    }
    if (!output->osc)
        return GENRE_LIVE_GO_ON;
    const bool asked = genre_osc_service(output->osc, command);
    for (const char *warning; (warning = genre_osc_warning(output->osc));)
        tell(output, warning);
    return asked ? GENRE_LIVE_COMMAND : GENRE_LIVE_GO_ON;
}

bool genre_live_output_closed(GenreLiveOutput *output) {
    /* An output that is not asked for anything still tells that its reader has left. */
    struct pollfd p = {.fd = STDOUT_FILENO};
    if (poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)))
        output->closed = true;
    return output->closed;
}

bool genre_live_output_failed(const GenreLiveOutput *output) {
    return output->failed;
}
