/* What eight.h wants, by AVX2. */
#include <immintrin.h>
#include <string.h>

#include "net/rows8.h"

enum { OFFSET8 = 0, BLOCKS8 = 2 };

/* The instruction multiplies numbers without a sign with such that have one, so x hands its own
 * over. Of 128 * 127 two go into 16 bits. */
TARGET static void dots8(int n_blocks, int n_groups, const uint8_t *x, const int8_t *rows,
                         size_t stride, int32_t *dots) {
    __m256i sum[2 * BLOCKS8];
    for (int i = 0; i < 2 * BLOCKS8; i++)
        sum[i] = _mm256_setzero_si256();
    const int8_t *const second = n_blocks > 1 ? rows + stride : rows;
    for (int g = 0; g < n_groups; g++) {
        int32_t four;
        memcpy(&four, x + 4 * g, sizeof four);
        const __m256i numbers = _mm256_set1_epi32(four), sizes = _mm256_abs_epi8(numbers);
        for (int i = 0; i < 2 * BLOCKS8; i++) {
            const __m256i *at = (const __m256i *)((i < 2 ? rows : second) + 64 * (size_t)g) + i % 2;
            const __m256i weights = _mm256_sign_epi8(_mm256_load_si256(at), numbers);
            const __m256i pairs = _mm256_maddubs_epi16(sizes, weights);
            sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
    for (int i = 0; i < 2 * n_blocks; i++)
        _mm256_storeu_si256((__m256i *)dots + i, sum[i]);
}

enum { ROWS8 = 8, POSITIONS8 = 8 };

TARGET static void tile8(int n_groups, const int *at, const uint8_t *x, const int8_t *weights,
                         int32_t *dots) {
    __m256i sum[ROWS8];
#pragma GCC unroll 8
    for (int r = 0; r < ROWS8; r++)
        sum[r] = _mm256_setzero_si256();
    for (int g = 0; g < n_groups; g++) {
        const int8_t *const its = weights + (size_t)g * GENRE_BLOCK8 * GENRE_GROUP8;
        const __m256i numbers = _mm256_loadu_si256((const __m256i *)(const void *)(x + at[g]));
        const __m256i sizes = _mm256_abs_epi8(numbers);
#pragma GCC unroll 8
        for (int r = 0; r < ROWS8; r++) {
            int32_t four;
            memcpy(&four, its + GENRE_GROUP8 * r, sizeof four);
            const __m256i signed_weights = _mm256_sign_epi8(_mm256_set1_epi32(four), numbers);
            const __m256i pairs = _mm256_maddubs_epi16(sizes, signed_weights);
            sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < ROWS8; r++)
        _mm256_storeu_si256((__m256i *)(void *)(dots + 8 * r), sum[r]);
}
