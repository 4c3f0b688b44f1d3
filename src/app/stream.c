#include "app/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "status.h"

/* The most a ring may hold, floats. Memory that is never written to takes no room. */
enum { MAX_CAPACITY = 1 << 24 };

static const double ring_s = 2;

static size_t stream_bytes(void) {
    return sizeof(GenreStream) + MAX_CAPACITY * sizeof(float);
}

static GenreStream *map(int fd) {
    void *memory = mmap(NULL, stream_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

GenreStream *genre_stream_new(int *fd, GenreError *error) {
    *fd = memfd_create("genrecast", MFD_CLOEXEC);
    GenreStream *stream = NULL;
    if (*fd >= 0 && ftruncate(*fd, (off_t)stream_bytes()) == 0)
        stream = map(*fd);
    if (!stream) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "no shared memory (%s)", strerror(errno));
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        return NULL;
    }
    /* Fresh shared memory is zero: STARTING, and no calls. */
    genre_ring_init(&stream->ring, 1);
    return stream;
}

GenreStream *genre_stream_open(int fd) {
    return lseek(fd, 0, SEEK_END) == (off_t)stream_bytes() ? map(fd) : NULL;
}

void genre_stream_close(GenreStream *stream) {
    if (stream)
        munmap(stream, stream_bytes());
}

void genre_stream_prepare(GenreStream *stream, double rate_hz, int n_channels, const char *device,
                          const char *note) {
    uint32_t capacity = 4096;
    while (capacity < MAX_CAPACITY && capacity < rate_hz * n_channels * ring_s)
        capacity *= 2;
    genre_ring_init(&stream->ring, capacity);
    stream->rate_hz = rate_hz;
    stream->n_channels = n_channels;
    snprintf(stream->device, sizeof stream->device, "%s", device);
    snprintf(stream->note, sizeof stream->note, "%s", note);
}

void genre_stream_run(GenreStream *stream) {
    atomic_store_explicit(&stream->state, GENRE_STREAM_RUNNING, memory_order_release);
}

void genre_stream_end(GenreStream *stream, const GenreError *error) {
    stream->error = error ? *error : (GenreError){.status = GENRE_SUCCESS};
    atomic_store_explicit(&stream->state,
                          stream->error.status == GENRE_SUCCESS ? GENRE_STREAM_ENDED
                                                                : GENRE_STREAM_FAILED,
                          memory_order_release);
}

/* Appends silence in small pieces, each whole frames. */
static void take_silence(GenreStream *stream, size_t n_frames) {
    static const float zeros[1024];
    const size_t most = sizeof zeros / sizeof *zeros / (size_t)stream->n_channels;
    while (n_frames > 0) {
        const size_t n = n_frames < most ? n_frames : most;
        genre_ring_write(&stream->ring, zeros, n * (size_t)stream->n_channels);
        n_frames -= n;
    }
}

void genre_stream_take(GenreStream *stream, const float *samples, size_t n_frames, bool overflow) {
    if (samples)
        genre_ring_write(&stream->ring, samples, n_frames * (size_t)stream->n_channels);
    else
        take_silence(stream, n_frames);
    if (overflow)
        atomic_fetch_add_explicit(&stream->n_overflows, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&stream->n_calls, 1, memory_order_relaxed);
}

uint64_t genre_stream_dropped(GenreStream *stream) {
    return genre_ring_dropped(&stream->ring) /
           (uint64_t)(stream->n_channels ? stream->n_channels : 1);
}
