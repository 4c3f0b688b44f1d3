#include "audio/ring.h"

#include <string.h>

size_t genre_ring_bytes(uint32_t capacity) {
    return sizeof(GenreRing) + (size_t)capacity * sizeof(float);
}

GenreRing *genre_ring_init(void *memory, uint32_t capacity) {
    GenreRing *ring = memory;
    ring->capacity = capacity;
    atomic_init(&ring->written, 0);
    atomic_init(&ring->read, 0);
    atomic_init(&ring->dropped, 0);
    return ring;
}

size_t genre_ring_write(GenreRing *ring, const float *samples, size_t n) {
    const uint32_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    /* Acquire: the consumer must be done with the cells that we are about to overwrite. */
    const uint32_t read = atomic_load_explicit(&ring->read, memory_order_acquire);
    if (n > ring->capacity - (written - read)) {
        atomic_fetch_add_explicit(&ring->dropped, n, memory_order_relaxed);
        return 0;
    }
    const uint32_t at = written & (ring->capacity - 1);
    const size_t to_end = ring->capacity - at;
    const size_t first = n < to_end ? n : to_end;
    memcpy(ring->samples + at, samples, first * sizeof *samples);
    memcpy(ring->samples, samples + first, (n - first) * sizeof *samples);
    atomic_store_explicit(&ring->written, written + (uint32_t)n, memory_order_release);
    return n;
}

size_t genre_ring_available(GenreRing *ring) {
    return atomic_load_explicit(&ring->written, memory_order_acquire) -
           atomic_load_explicit(&ring->read, memory_order_relaxed);
}

size_t genre_ring_read(GenreRing *ring, float *samples, size_t n) {
    const size_t available = genre_ring_available(ring);
    if (n > available)
        n = available;
    const uint32_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    const uint32_t at = read & (ring->capacity - 1);
    const size_t to_end = ring->capacity - at;
    const size_t first = n < to_end ? n : to_end;
    memcpy(samples, ring->samples + at, first * sizeof *samples);
    memcpy(samples + first, ring->samples, (n - first) * sizeof *samples);
    atomic_store_explicit(&ring->read, read + (uint32_t)n, memory_order_release);
    return n;
}

uint64_t genre_ring_dropped(GenreRing *ring) {
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}
