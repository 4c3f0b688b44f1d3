#include "app/source.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/stream.h"
#include "machine.h"
#include "status.h"

static const double start_timeout_s = 5;    /* for the sound system to answer */
static const double silent_timeout_s = 1.5; /* without a callback: the device is lost */
static const double retry_s = 1;
static const double leave_s = 0.25; /* what a capture process may take to end by itself */

enum { CHILD_FD = 3 }; /* the stream's descriptor in the capture process */

struct GenreSource {
    GenreSourceSpec spec;
    pid_t pid;           /* 0: no capture process */
    GenreStream *stream; /* NULL: none */
    bool running;        /* and told so */
    bool lost;           /* and told so */
    uint32_t n_calls;    /* of the callback, when last looked at */
    double looked_s;     /* the time then */
    double quiet_s;      /* for how long that has not changed */
    double retry_at_s;
    uint64_t dropped, n_overflows; /* by earlier capture processes */
    double rate_hz;
    int n_channels;
    char name[128], note[200];
    GenreError error;
};

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static int spawn_capture(const GenreSourceSpec *spec, int fd, pid_t *pid) {
    char parent[16], rate[32], channels[16], child_fd[8];
    snprintf(child_fd, sizeof child_fd, "%d", CHILD_FD);
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    snprintf(rate, sizeof rate, "%.17g", spec->rate_hz);
    snprintf(channels, sizeof channels, "%d", spec->n_channels);
    const char *input[] = {"genrecast", "capture", child_fd,
                           parent,      "input",   spec->device ? spec->device : "",
                           rate,        channels,  NULL};
    const char *file[] = {
        "genrecast", "capture", child_fd, parent, "file", spec->file, spec->loop ? "loop" : "once",
        NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_adddup2(&actions, fd, CHILD_FD);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!spec->verbose)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    extern char **environ;
    const int failed = posix_spawn(pid, "/proc/self/exe", &actions, &attributes,
                                   (char **)(spec->file ? file : input), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static GenreStatus start(GenreSource *source, GenreError *error) {
    int fd;
    source->stream = genre_stream_new(&fd, error);
    if (!source->stream)
        return error->status;
    const int failed = spawn_capture(&source->spec, fd, &source->pid);
    close(fd);
    if (failed) {
        source->pid = 0;
        genre_stream_close(source->stream);
        source->stream = NULL;
        return genre_fail(error, GENRE_ERR_DEVICE, "the capture process does not start (%s)",
                          strerror(failed));
    }
    source->running = false;
    source->n_calls = 0;
    source->quiet_s = 0;
    source->looked_s = genre_now_s();
    return GENRE_SUCCESS;
}

/* Ends the capture process, politely if there is a point in it. */
static void stop(GenreSource *source, bool politely) {
    if (source->pid) {
        const double give_up_s = genre_now_s() + leave_s;
        bool left = false;
        if (politely) {
            atomic_store(&source->stream->stop, true);
            while (!(left = waitpid(source->pid, NULL, WNOHANG) != 0) && genre_now_s() < give_up_s)
                nap();
        }
        if (!left)
            kill(source->pid, SIGKILL);
        /* A process stuck inside a driver does not even die at once; leave it to its fate. */
        for (int i = 0; !left && i < 20 && waitpid(source->pid, NULL, WNOHANG) == 0; i++)
            nap();
        source->pid = 0;
    }
    if (source->stream) {
        source->dropped += genre_stream_dropped(source->stream);
        source->n_overflows += atomic_load(&source->stream->n_overflows);
        genre_stream_close(source->stream);
        source->stream = NULL;
    }
}

GenreSource *genre_source_new(const GenreSourceSpec *spec, GenreError *error) {
    GenreSource *source = calloc(1, sizeof *source);
    if (!source) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    source->spec = *spec;
    if (start(source, error) != GENRE_SUCCESS) {
        free(source);
        return NULL;
    }
    return source;
}

void genre_source_free(GenreSource *source) {
    if (!source)
        return;
    stop(source, source->running);
    free(source);
}

static GenreSourceEvent lose(GenreSource *source, const GenreError *why) {
    const bool told = source->lost;
    source->error = *why;
    source->lost = true;
    stop(source, false);
    source->running = false;
    source->retry_at_s = genre_now_s() + retry_s;
    return told ? GENRE_SOURCE_SAME : GENRE_SOURCE_LOST;
}

static GenreSourceEvent lose_because(GenreSource *source, const char *why) {
    GenreError error;
    genre_fail(&error, GENRE_ERR_DEVICE, "%s", why);
    return lose(source, &error);
}

static GenreSourceEvent started(GenreSource *source) {
    const GenreStream *stream = source->stream;
    source->rate_hz = stream->rate_hz;
    source->n_channels = stream->n_channels;
    memcpy(source->name, stream->device, sizeof source->name);
    memcpy(source->note, stream->note, sizeof source->note);
    source->running = true;
    source->lost = false;
    return GENRE_SOURCE_STARTED;
}

/* Looks for signs of life. Time during which we ourselves did not run (stopped by Ctrl-Z, say) does
 * not count against the device. */
static void watch(GenreSource *source) {
    const double now = genre_now_s(), passed = now - source->looked_s;
    const uint32_t n_calls = atomic_load(&source->stream->n_calls);
    source->looked_s = now;
    source->quiet_s += passed < 0.1 ? passed : 0.1;
    if (n_calls != source->n_calls)
        source->quiet_s = 0;
    source->n_calls = n_calls;
}

GenreSourceEvent genre_source_service(GenreSource *source) {
    if (!source->stream) {
        GenreError error;
        if (source->spec.file || genre_now_s() < source->retry_at_s)
            return GENRE_SOURCE_SAME;
        return start(source, &error) == GENRE_SUCCESS ? GENRE_SOURCE_SAME : lose(source, &error);
    }
    GenreStream *stream = source->stream;
    /* In this order: one that has ended may have said why before. */
    const bool gone = source->pid && waitpid(source->pid, NULL, WNOHANG) != 0;
    if (gone)
        source->pid = 0;
    watch(source);
    const int state = atomic_load_explicit(&stream->state, memory_order_acquire);
    /* A short file may be over before it was seen to run. */
    const bool over = state == GENRE_STREAM_ENDED || state == GENRE_STREAM_FAILED;
    if (!source->running &&
        (state == GENRE_STREAM_RUNNING || (over && genre_ring_available(&stream->ring) > 0)))
        return started(source);
    if (source->spec.file && source->running && over) {
        if (genre_ring_available(&stream->ring) > 0)
            return GENRE_SOURCE_SAME;
        source->error = stream->error;
        stop(source, true);
        source->running = false;
        return GENRE_SOURCE_ENDED;
    }
    if (state == GENRE_STREAM_FAILED)
        return lose(source, &stream->error);
    if (gone)
        return lose_because(source, "the capture process ended unexpectedly");
    if (source->running && source->quiet_s > silent_timeout_s)
        return lose_because(source, "the sound stopped coming");
    if (!source->running && source->quiet_s > start_timeout_s)
        return lose_because(source, "the sound system does not answer");
    return GENRE_SOURCE_SAME;
}

size_t genre_source_read(GenreSource *source, float *samples, size_t n_frames) {
    if (!source->stream || !source->running)
        return 0;
    const size_t n = (size_t)source->n_channels;
    atomic_store(&source->stream->is_read, true);
    return genre_ring_read(&source->stream->ring, samples, n_frames * n) / n;
}

double genre_source_rate_hz(const GenreSource *source) {
    return source->rate_hz;
}

int genre_source_n_channels(const GenreSource *source) {
    return source->n_channels;
}

const char *genre_source_name(const GenreSource *source) {
    return source->name;
}

const char *genre_source_note(const GenreSource *source) {
    return source->note;
}

const GenreError *genre_source_error(const GenreSource *source) {
    return &source->error;
}

void genre_source_tell_start(const GenreSource *source, double since_s, char text[200]) {
    const GenreStreamTimes *times = source->stream ? &source->stream->times : NULL;
    *text = '\0';
    if (!times || times->started_s == 0)
        return;
    /* Sound may be here before the capture process has looked for it. */
    double called_s = atomic_load(&source->stream->called_s);
    called_s = called_s > 0 ? called_s : genre_now_s();
    snprintf(text, 200,
             "capture process begun after %.0f ms, devices found %.0f, opened %.0f, started %.0f, "
             "first callback %.0f",
             1e3 * (times->begun_s - since_s), 1e3 * (times->found_s - since_s),
             1e3 * (times->opened_s - since_s), 1e3 * (times->started_s - since_s),
             1e3 * (called_s - since_s));
}

uint64_t genre_source_dropped(const GenreSource *source) {
    return source->dropped + (source->running ? genre_stream_dropped(source->stream) : 0);
}

uint64_t genre_source_n_overflows(const GenreSource *source) {
    return source->n_overflows + (source->running ? atomic_load(&source->stream->n_overflows) : 0);
}
