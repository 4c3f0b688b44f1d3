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

/* Tiles of eight vectors of sums, of whole numbers and of floats: so many are under way at a time.
 * Of up to eight positions, which fill half a vector, two rows have one each. */
#define OWN_TILE8
enum { TILE_SUMS = 8, MOST_VECTORS = 4 };

static inline int tile_positions8(int n) {
    return n > 32 ? 64 : n > 16 ? 32 : n > 8 ? 16 : 8;
}

static inline int tile_rows8(int n_positions) {
    return n_positions > 8 ? TILE_SUMS * LANES / n_positions : 2 * TILE_SUMS;
}

/* A row of the tile that there is. */
static inline int least_row(const Tile8 *t, int r) {
    return r < t->n_rows ? r : t->n_rows - 1;
}

TARGET static inline __m512i same_four(const int8_t *weights) {
    int32_t four;
    memcpy(&four, weights, sizeof four);
    return _mm512_set1_epi32(four);
}

/* Without what is too much, as floats. */
TARGET static inline V products8(__m512i sum, __m512i zeros, V scale) {
    return mul(scale, _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, zeros)));
}

/* Max gives its second operand where the first one is NaN, as relu gives 0. */
TARGET static inline V finished8(const GenreFinish *finish, V sum, V scale, V shift) {
    if (finish->scale)
        sum = add(mul(sum, scale), shift);
    return finish->cut ? _mm512_max_ps(sum, zero()) : sum;
}

TARGET static inline __attribute__((always_inline)) void make_vectors8(int vectors,
                                                                       const Tile8 *t) {
    const GenreFinish *const finish = t->finish;
    const int rows = TILE_SUMS / vectors;
    V sum[TILE_SUMS];
    __mmask16 mask[MOST_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < TILE_SUMS; i++)
        sum[i] = fill(finish->bias[t->row + least_row(t, i / vectors)]);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        const int left = t->n - LANES * v;
        mask[v] = first(left < 0 ? 0 : left < LANES ? left : LANES);
    }
    for (int i = 0; i < t->n_met; i++) {
        const int8_t *weights = weights8(t, i);
        const uint8_t *const bytes = bytes8(t, i);
        __m512i dot[TILE_SUMS];
#pragma GCC unroll 8
        for (int k = 0; k < TILE_SUMS; k++)
            dot[k] = _mm512_setzero_si512();
        for (int g = 0; g < t->b->step_groups; g++, weights += GENRE_BLOCK8 * GENRE_GROUP8) {
            __m512i some[MOST_VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                some[v] = _mm512_maskz_loadu_epi32(mask[v], bytes + t->at[g] + 64 * v);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                const __m512i same = same_four(weights + GENRE_GROUP8 * r);
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++)
                    dot[r * vectors + v] = _mm512_dpbusd_epi32(dot[r * vectors + v], some[v], same);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            const int row = least_row(t, r);
            const V scale = fill(scale8(t, i, row));
            const __m512i zeros = _mm512_set1_epi32(zeros8(t, i, row));
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                sum[r * vectors + v] =
                    add(sum[r * vectors + v], products8(dot[r * vectors + v], zeros, scale));
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        if (r == t->n_rows)
            break;
        const V scale = fill(finish->scale ? finish->scale[t->row + r] : 1);
        const V shift = fill(finish->scale ? finish->shift[t->row + r] : 0);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            _mm512_mask_storeu_ps(t->c + (size_t)r * t->stride + LANES * v, mask[v],
                                  finished8(finish, sum[r * vectors + v], scale, shift));
    }
}

/* The lower half is of an even row, the upper one of the odd one beyond. */
TARGET static inline V both(float even, float odd) {
    return _mm512_mask_broadcastss_ps(fill(even), 0xff00, _mm_set_ss(odd));
}

TARGET static void make_pairs8(const Tile8 *t) {
    const GenreFinish *const finish = t->finish;
    const __m512i halves = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi32(1), 1);
    const __mmask8 mask = (__mmask8)first(t->n);
    V sum[TILE_SUMS];
#pragma GCC unroll 8
    for (int k = 0; k < TILE_SUMS; k++)
        sum[k] = both(finish->bias[t->row + least_row(t, 2 * k)],
                      finish->bias[t->row + least_row(t, 2 * k + 1)]);
    for (int i = 0; i < t->n_met; i++) {
        const int8_t *weights = weights8(t, i);
        const uint8_t *const bytes = bytes8(t, i);
        __m512i dot[TILE_SUMS];
#pragma GCC unroll 8
        for (int k = 0; k < TILE_SUMS; k++)
            dot[k] = _mm512_setzero_si512();
        for (int g = 0; g < t->b->step_groups; g++, weights += GENRE_BLOCK8 * GENRE_GROUP8) {
            const __m512i all = _mm512_load_si512(weights);
            const __m512i some =
                _mm512_broadcast_i32x8(_mm256_maskz_loadu_epi32(mask, bytes + t->at[g]));
#pragma GCC unroll 8
            for (int k = 0; k < TILE_SUMS; k++) {
                const __m512i two = _mm512_add_epi32(halves, _mm512_set1_epi32(2 * k));
                dot[k] = _mm512_dpbusd_epi32(dot[k], some, _mm512_permutexvar_epi32(two, all));
            }
        }
#pragma GCC unroll 8
        for (int k = 0; k < TILE_SUMS; k++) {
            const int even = least_row(t, 2 * k), odd = least_row(t, 2 * k + 1);
            const __m512i zeros = _mm512_mask_set1_epi32(_mm512_set1_epi32(zeros8(t, i, even)),
                                                         0xff00, zeros8(t, i, odd));
            sum[k] =
                add(sum[k], products8(dot[k], zeros, both(scale8(t, i, even), scale8(t, i, odd))));
        }
    }
#pragma GCC unroll 8
    for (int k = 0; k < TILE_SUMS; k++) {
        const int even = least_row(t, 2 * k), odd = least_row(t, 2 * k + 1);
        V scale = zero(), shift = zero();
        if (finish->scale) {
            scale = both(finish->scale[t->row + even], finish->scale[t->row + odd]);
            shift = both(finish->shift[t->row + even], finish->shift[t->row + odd]);
        }
        const V its = finished8(finish, sum[k], scale, shift);
        float *const c = t->c + (size_t)(2 * k) * t->stride;
        if (2 * k < t->n_rows)
            _mm512_mask_storeu_ps(c, mask, its);
        if (2 * k + 1 < t->n_rows)
            _mm256_mask_storeu_ps(c + t->stride, mask, _mm512_extractf32x8_ps(its, 1));
    }
}

TARGET static void make_tile8(int n_positions, const Tile8 *t) {
    if (n_positions == 64)
        make_vectors8(4, t);
    else if (n_positions == 32)
        make_vectors8(2, t);
    else if (n_positions == 16)
        make_vectors8(1, t);
    else
        make_pairs8(t);
}

#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
