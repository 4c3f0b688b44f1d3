#include "handover.h"

#include <stdlib.h>
#include <string.h>

/* What an updater that is busy may fall behind before frames are lost. */
static const double room_s = 30;

enum { ROOM_ESTIMATES = 8, HEAD = sizeof(GenreCollected) / sizeof(float) };

/* What comes back: an estimate, and of which epoch it is. */
typedef struct {
    GenreEstimate estimate;
    uint32_t epoch;
} Result;

static size_t entry_floats(const GenreHandover *handover) {
    return HEAD + (size_t)handover->n_values;
}

/* A ring with room for n floats at least, within *memory. */
static GenreRing *ring_new(size_t n, void **memory) {
    uint32_t capacity = 16;
    while (capacity < n)
        capacity *= 2;
    *memory = calloc(1, genre_ring_bytes(capacity) + _Alignof(GenreRing));
    if (!*memory)
        return NULL;
    const uintptr_t past = (uintptr_t)*memory % _Alignof(GenreRing);
    return genre_ring_init((char *)*memory + (_Alignof(GenreRing) - past), capacity);
}

GenreHandover *genre_handover_new(int n_values, double period_s, const GenreSettings *settings,
                                  const GenreEstimate *none) {
    GenreHandover *handover = calloc(1, sizeof *handover);
    if (!handover)
        return NULL;
    handover->n_values = n_values;
    handover->settings = *settings;
    handover->none = handover->latest = *none;
    const size_t n_entry = entry_floats(handover);
    handover->out = calloc(n_entry, sizeof *handover->out);
    handover->in = calloc(n_entry, sizeof *handover->in);
    handover->frames = ring_new((size_t)(room_s / period_s + 1) * n_entry, &handover->memory[0]);
    handover->estimates =
        ring_new(ROOM_ESTIMATES * sizeof(Result) / sizeof(float), &handover->memory[1]);
    if (!handover->out || !handover->in || !handover->frames || !handover->estimates) {
        genre_handover_free(handover);
        return NULL;
    }
    return handover;
}

void genre_handover_free(GenreHandover *handover) {
    if (!handover)
        return;
    free(handover->out);
    free(handover->in);
    free(handover->memory[0]);
    free(handover->memory[1]);
    free(handover);
}

void genre_handover_put(GenreHandover *handover, const float *frame, float level_db,
                        double time_s) {
    const GenreCollected about = {time_s, handover->settings, level_db, handover->epoch};
    memcpy(handover->out, &about, sizeof about);
    memcpy(handover->out + HEAD, frame, (size_t)handover->n_values * sizeof *frame);
    if (!genre_ring_write(handover->frames, handover->out, entry_floats(handover)))
        atomic_fetch_add_explicit(&handover->n_put_off, 1, memory_order_relaxed);
}

void genre_handover_reset(GenreHandover *handover) {
    handover->epoch++;
    handover->latest = handover->none;
}

const GenreEstimate *genre_handover_estimate(GenreHandover *handover) {
    enum { N = sizeof(Result) / sizeof(float) };
    float entry[N];
    while (genre_ring_read(handover->estimates, entry, N) == N) {
        Result result;
        memcpy(&result, entry, sizeof result);
        if (result.epoch == handover->epoch)
            handover->latest = result.estimate;
    }
    return &handover->latest;
}

const float *genre_handover_take(GenreHandover *handover, GenreCollected *about) {
    if (!genre_ring_read(handover->frames, handover->in, entry_floats(handover)))
        return NULL;
    memcpy(about, handover->in, sizeof *about);
    return handover->in + HEAD;
}

void genre_handover_give(GenreHandover *handover, uint32_t epoch, const GenreEstimate *estimate) {
    enum { N = sizeof(Result) / sizeof(float) };
    const Result result = {*estimate, epoch};
    float entry[N];
    memcpy(entry, &result, sizeof result);
    genre_ring_write(handover->estimates, entry, N);
}

size_t genre_handover_n_waiting(const GenreHandover *handover) {
    return genre_ring_available(handover->frames) / entry_floats(handover);
}
