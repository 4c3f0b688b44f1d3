/* Flushes denormal numbers to zero for as long as a function runs: a decaying state would
 * otherwise reach them, and each operation on one costs a hundred times as much. */
#ifndef GENRE_DENORMAL_H
#define GENRE_DENORMAL_H

#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>
typedef unsigned int GenreFpState;
static inline GenreFpState genre_denormals_flush(void) {
    const GenreFpState before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* flush to zero, denormals are zero */
    return before;
}
static inline void genre_denormals_restore(GenreFpState before) {
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
typedef uint64_t GenreFpState;
static inline GenreFpState genre_denormals_flush(void) {
    GenreFpState before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" ::"r"(before | (1u << 24)));
    return before;
}
static inline void genre_denormals_restore(GenreFpState before) {
    __asm__ volatile("msr fpcr, %0" ::"r"(before));
}
#else
typedef int GenreFpState;
static inline GenreFpState genre_denormals_flush(void) {
    return 0;
}
static inline void genre_denormals_restore(GenreFpState before) {
    (void)before;
}
#endif

#endif
