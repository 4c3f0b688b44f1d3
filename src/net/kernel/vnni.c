/* AVX-512 with the instructions for 8 bits that came with Cascade Lake and Zen 4. */
#if defined(__x86_64__)

#define KERNEL vnni
#define TARGET __attribute__((target(TARGET_512 ",avx512vnni")))
#include "net/kernel/avx512.h"

static bool runs_here(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

enum { OFFSET8 = 128, BLOCKS8 = 8 };

/* Three blocks by eight take 24 registers of 32. */
#define TILE_BLOCKS8 3
#define TILE_OTHERS8 8

/* Eight sums are under way at a time, as each takes some cycles, and in registers, which they stay
 * in only where the loops are gone; blocks that are not there are the first one again. */
TARGET static void dots8(int n_blocks, int n_groups, const uint8_t *x, const int8_t *rows,
                         size_t stride, int32_t *dots) {
    __m512i sum[BLOCKS8];
    const int8_t *block[BLOCKS8];
#pragma GCC unroll 8
    for (int i = 0; i < BLOCKS8; i++) {
        sum[i] = _mm512_setzero_si512();
        block[i] = rows + (i < n_blocks ? (size_t)i * stride : 0);
    }
    for (int g = 0; g < n_groups; g++) {
        int32_t four;
        memcpy(&four, x + 4 * g, sizeof four);
        const __m512i numbers = _mm512_set1_epi32(four);
#pragma GCC unroll 8
        for (int i = 0; i < BLOCKS8; i++)
            sum[i] =
                _mm512_dpbusd_epi32(sum[i], numbers, _mm512_load_si512(block[i] + 64 * (size_t)g));
    }
#pragma GCC unroll 8
    for (int i = 0; i < BLOCKS8; i++)
        _mm512_storeu_si512(dots + 16 * i, sum[i]);
}

_Static_assert((int)BLOCKS8 <= TILE_BLOCKS8 * TILE_OTHERS8, "tile8 has room for what dots8 writes");

enum { TILE_ROWS8 = TILE_BLOCKS8 * GENRE_BLOCK8 };

/* `blocks` by TILE_OTHERS8 sums; of the other side what is not there is the last one again. */
TARGET static inline __attribute__((always_inline)) void
sum_tile8(int blocks, int n_others, int n_groups, const uint8_t *x, size_t x_stride,
          const int8_t *rows, size_t stride, int32_t *dots) {
    __m512i sum[TILE_OTHERS8][TILE_BLOCKS8];
    const uint8_t *other[TILE_OTHERS8];
    for (int o = 0; o < TILE_OTHERS8; o++) {
        other[o] = x + (size_t)(o < n_others ? o : n_others - 1) * x_stride;
        for (int i = 0; i < blocks; i++)
            sum[o][i] = _mm512_setzero_si512();
    }
    for (int g = 0; g < n_groups; g++) {
        __m512i weights[TILE_BLOCKS8];
        for (int i = 0; i < blocks; i++)
            weights[i] = _mm512_load_si512(rows + (size_t)i * stride + 64 * (size_t)g);
#pragma GCC unroll 8
        for (int o = 0; o < TILE_OTHERS8; o++) {
            int32_t four;
            memcpy(&four, other[o] + 4 * g, sizeof four);
            const __m512i numbers = _mm512_set1_epi32(four);
            for (int i = 0; i < blocks; i++)
                sum[o][i] = _mm512_dpbusd_epi32(sum[o][i], numbers, weights[i]);
        }
    }
    for (int o = 0; o < n_others; o++)
        for (int i = 0; i < blocks; i++)
            _mm512_storeu_si512(dots + o * TILE_ROWS8 + i * GENRE_BLOCK8, sum[o][i]);
}

TARGET static void tile8(int n_blocks, int n_others, int n_groups, const uint8_t *x,
                         size_t x_stride, const int8_t *rows, size_t stride, int32_t *dots) {
    if (n_others == 1)
        dots8(n_blocks, n_groups, x, rows, stride, dots);
    else if (n_blocks == 3)
        sum_tile8(3, n_others, n_groups, x, x_stride, rows, stride, dots);
    else if (n_blocks == 2)
        sum_tile8(2, n_others, n_groups, x, x_stride, rows, stride, dots);
    else
        sum_tile8(1, n_others, n_groups, x, x_stride, rows, stride, dots);
}

#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
