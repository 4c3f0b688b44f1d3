/* AVX-512 with the instructions for 8 bits that came with Cascade Lake and Zen 4. */
#if defined(__x86_64__)

#define KERNEL vnni
#define TARGET __attribute__((target(TARGET_512 ",avx512vnni")))
#include "net/kernel/avx512.h"

static bool runs_here(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

enum { OFFSET8 = 128, BLOCKS8 = 4 };

/* Four sums are under way at a time, as each takes some cycles; blocks that are not there are the
 * first one again. */
TARGET static void dots8(int n_blocks, int n_groups, const uint8_t *x, const int8_t *rows,
                         size_t stride, int32_t *dots) {
    __m512i sum[BLOCKS8];
    const int8_t *block[BLOCKS8];
    for (int i = 0; i < BLOCKS8; i++) {
        sum[i] = _mm512_setzero_si512();
        block[i] = rows + (i < n_blocks ? (size_t)i * stride : 0);
    }
    for (int g = 0; g < n_groups; g++) {
        int32_t four;
        memcpy(&four, x + 4 * g, sizeof four);
        const __m512i numbers = _mm512_set1_epi32(four);
        for (int i = 0; i < BLOCKS8; i++)
            sum[i] =
                _mm512_dpbusd_epi32(sum[i], numbers, _mm512_load_si512(block[i] + 64 * (size_t)g));
    }
    for (int i = 0; i < n_blocks; i++)
        _mm512_storeu_si512(dots + 16 * i, sum[i]);
}

#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
