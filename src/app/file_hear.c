/* Hears sound files, several at a time in each thread: their frames go through the network
 * together, and what it takes to begin is there once for many. */
#include <math.h>
#include <stdlib.h>

#include "app/file_task.h"
#include "audio/file.h"
#include "status.h"

enum { MOST_AT_ONCE = 8, BLOCKS_PER_S = 4 };

/* The streams of files of one rate and number of channels: of each seat, one. */
typedef struct {
    GenreGroup *group; /* NULL: not in use */
    double rate_hz;
    int n_channels, n_open;
} Form;

/* A file in hand, and what is told of it. */
typedef struct {
    GenreAudioFile *file; /* NULL: none */
    size_t index;
    Form *form;
    float *block; /* (n_block, channels), of which n_pushed are pushed */
    size_t n_block, n_pushed;
    bool at_end;
    uint64_t n_read, bytes_told, ms_told;
    double due_s;
} Seat;

/* A thread's. */
typedef struct {
    GenreBatch *batch;
    GenreFileTask *task;
    int n_seats, n_open;
    Seat seats[MOST_AT_ONCE];
    Form forms[MOST_AT_ONCE]; /* as many as files in hand can need */
} Desk;

static size_t block_frames(const Form *form) {
    return (size_t)(form->rate_hz / BLOCKS_PER_S);
}

/* A seat's stream in the group of any form. */
static int stream_of(const Desk *desk, const Seat *seat) {
    return (int)(seat - desk->seats);
}

/* The form of such files: one that is there, or in place of one that no file in hand has. NULL on
 * failure. */
static Form *find_form(Desk *desk, double rate_hz, int n_channels, GenreError *error) {
    Form *unused = NULL;
    for (int i = 0; i < MOST_AT_ONCE; i++) {
        Form *form = &desk->forms[i];
        if (form->group && form->rate_hz == rate_hz && form->n_channels == n_channels)
            return form;
        if (form->n_open == 0 && (!unused || unused->group))
            unused = form;
    }
    genre_group_free(unused->group);
    unused->rate_hz = rate_hz;
    unused->n_channels = n_channels;
    unused->group = genre_group_new(desk->task->model, desk->n_seats, rate_hz, n_channels,
                                    &desk->task->settings, error);
    return unused->group ? unused : NULL;
}

/* Tells of a file that is done with; `error` NULL: it was heard to the end. */
static void end(Desk *desk, size_t index, uint64_t n_read, const GenreEstimate *estimate,
                const GenreError *error) {
    GenreFileTask *task = desk->task;
    if (n_read > 0) /* also where the file broke off: an answer for what there was */
        genre_file_say(desk->batch, index, task, estimate, true, error ? error->text : NULL);
    if (error)
        genre_batch_complain(desk->batch, index, error->text);
    task->files_failed += n_read == 0;
    task->files_done++;
    genre_batch_end(desk->batch, index);
}

static bool open_file(Desk *desk, Seat *seat, GenreError *error) {
    seat->file = genre_audio_file_open(desk->task->paths.paths[seat->index].path, error);
    if (!seat->file)
        return false;
    seat->form = find_form(desk, genre_audio_file_rate_hz(seat->file),
                           genre_audio_file_n_channels(seat->file), error);
    if (!seat->form)
        return false;
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    seat->block =
        malloc(block_frames(seat->form) * (size_t)seat->form->n_channels * sizeof *seat->block);
    return seat->block != NULL;
}

static void close_file(Seat *seat) {
    genre_audio_file_close(seat->file);
    free(seat->block);
    *seat = (Seat){0};
}

/* Takes the next file that can be opened in hand. */
static void sit(Desk *desk, Seat *seat) {
    GenreError error;
    size_t index;
    while (genre_batch_next(desk->batch, desk->n_open == 0, &index)) {
        *seat = (Seat){.index = index, .due_s = desk->task->every_s};
        if (open_file(desk, seat, &error)) {
            seat->form->n_open++;
            desk->n_open++;
            return;
        }
        close_file(seat);
        desk->task->bytes_done += desk->task->paths.paths[index].n_bytes;
        end(desk, index, 0, NULL, &error);
    }
}

