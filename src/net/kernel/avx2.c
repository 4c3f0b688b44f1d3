/* AVX2 with FMA: 16 registers of 8 floats. */
#if defined(__x86_64__)

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define KERNEL avx2
#define TARGET __attribute__((target("avx2,fma")))
enum {
    LANES = 8,
    ROWS = 8,
    TILE_ROWS = 6,
    TILE_WIDTH = 2,
    DOT_ROWS = 3,
    DOT_OTHERS = 4,
    PANEL_ROWS = 1
};
typedef __m256 V;

static bool runs_here(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

TARGET static inline V zero(void) {
    return _mm256_setzero_ps();
}

TARGET static inline V fill(float f) {
    return _mm256_set1_ps(f);
}

TARGET static inline V load(const float *p) {
    return _mm256_loadu_ps(p);
}

TARGET static inline void store(float *p, V v) {
    _mm256_storeu_ps(p, v);
}

TARGET static inline __m256i first(int n) {
    static const int32_t ones[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(ones + LANES - n));
}

TARGET static inline V load_some(const float *p, int n) {
    return n == LANES ? load(p) : _mm256_maskload_ps(p, first(n));
}

TARGET static inline void store_some(float *p, V v, int n) {
    if (n == LANES)
        store(p, v);
    else
        _mm256_maskstore_ps(p, first(n), v);
}

TARGET static inline V add(V a, V b) {
    return _mm256_add_ps(a, b);
}

TARGET static inline V sub(V a, V b) {
    return _mm256_sub_ps(a, b);
}

TARGET static inline V mul(V a, V b) {
    return _mm256_mul_ps(a, b);
}

TARGET static inline V quotient(V a, V b) {
    return _mm256_div_ps(a, b);
}

TARGET static inline V add_product(V a, V b, V c) {
    return _mm256_fmadd_ps(a, b, c);
}

/* Of two operands one of which is NaN, min and max give the second. */
TARGET static inline V clamp(V x, V low, V high) {
    return _mm256_min_ps(high, _mm256_max_ps(low, x));
}

TARGET static inline V size(V x) {
    return _mm256_andnot_ps(fill(-0.0f), x);
}

TARGET static inline V with_sign(V x, V s) {
    return _mm256_or_ps(size(x), _mm256_and_ps(fill(-0.0f), s));
}

TARGET static inline V where_below(V x, V limit, V a, V b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, limit, _CMP_LT_OQ));
}

/* 2^k, k being in the low bits of `shifted`. */
TARGET static inline V power(V shifted) {
    const __m256i bits = _mm256_castps_si256(shifted);
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(127)), 23));
}

TARGET static inline V fold(V v[LANES]) {
    const V low = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
    const V high = _mm256_hadd_ps(_mm256_hadd_ps(v[4], v[5]), _mm256_hadd_ps(v[6], v[7]));
    return add(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31));
}

#include "net/kernel/avx2_eight.h"
#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
