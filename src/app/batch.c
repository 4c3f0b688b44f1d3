#include "app/batch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli.h"
#include "app/progress.h"

/* Text that waits its turn. */
typedef struct {
    char *text;
    size_t n, room;
} Text;

typedef struct {
    Text out, err;
    bool finished;
} Slot;

struct GenreBatch {
    size_t n;
    const GenreBatchPlan *plan;
    GenreProgress progress;
    size_t window; /* jobs that may run ahead of the first unfinished one: bounds what waits */
    pthread_mutex_t lock;
    pthread_cond_t moved;    /* `head` went on, or it is time to stop */
    pthread_cond_t finished; /* a thread has ended */
    size_t next, head;       /* first job not begun, first not finished */
    size_t n_finished;
    int n_running; /* threads */
    Slot *slots;   /* (window) job i has slot i % window */
    bool failed;
    atomic_bool broken; /* standard output cannot be written */
};

/* Signal handlers can reach nothing else. */
static atomic_int signalled;
static atomic_llong signalled_at_ms;

/* The second time ends the program at once; but one Ctrl-C may come twice, as timeout(1) sends its
 * signal to the process and to the group that it is in. */
static void on_signal(int number) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const long long now_ms = t.tv_sec * 1000LL + t.tv_nsec / 1000000;
    if (signalled && now_ms - signalled_at_ms > 300)
        _exit(128 + number);
    if (!signalled)
        signalled_at_ms = now_ms;
    signalled = number;
}

bool genre_batch_stopping(const GenreBatch *batch) {
    return signalled || batch->broken;
}

static void append(Text *text, const char *more) {
    const size_t n = strlen(more);
    if (text->n + n + 1 > text->room) {
        const size_t room = 2 * text->room + n + 1;
        char *larger = realloc(text->text, room);
        if (!larger) {
            genre_complain("out of memory");
            exit(GENRE_EXIT_FAILED);
        }
        text->text = larger;
        text->room = room;
    }
    memcpy(text->text + text->n, more, n + 1);
    text->n += n;
}

static Slot *slot_of(GenreBatch *batch, size_t index) {
    return &batch->slots[index % batch->window];
}

static void write_out(GenreBatch *batch, const char *text) {
    if (batch->broken)
        return;
    if (batch->plan->keep) {
        if (!batch->plan->keep(batch->plan->context, text))
            batch->broken = true;
        return;
    }
    genre_progress_clear();
    if (fputs(text, stdout) == EOF || fflush(stdout) != 0) {
        batch->broken = true;
        if (errno != EPIPE) /* a reader that has seen enough is no error to report */
            genre_complain("cannot write the results: %s", strerror(errno));
    }
}

/* Whether what a job says need not wait. */
static bool has_its_turn(const GenreBatch *batch, size_t index) {
    return index == batch->head && !batch->plan->keep;
}

void genre_batch_print(GenreBatch *batch, size_t index, const char *line) {
    pthread_mutex_lock(&batch->lock);
    if (has_its_turn(batch, index))
        write_out(batch, line);
    else
        append(&slot_of(batch, index)->out, line);
    pthread_mutex_unlock(&batch->lock);
}

void genre_batch_complain(GenreBatch *batch, size_t index, const char *sentence) {
    pthread_mutex_lock(&batch->lock);
    batch->failed = true;
    if (has_its_turn(batch, index)) {
        genre_complain("%s", sentence);
    } else {
        append(&slot_of(batch, index)->err, sentence);
        append(&slot_of(batch, index)->err, "\n");
    }
    pthread_mutex_unlock(&batch->lock);
}

/* What a job said before its turn. */
static void say_all(GenreBatch *batch, Slot *slot) {
    if (slot->out.n)
        write_out(batch, slot->out.text);
    for (char *next = slot->err.text, *end; next && (end = strchr(next, '\n')); next = end + 1) {
        *end = 0;
        genre_complain("%s", next);
    }
    free(slot->out.text);
    free(slot->err.text);
    slot->out = slot->err = (Text){0};
}

