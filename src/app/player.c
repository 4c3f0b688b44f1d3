#include "app/player.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audio/file.h"
#include "machine.h"
#include "status.h"

static const double block_s = 0.01;

/* After a longer delay than this (the machine slept) the lost time is not made up for. */
static const double most_late_s = 0.5;

static void wait_until(double *due_s) {
    const double now = genre_now_s();
    if (now > *due_s + most_late_s)
        *due_s = now;
    if (now < *due_s) {
        const double wait = *due_s - now;
        const struct timespec t = {.tv_sec = (time_t)wait,
                                   .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
        nanosleep(&t, NULL);
    }
}

/* A large model may take longer to get ready than the ring has room for. */
static void wait_for_reader(const GenreStream *stream) {
    while (!atomic_load(&stream->is_read) && !atomic_load(&stream->stop))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Plays what is left of `file`; true unless asked to stop. */
static bool play(GenreStream *stream, GenreAudioFile *file, float *block, size_t n_block,
                 double *due_s) {
    const double rate_hz = genre_audio_file_rate_hz(file);
    size_t n;
    while ((n = genre_audio_file_read(file, block, n_block)) > 0) {
        /* A block arrives when its last sample has sounded. */
        *due_s += (double)n / rate_hz;
        wait_until(due_s);
        if (atomic_load(&stream->stop))
            return false;
        genre_stream_take(stream, block, n, false);
    }
    return true;
}

GenreStatus genre_player_run(GenreStream *stream, const char *path, bool loop, GenreError *error) {
    GenreAudioFile *file = genre_audio_file_open(path, error);
    if (!file)
        return error->status;
    const double rate_hz = genre_audio_file_rate_hz(file);
    const int n_channels = genre_audio_file_n_channels(file);
    const size_t n_block = (size_t)(rate_hz * block_s);
    const char *name = strrchr(path, '/');
    float *block = malloc(n_block * (size_t)n_channels * sizeof *block);
    GenreStatus status =
        block ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    genre_stream_prepare(stream, rate_hz, n_channels, name && name[1] ? name + 1 : path, "");
    if (block) {
        genre_stream_run(stream);
        wait_for_reader(stream);
    }
    double due_s = genre_now_s();
    while (status == GENRE_SUCCESS && play(stream, file, block, n_block, &due_s)) {
        status = genre_audio_file_error(file, error);
        genre_audio_file_close(file);
        file = NULL;
        if (!loop || status != GENRE_SUCCESS)
            break;
        file = genre_audio_file_open(path, error);
        if (!file || genre_audio_file_n_channels(file) != n_channels ||
            genre_audio_file_rate_hz(file) != rate_hz)
            status = genre_fail(error, GENRE_ERR_READ, "%.150s: has changed", path);
    }
    genre_audio_file_close(file);
    free(block);
    return status;
}
