/* What the kernels of AVX-512 have in common: 32 registers of 16 floats, and masks for what does
 * not fill one. */
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#include "net/rows8.h"

#define TARGET_512 "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"

enum {
    LANES = 16,
    ROWS = 16,
    TILE_ROWS = 6,
    TILE_WIDTH = 4,
    DOT_ROWS = 4,
    DOT_OTHERS = 6,
    PANEL_ROWS = 6
};
typedef __m512 V;

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

TARGET static inline V zero(void) {
    return _mm512_setzero_ps();
}

TARGET static inline V fill(float f) {
    return _mm512_set1_ps(f);
}

TARGET static inline V load(const float *p) {
    return _mm512_loadu_ps(p);
}

TARGET static inline void store(float *p, V v) {
    _mm512_storeu_ps(p, v);
}

TARGET static inline __mmask16 first(int n) {
    return (__mmask16)((1u << n) - 1);
}

TARGET static inline V load_some(const float *p, int n) {
    return _mm512_maskz_loadu_ps(first(n), p);
}

TARGET static inline void store_some(float *p, V v, int n) {
    _mm512_mask_storeu_ps(p, first(n), v);
}

TARGET static inline V add(V a, V b) {
    return _mm512_add_ps(a, b);
}

TARGET static inline V sub(V a, V b) {
    return _mm512_sub_ps(a, b);
}

TARGET static inline V mul(V a, V b) {
    return _mm512_mul_ps(a, b);
}

TARGET static inline V quotient(V a, V b) {
    return _mm512_div_ps(a, b);
}

TARGET static inline V add_product(V a, V b, V c) {
    return _mm512_fmadd_ps(a, b, c);
}

/* Of two operands one of which is NaN, min and max give the second. */
TARGET static inline V clamp(V x, V low, V high) {
    return _mm512_min_ps(high, _mm512_max_ps(low, x));
}

TARGET static inline V size(V x) {
    return _mm512_andnot_ps(fill(-0.0f), x);
}

TARGET static inline V with_sign(V x, V s) {
    return _mm512_or_ps(size(x), _mm512_and_ps(fill(-0.0f), s));
}

TARGET static inline V where_below(V x, V limit, V a, V b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, limit, _CMP_LT_OQ), b, a);
}

/* 2^k, k being in the low bits of `shifted`. */
TARGET static inline V power(V shifted) {
    const __m512i bits = _mm512_castps_si512(shifted);
    return _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(127)), 23));
}

/* Each step halves what is left of a row and sets two rows side by side. */
TARGET static inline V fold(V v[LANES]) {
    V a[8], b[4], c[2];
    for (int i = 0; i < 8; i++) {
        const int k = i % 4 + i / 4 * 8;
        a[i] = add(_mm512_shuffle_f32x4(v[k], v[k + 4], 0x44),
                   _mm512_shuffle_f32x4(v[k], v[k + 4], 0xee));
    }
    for (int i = 0; i < 4; i++)
        b[i] = add(_mm512_shuffle_f32x4(a[i], a[i + 4], 0x88),
                   _mm512_shuffle_f32x4(a[i], a[i + 4], 0xdd));
    for (int i = 0; i < 2; i++)
        c[i] = add(_mm512_unpacklo_ps(b[i], b[i + 2]), _mm512_unpackhi_ps(b[i], b[i + 2]));
    return add(_mm512_unpacklo_ps(c[0], c[1]), _mm512_unpackhi_ps(c[0], c[1]));
}