/* Adds to what the progress bar shows. */
static void tell_read(Desk *desk, Seat *seat) {
    GenreFileTask *task = desk->task;
    const double n_read = (double)seat->n_read;
    const double n_frames = (double)genre_audio_file_n_frames(seat->file);
    const double n_bytes = (double)task->paths.paths[seat->index].n_bytes;
    const uint64_t ms = (uint64_t)(n_read / seat->form->rate_hz * 1000);
    const uint64_t bytes = (uint64_t)(seat->at_end   ? n_bytes
                                      : n_frames > 0 ? fmin(n_read / n_frames, 1) * n_bytes
                                                     : 0);
    task->heard_ms += ms - seat->ms_told;
    task->bytes_done += bytes - seat->bytes_told;
    seat->ms_told = ms;
    seat->bytes_told = bytes;
}

static void feed(Desk *desk, Seat *seat) {
    GenreGroup *group = seat->form->group;
    if (seat->n_pushed == seat->n_block) {
        seat->n_block = genre_audio_file_read(seat->file, seat->block, block_frames(seat->form));
        seat->n_pushed = 0;
        seat->n_read += seat->n_block;
        seat->at_end = seat->n_block == 0;
        tell_read(desk, seat);
    }
    seat->n_pushed += genre_group_push(
        group, stream_of(desk, seat), seat->block + seat->n_pushed * (size_t)seat->form->n_channels,
        seat->n_block - seat->n_pushed);
}

/* Prints the first estimate at or after each multiple of every_s. */
static void say_so_far(Desk *desk, Seat *seat) {
    const GenreFileTask *task = desk->task;
    const GenreEstimate *estimate = genre_group_estimate(seat->form->group, stream_of(desk, seat));
    if (estimate->sequence == 0 || estimate->time_s < seat->due_s)
        return;
    genre_file_say(desk->batch, seat->index, task, estimate, false, NULL);
    seat->due_s = task->every_s * (floor(estimate->time_s / task->every_s) + 1);
}

/* Runs the network on all that was pushed. */
static void step(Desk *desk, Form *form) {
    bool more = form->n_open > 0;
    while (more) {
        more = genre_group_step(form->group);
        for (int i = 0; i < desk->n_seats && desk->task->every_s > 0; i++)
            if (desk->seats[i].file && desk->seats[i].form == form)
                say_so_far(desk, &desk->seats[i]);
    }
}

static void leave(Desk *desk, Seat *seat) {
    GenreGroup *group = seat->form->group;
    const int stream = stream_of(desk, seat);
    GenreError error;
    genre_group_finish(group, stream);
    const bool failed = genre_audio_file_error(seat->file, &error) != GENRE_SUCCESS;
    end(desk, seat->index, seat->n_read, genre_group_estimate(group, stream),
        failed ? &error : NULL);
    genre_group_reset(group, stream);
    seat->form->n_open--;
    desk->n_open--;
    close_file(seat);
}

void genre_file_hear(GenreBatch *batch, void *context) {
    GenreFileTask *task = context;
    Desk desk = {.batch = batch, .task = task, .n_seats = MOST_AT_ONCE};
    if (task->at_once < MOST_AT_ONCE)
        desk.n_seats = (int)task->at_once;
    for (;;) {
        for (int i = 0; i < desk.n_seats; i++)
            if (!desk.seats[i].file)
                sit(&desk, &desk.seats[i]);
        if (desk.n_open == 0 || genre_batch_stopping(batch))
            break;
        for (int i = 0; i < desk.n_seats; i++)
            if (desk.seats[i].file)
                feed(&desk, &desk.seats[i]);
        for (int i = 0; i < MOST_AT_ONCE; i++)
            step(&desk, &desk.forms[i]);
        for (int i = 0; i < desk.n_seats; i++)
            if (desk.seats[i].at_end)
                leave(&desk, &desk.seats[i]);
    }
    for (int i = 0; i < desk.n_seats; i++)
        close_file(&desk.seats[i]);
    for (int i = 0; i < MOST_AT_ONCE; i++)
        genre_group_free(desk.forms[i].group);
}