static void finish(GenreBatch *batch, size_t index) {
    batch->n_finished++;
    slot_of(batch, index)->finished = true;
    if (batch->plan->keep)
        say_all(batch, slot_of(batch, index));
    while (batch->head < batch->n && slot_of(batch, batch->head)->finished) {
        slot_of(batch, batch->head)->finished = false; /* it is another job's from now on */
        batch->head++;
        if (batch->head < batch->n && !batch->plan->keep)
            say_all(batch, slot_of(batch, batch->head));
    }
    pthread_cond_broadcast(&batch->moved);
}

/* Whether there is a job to begin now; *wait: not yet. */
static bool can_begin(const GenreBatch *batch, bool *wait) {
    const bool more = batch->next < batch->n && !genre_batch_stopping(batch);
    *wait = more && batch->next >= batch->head + batch->window;
    return more && !*wait;
}

bool genre_batch_next(GenreBatch *batch, bool may_wait, size_t *index) {
    bool begin, wait;
    pthread_mutex_lock(&batch->lock);
    while (!(begin = can_begin(batch, &wait)) && wait && may_wait)
        pthread_cond_wait(&batch->moved, &batch->lock);
    if (begin)
        *index = batch->next++;
    pthread_mutex_unlock(&batch->lock);
    return begin;
}

void genre_batch_end(GenreBatch *batch, size_t index) {
    pthread_mutex_lock(&batch->lock);
    finish(batch, index);
    pthread_mutex_unlock(&batch->lock);
}

static void *run_thread(void *arg) {
    GenreBatch *batch = arg;
    batch->plan->work(batch, batch->plan->context);
    pthread_mutex_lock(&batch->lock);
    batch->n_running--;
    pthread_cond_broadcast(&batch->moved);
    pthread_cond_signal(&batch->finished);
    pthread_mutex_unlock(&batch->lock);
    return NULL;
}

static void show_progress(GenreBatch *batch) {
    char note[100] = "";
    const double done = batch->plan->done(batch->plan->context, note, sizeof note);
    genre_progress_show(&batch->progress, done, note);
}

static void wait_for_threads(GenreBatch *batch) {
    pthread_mutex_lock(&batch->lock);
    while (batch->n_running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&batch->finished, &batch->lock, &until);
        if (genre_batch_stopping(batch))
            pthread_cond_broadcast(&batch->moved); /* handlers cannot */
        else if (batch->n_running > 0)
            show_progress(batch);
    }
    genre_progress_clear();
    pthread_mutex_unlock(&batch->lock);
}

static void run_threads(GenreBatch *batch, int n_threads) {
    pthread_t threads[n_threads];
    int n = 0;
    batch->n_running = n_threads;
    for (; n < n_threads; n++)
        if (pthread_create(&threads[n], NULL, run_thread, batch) != 0)
            break;
    pthread_mutex_lock(&batch->lock);
    batch->n_running -= n_threads - n;
    pthread_mutex_unlock(&batch->lock);
    if (n == 0) { /* then this thread does it all */
        batch->n_running = 1;
        run_thread(batch);
    }
    wait_for_threads(batch);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

int genre_batch_run(const GenreBatchPlan *plan, size_t n, int n_threads) {
    /* Where nothing waits for the jobs before it, one very long file should hold up no other. */
    const size_t window = plan->keep ? 4096 : 16 + 16 * (size_t)n_threads;
    GenreBatch batch = {.n = n,
                        .plan = plan,
                        .progress = genre_progress_start(""),
                        .window = window,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .moved = PTHREAD_COND_INITIALIZER,
                        .finished = PTHREAD_COND_INITIALIZER,
                        .slots = calloc(window, sizeof *batch.slots)};
    if (!batch.slots) {
        genre_complain("out of memory");
        return GENRE_EXIT_FAILED;
    }
    genre_on_signal(SIGINT, on_signal, SA_RESTART);
    genre_on_signal(SIGTERM, on_signal, SA_RESTART);
    run_threads(&batch, (size_t)n_threads < n ? n_threads : (int)n);
    for (size_t i = 0; i < window; i++) {
        free(batch.slots[i].out.text);
        free(batch.slots[i].err.text);
    }
    free(batch.slots);
    if (signalled) {
        genre_complain("interrupted after %zu of %zu files",
                       plan->keep ? batch.n_finished : batch.head, n);
        return 128 + signalled;
    }
    return batch.failed || batch.broken ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
