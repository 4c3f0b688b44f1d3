/* AVX-512 as Skylake has it. */
#if defined(__x86_64__)

#define KERNEL avx512
#define TARGET __attribute__((target(TARGET_512)))
#include "net/kernel/avx512.h"

static bool runs_here(void) {
    return has_avx512();
}

enum { OFFSET8 = 0, BLOCKS8 = 2 };

/* Eight rows of four are widened to 16 bits; the products of two of them are added at once, which
 * leaves two sums per row. */
TARGET static void dots8(int n_blocks, int n_groups, const uint8_t *x, const int8_t *rows,
                         size_t stride, int32_t *dots) {
    __m512i sum[2 * BLOCKS8];
    for (int i = 0; i < 2 * BLOCKS8; i++)
        sum[i] = _mm512_setzero_si512();
    const int8_t *const second = n_blocks > 1 ? rows + stride : rows;
    for (int g = 0; g < n_groups; g++) {
        int32_t four;
        memcpy(&four, x + 4 * g, sizeof four);
        const __m512i numbers = _mm512_cvtepi8_epi16(_mm256_set1_epi32(four));
        for (int i = 0; i < 2 * BLOCKS8; i++) {
            const __m256i *at = (const __m256i *)((i < 2 ? rows : second) + 64 * (size_t)g) + i % 2;
            const __m512i weights = _mm512_cvtepi8_epi16(_mm256_load_si256(at));
            sum[i] = _mm512_add_epi32(sum[i], _mm512_madd_epi16(weights, numbers));
        }
    }
    for (int i = 0; i < 2 * n_blocks; i++) {
        const __m512i both = _mm512_add_epi32(sum[i], _mm512_srli_epi64(sum[i], 32));
        _mm256_storeu_si256((__m256i *)dots + i, _mm512_cvtepi64_epi32(both));
    }
}

#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
