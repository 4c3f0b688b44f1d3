/* How fast this processor reads: the floor under everything that has to fetch its weights for each
 * step, however little there is to compute. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/bench.h"

typedef uint64_t Lane __attribute__((vector_size(64), aligned(64)));

enum { LANES = 8, PIECE = LANES * sizeof(Lane) };

typedef struct {
    const Lane *memory; /* (n_pieces, LANES) */
    size_t n_pieces;
    uint64_t sum; /* so that it has to be read */
} Read;

/* Enough of it under way at a time that none is waited for. */
static inline __attribute__((always_inline)) void read_all(Read *read) {
    Lane a[LANES] = {0}, all = {0};
    const Lane *memory = read->memory;
    for (size_t i = 0; i < read->n_pieces; i++, memory += LANES)
        for (int k = 0; k < LANES; k++)
            a[k] ^= memory[k];
    for (int k = 0; k < LANES; k++)
        all ^= a[k];
    for (int k = 0; k < 8; k++)
        read->sum ^= all[k];
}

/* As wide as the processor can. */
static void run(void *context) {
    read_all(context);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void run_avx2(void *context) {
    read_all(context);
}

__attribute__((target("avx512f"))) static void run_avx512(void *context) {
    read_all(context);
}
#endif

static void (*widest(void))(void *) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return run_avx512;
    if (__builtin_cpu_supports("avx2"))
        return run_avx2;
#endif
    return run;
}

double genre_bench_read(size_t n_bytes, double budget_s) {
    Read read = {.n_pieces = n_bytes / PIECE};
    void *memory = read.n_pieces ? aligned_alloc(4096, (n_bytes + 4095) / 4096 * 4096) : NULL;
    if (!memory)
        return 0;
    memset(memory, 1, read.n_pieces * PIECE);
    read.memory = memory;
    const GenreTiming timing = genre_bench_time(widest(), &read, budget_s);
    free(memory);
    return timing.median_s * (double)n_bytes / (double)(read.n_pieces * PIECE);
}
