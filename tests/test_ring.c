/* The ring: order, wrapping, what happens when it is full, and two threads at once. */
#include "audio/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "run.h"

static GenreRing *make_ring(uint32_t capacity) {
    void *memory = NULL;
    ck_assert_int_eq(posix_memalign(&memory, 64, genre_ring_bytes(capacity)), 0);
    return genre_ring_init(memory, capacity);
}

START_TEST(keeps_order_across_the_wrap) {
    GenreRing *ring = make_ring(16);
    float in = 0, out = 0;
    for (int round = 0; round < 1000; round++) {
        float block[16];
        const size_t n = (size_t)round % 16 + 1;
        for (size_t i = 0; i < n; i++)
            block[i] = in++;
        ck_assert_uint_eq(genre_ring_write(ring, block, n), n);
        ck_assert_uint_eq(genre_ring_available(ring), n);
        ck_assert_uint_eq(genre_ring_read(ring, block, 16), n);
        for (size_t i = 0; i < n; i++)
            REQUIRE(block[i] == out++, "out of order");
    }
    ck_assert_uint_eq(genre_ring_dropped(ring), 0);
    free(ring);
}
END_TEST

START_TEST(takes_all_or_nothing) {
    GenreRing *ring = make_ring(8);
    const float block[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    float out[8];
    ck_assert_uint_eq(genre_ring_write(ring, block, 9), 0);
    ck_assert_uint_eq(genre_ring_dropped(ring), 9);
    ck_assert_uint_eq(genre_ring_write(ring, block, 5), 5);
    ck_assert_uint_eq(genre_ring_write(ring, block, 4), 0);
    ck_assert_uint_eq(genre_ring_dropped(ring), 13);
    ck_assert_uint_eq(genre_ring_write(ring, block + 5, 3), 3);
    ck_assert_uint_eq(genre_ring_available(ring), 8);
    ck_assert_uint_eq(genre_ring_write(ring, block, 1), 0);
    ck_assert_uint_eq(genre_ring_write(ring, block, 0), 0);
    ck_assert_uint_eq(genre_ring_read(ring, out, 8), 8);
    for (int i = 0; i < 8; i++)
        ck_assert_float_eq(out[i], block[i]);
    ck_assert_uint_eq(genre_ring_read(ring, out, 8), 0);
    ck_assert_uint_eq(genre_ring_dropped(ring), 14);
    free(ring);
}
END_TEST

START_TEST(survives_its_counters_wrapping) {
    GenreRing *ring = make_ring(8);
    atomic_store(&ring->written, UINT32_MAX - 3);
    atomic_store(&ring->read, UINT32_MAX - 3);
    const float block[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float out[8];
    ck_assert_uint_eq(genre_ring_write(ring, block, 8), 8);
    ck_assert_uint_eq(genre_ring_write(ring, block, 1), 0);
    ck_assert_uint_eq(genre_ring_read(ring, out, 8), 8);
    for (int i = 0; i < 8; i++)
        ck_assert_float_eq(out[i], block[i]);
    free(ring);
}
END_TEST

enum { N_BLOCKS = 20000, BLOCK = 24 };

/* Numbers its samples as if none were dropped, so that a gap shows how much was. */
static void *produce(void *ring) {
    float block[BLOCK];
    for (int b = 0; b < N_BLOCKS; b++) {
        for (int i = 0; i < BLOCK; i++)
            block[i] = (float)(b * BLOCK + i);
        genre_ring_write(ring, block, BLOCK);
    }
    return NULL;
}

START_TEST(carries_samples_from_thread_to_thread) {
    GenreRing *ring = make_ring(1024);
    pthread_t producer;
    ck_assert_int_eq(pthread_create(&producer, NULL, produce, ring), 0);
    float block[BLOCK], next = 0;
    uint64_t missed = 0, got = 0;
    /* Every sample is either read or counted as dropped, and nothing else ends the loop. */
    while (got + genre_ring_dropped(ring) < (uint64_t)N_BLOCKS * BLOCK ||
           genre_ring_available(ring) > 0) {
        if (genre_ring_available(ring) < BLOCK) {
            sched_yield();
            continue;
        }
        REQUIRE(genre_ring_read(ring, block, BLOCK) == BLOCK, "what is available cannot be read");
        REQUIRE(block[0] >= next, "%g comes after %g", block[0], next);
        missed += (uint64_t)(block[0] - next);
        for (int i = 1; i < BLOCK; i++)
            REQUIRE(block[i] == block[0] + (float)i, "a block is torn");
        next = block[0] + BLOCK;
        got += BLOCK;
    }
    pthread_join(producer, NULL);
    missed += (uint64_t)((float)(N_BLOCKS * BLOCK) - next);
    ck_assert_uint_eq(missed, genre_ring_dropped(ring));
    ck_assert_uint_eq(got + missed, (uint64_t)N_BLOCKS * BLOCK);
    free(ring);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, keeps_order_across_the_wrap);
    tcase_add_test(tests, takes_all_or_nothing);
    tcase_add_test(tests, survives_its_counters_wrapping);
    tcase_add_test(tests, carries_samples_from_thread_to_thread);
}
