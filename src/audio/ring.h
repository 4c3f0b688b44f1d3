/* Lock-free ring of floats for one producer and one consumer, which may be two processes that
 * share the memory it lies in.
 *
 * The ring holds no pointers and makes no allocation of its own, so it can be placed in shared
 * memory. What does not fit is dropped and counted: the producer never waits.
 */
#ifndef GENRE_AUDIO_RING_H
#define GENRE_AUDIO_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t capacity; /* floats; a power of two */
    /* Positions only grow (wrapping modulo 2^32), so that full and empty differ. Each lies on a
     * cache line of its own: the two threads would otherwise slow each other down. */
    _Alignas(64) _Atomic uint32_t written;
    _Alignas(64) _Atomic uint32_t read;
    _Alignas(64) _Atomic uint64_t dropped; /* floats that found no room */
    _Alignas(64) float samples[];
} GenreRing;

/* Bytes that a ring of `capacity` floats (a power of two, at most 2^30) takes. [any] */
size_t genre_ring_bytes(uint32_t capacity);

/* Makes `memory` (genre_ring_bytes, aligned to 64) an empty ring; returns it. [set-up] */
GenreRing *genre_ring_init(void *memory, uint32_t capacity);

/* Appends all `n` samples, or none of them and counts them as dropped: a block is never torn, so
 * interleaved channels stay in step. Returns how many were taken. [real time, producer] */
size_t genre_ring_write(GenreRing *ring, const float *samples, size_t n);

/* Takes up to `n` samples out; returns how many. [real time, consumer] */
size_t genre_ring_read(GenreRing *ring, float *samples, size_t n);

/* Samples that wait to be read. [real time, consumer] */
size_t genre_ring_available(GenreRing *ring);

/* Samples dropped since it was made. [any] */
uint64_t genre_ring_dropped(GenreRing *ring);

#endif
