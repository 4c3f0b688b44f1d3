/* NEON, which every 64-bit ARM has: 32 registers of 4 floats. */
#if defined(__aarch64__)

#include <arm_neon.h>
#include <stdbool.h>
#include <string.h>

#include "net/rows8.h"

#define KERNEL neon
#define TARGET
enum {
    LANES = 4,
    ROWS = 8,
    TILE_ROWS = 6,
    TILE_WIDTH = 4,
    DOT_ROWS = 4,
    DOT_OTHERS = 6,
    PANEL_ROWS = 1
};
typedef float32x4_t V;

static bool runs_here(void) {
    return true;
}

static inline V fill(float f) {
    return vdupq_n_f32(f);
}

static inline V zero(void) {
    return fill(0);
}

static inline V load(const float *p) {
    return vld1q_f32(p);
}

static inline void store(float *p, V v) {
    vst1q_f32(p, v);
}

static inline V load_some(const float *p, int n) {
    float some[LANES] = {0};
    if (n == LANES)
        return load(p);
    memcpy(some, p, (size_t)n * sizeof *p);
    return load(some);
}

static inline void store_some(float *p, V v, int n) {
    float all[LANES];
    if (n == LANES) {
        store(p, v);
        return;
    }
    store(all, v);
    memcpy(p, all, (size_t)n * sizeof *p);
}

static inline V add(V a, V b) {
    return vaddq_f32(a, b);
}

static inline V sub(V a, V b) {
    return vsubq_f32(a, b);
}

static inline V mul(V a, V b) {
    return vmulq_f32(a, b);
}

static inline V quotient(V a, V b) {
    return vdivq_f32(a, b);
}

static inline V add_product(V a, V b, V c) {
    return vfmaq_f32(c, a, b);
}

static inline V clamp(V x, V low, V high) {
    return vminq_f32(high, vmaxq_f32(low, x));
}

static inline V size(V x) {
    return vabsq_f32(x);
}

static inline V with_sign(V x, V s) {
    return vbslq_f32(vdupq_n_u32(0x80000000), s, x);
}

static inline V where_below(V x, V limit, V a, V b) {
    return vbslq_f32(vcltq_f32(x, limit), a, b);
}

/* 2^k, k being in the low bits of `shifted`. */
static inline V power(V shifted) {
    const uint32x4_t bits = vreinterpretq_u32_f32(shifted);
    return vreinterpretq_f32_u32(vshlq_n_u32(vaddq_u32(bits, vdupq_n_u32(127)), 23));
}

static inline V fold(const V v[LANES]) {
    return vpaddq_f32(vpaddq_f32(v[0], v[1]), vpaddq_f32(v[2], v[3]));
}

enum { OFFSET8 = 0, BLOCKS8 = 1 };

/* Four rows of four at a time: products in 16 bits, of which two go into one; then into 32. */
static void dots8(int n_blocks, int n_groups, const uint8_t *x, const int8_t *rows, size_t stride,
                  int32_t *dots) {
    int32x4_t sum[4];
    (void)n_blocks, (void)stride; /* one at a time */
    for (int i = 0; i < 4; i++)
        sum[i] = vdupq_n_s32(0);
    for (int g = 0; g < n_groups; g++) {
        int32_t four;
        memcpy(&four, x + 4 * g, sizeof four);
        const int8x16_t numbers = vreinterpretq_s8_s32(vdupq_n_s32(four));
        for (int i = 0; i < 4; i++) {
            const int8x16_t weights = vld1q_s8(rows + 64 * (size_t)g + 16 * i);
            const int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(numbers));
            const int16x8_t high = vmull_high_s8(weights, numbers);
            sum[i] = vpadalq_s16(sum[i], vpaddq_s16(low, high));
        }
    }
    for (int i = 0; i < 4; i++)
        vst1q_s32(dots + 4 * i, sum[i]);
}

enum { ROWS8 = 4, POSITIONS8 = 8 };

static void tile8(int n_groups, const int *at, const uint8_t *x, const int8_t *weights,
                  int32_t *dots) {
    enum { HALVES = POSITIONS8 / 4 };
    int32x4_t sum[ROWS8][HALVES];
    for (int r = 0; r < ROWS8; r++)
        sum[r][0] = sum[r][1] = vdupq_n_s32(0);
    for (int g = 0; g < n_groups; g++) {
        const int8_t *const its = weights + (size_t)g * GENRE_BLOCK8 * GENRE_GROUP8;
        for (int h = 0; h < HALVES; h++) {
            const int8x16_t numbers = vreinterpretq_s8_u8(vld1q_u8(x + at[g] + 16 * h));
            for (int r = 0; r < ROWS8; r++) {
                int32_t four;
                memcpy(&four, its + GENRE_GROUP8 * r, sizeof four);
                const int8x16_t same = vreinterpretq_s8_s32(vdupq_n_s32(four));
                const int16x8_t low = vmull_s8(vget_low_s8(numbers), vget_low_s8(same));
                const int16x8_t high = vmull_high_s8(numbers, same);
                sum[r][h] = vpadalq_s16(sum[r][h], vpaddq_s16(low, high));
            }
        }
    }
    for (int r = 0; r < ROWS8; r++)
        for (int h = 0; h < HALVES; h++)
            vst1q_s32(dots + 8 * r + 4 * h, sum[r][h]);
}

#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
