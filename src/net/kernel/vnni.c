/* AVX-512 with the instructions for 8 bits that came with Cascade Lake and Zen 4. */
#if defined(__x86_64__)

#define KERNEL vnni
#define TARGET __attribute__((target(TARGET_512 ",avx512vnni")))
#include "net/kernel/avx512.h"
#include "net/kernel/tile8.h"

static bool runs_here(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

enum { OFFSET8 = 128, BLOCKS8 = 8 };

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

/* Tiles of sixteen sums, of a vector of positions each; up to eight positions fill half of one, of
 * which two rows then have one each. They go on to c from registers: to store them first took as
 * long as all the products. */
#define OWN_TILE8
enum { TILE_SUMS = 16, MOST_VECTORS = 4 };

static inline int tile_positions8(int n) {
    return n > 32 ? 64 : n > 16 ? 32 : n > 8 ? 16 : 8;
}

static inline int tile_rows8(int n_positions) {
    return n_positions > 16 ? 256 / n_positions : 16;
}

TARGET static inline __m512i same_four(const int8_t *weights) {
    int32_t four;
    memcpy(&four, weights, sizeof four);
    return _mm512_set1_epi32(four);
}

TARGET static inline __attribute__((always_inline)) void add_vectors8(int vectors, const Tile8 *t) {
    const int rows = TILE_SUMS / vectors;
    __m512i sum[TILE_SUMS];
    __mmask16 mask[MOST_VECTORS];
#pragma GCC unroll 16
    for (int i = 0; i < TILE_SUMS; i++)
        sum[i] = _mm512_setzero_si512();
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        const int left = t->n - LANES * v;
        mask[v] = first(left < 0 ? 0 : left < LANES ? left : LANES);
    }
    const int8_t *weights = t->weights;
    for (int g = 0; g < t->n_groups; g++, weights += GENRE_BLOCK8 * GENRE_GROUP8) {
        __m512i some[MOST_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            some[v] = _mm512_maskz_loadu_epi32(mask[v], t->x + t->at[g] + 64 * v);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            const __m512i same = same_four(weights + GENRE_GROUP8 * r);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                sum[r * vectors + v] = _mm512_dpbusd_epi32(sum[r * vectors + v], some[v], same);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        if (r == t->n_rows)
            break;
        const __m512 scale = _mm512_set1_ps(t->scale * t->row_scale[r]);
        const __m512i zeros = _mm512_set1_epi32(zeros8(t, r));
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            float *const c = t->c + (size_t)r * t->stride + LANES * v;
            const __m512 more = _mm512_mul_ps(
                scale, _mm512_cvtepi32_ps(_mm512_sub_epi32(sum[r * vectors + v], zeros)));
            const __m512 start =
                t->bias ? _mm512_set1_ps(t->bias[r]) : _mm512_maskz_loadu_ps(mask[v], c);
            _mm512_mask_storeu_ps(c, mask[v], _mm512_add_ps(start, more));
        }
    }
}

TARGET static void add_pairs8(const Tile8 *t) {
    enum { PAIRS = 8 };
    const __m512i halves = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi32(1), 1);
    const __mmask8 mask = (__mmask8)first(t->n);
    const int8_t *weights = t->weights;
    __m512i sum[PAIRS];
#pragma GCC unroll 8
    for (int i = 0; i < PAIRS; i++)
        sum[i] = _mm512_setzero_si512();
    for (int g = 0; g < t->n_groups; g++, weights += GENRE_BLOCK8 * GENRE_GROUP8) {
        const __m512i all = _mm512_load_si512(weights);
        const __m512i some =
            _mm512_broadcast_i32x8(_mm256_maskz_loadu_epi32(mask, t->x + t->at[g]));
#pragma GCC unroll 8
        for (int i = 0; i < PAIRS; i++) {
            const __m512i two = _mm512_add_epi32(halves, _mm512_set1_epi32(2 * i));
            sum[i] = _mm512_dpbusd_epi32(sum[i], some, _mm512_permutexvar_epi32(two, all));
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < 2 * PAIRS; r++) {
        if (r == t->n_rows)
            break;
        const __m256i its =
            r % 2 ? _mm512_extracti64x4_epi64(sum[r / 2], 1) : _mm512_castsi512_si256(sum[r / 2]);
        float *const c = t->c + (size_t)r * t->stride;
        const __m256 more = _mm256_mul_ps(
            _mm256_set1_ps(t->scale * t->row_scale[r]),
            _mm256_cvtepi32_ps(_mm256_sub_epi32(its, _mm256_set1_epi32(zeros8(t, r)))));
        const __m256 start = t->bias ? _mm256_set1_ps(t->bias[r]) : _mm256_maskz_loadu_ps(mask, c);
        _mm256_mask_storeu_ps(c, mask, _mm256_add_ps(start, more));
    }
}

TARGET static void add_tile8(int n_positions, const Tile8 *t) {
    if (n_positions == 64)
        add_vectors8(4, t);
    else if (n_positions == 32)
        add_vectors8(2, t);
    else if (n_positions == 16)
        add_vectors8(1, t);
    else
        add_pairs8(t);
}

#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
