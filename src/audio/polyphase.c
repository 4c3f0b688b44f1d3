#include "audio/polyphase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Windowed sinc (R. W. Schafer and L. R. Rabiner, "A digital signal processing approach to
 * interpolation", Proc. IEEE 61, 1973). 64 periods of the lower rate long, Kaiser's window with
 * beta 8 (side lobes under -80 dB): flat to 0.85 of the lower Nyquist frequency, half-way down at
 * 0.93, gone at 1.01. */
enum { PERIODS = 64, LANES = 16, SLACK = 960 };
static const double beta = 8, cutoff = 0.93;

enum { MAX_PHASES = 441, MAX_TAPS = PERIODS * 24 };

struct GenrePolyphase {
    unsigned n_phases;
    unsigned whole, rest; /* time goes on by whole + rest / n_phases input samples per output */
    unsigned n_taps;      /* a multiple of LANES */
    float *taps;          /* (n_phases, n_taps) */
    float *past;          /* (n_taps + SLACK) input; what the next output needs starts at `at` */
    unsigned at, filled, phase;
};

static unsigned common_divisor(unsigned a, unsigned b) {
    return b ? common_divisor(b, a % b) : a;
}

static unsigned count_taps(unsigned in_hz, unsigned out_hz) {
    const double periods = in_hz > out_hz ? (double)in_hz / out_hz : 1;
    return (unsigned)ceil(PERIODS * periods / LANES) * LANES;
}

bool genre_polyphase_fits(unsigned in_hz, unsigned out_hz) {
    if (in_hz == 0 || out_hz == 0)
        return false;
    const unsigned n_phases = out_hz / common_divisor(in_hz, out_hz);
    return n_phases <= MAX_PHASES && count_taps(in_hz, out_hz) <= MAX_TAPS &&
           n_phases * count_taps(in_hz, out_hz) <= 1 << 17;
}

/* Modified Bessel function of the first kind, order 0, by its series. */
static double bessel(double x) {
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-10 * sum; k++) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

/* The filter of each phase, scaled so that a constant keeps its value exactly. */
static void fill_taps(GenrePolyphase *p, double bandwidth) {
    const double pi = 3.14159265358979323846, half = p->n_taps / 2.0;
    for (unsigned phase = 0; phase < p->n_phases; phase++) {
        float *const taps = p->taps + (size_t)phase * p->n_taps;
        double sum = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (unsigned k = 0; k < p->n_taps; k++) {
                if (pass == 1) {
                    taps[k] = (float)(taps[k] / sum);
                    continue;
                }
                const double t = k - half + 1 - (double)phase / p->n_phases, u = t / half;
                const double window = u * u < 1 ? bessel(beta * sqrt(1 - u * u)) : 0;
                const double x = pi * bandwidth * t;
                taps[k] = (float)(window * (x == 0 ? 1 : sin(x) / x));
                sum += taps[k];
            }
        }
    }
}

GenrePolyphase *genre_polyphase_new(unsigned in_hz, unsigned out_hz) {
    GenrePolyphase *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    const unsigned divisor = common_divisor(in_hz, out_hz);
    p->n_phases = out_hz / divisor;
    p->whole = in_hz / divisor / p->n_phases;
    p->rest = in_hz / divisor % p->n_phases;
    p->n_taps = count_taps(in_hz, out_hz);
    p->taps = calloc((size_t)p->n_phases * p->n_taps, sizeof *p->taps);
    p->past = calloc(p->n_taps + SLACK, sizeof *p->past);
    if (!p->taps || !p->past) {
        genre_polyphase_free(p);
        return NULL;
    }
    fill_taps(p, cutoff * (in_hz > out_hz ? (double)out_hz / in_hz : 1));
    genre_polyphase_reset(p);
    return p;
}

void genre_polyphase_free(GenrePolyphase *p) {
    if (!p)
        return;
    free(p->taps);
    free(p->past);
    free(p);
}

void genre_polyphase_reset(GenrePolyphase *p) {
    /* Silence before the first sample, which lies under the middle of the first filter. */
    p->at = p->phase = 0;
    p->filled = p->n_taps / 2 - 1;
    memset(p->past, 0, p->filled * sizeof *p->past);
}

/* Partial sums, without which the order of additions, which C keeps, forbids SIMD. GCC and Clang
 * are told outright: left to themselves they may or may not see it, a factor of three. */
#if defined(__GNUC__)
typedef float Lanes __attribute__((vector_size(16)));

static float dot(const float *a, const float *b, size_t n) {
    Lanes sum[4] = {{0}}, x, y;
    for (size_t i = 0; i < n; i += 16)
        for (size_t k = 0; k < 4; k++) {
            memcpy(&x, a + i + 4 * k, sizeof x);
            memcpy(&y, b + i + 4 * k, sizeof y);
            sum[k] += x * y;
        }
    const Lanes all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    return (all[0] + all[1]) + (all[2] + all[3]);
}
#else
static float dot(const float *a, const float *b, size_t n) {
    float lane[LANES] = {0}, sum = 0;
    for (size_t i = 0; i < n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}
#endif

size_t genre_polyphase_push(GenrePolyphase *p, const float *samples, size_t n, float *out) {
    size_t n_out = 0;
    if (p->filled + n > p->n_taps + SLACK) {
        memmove(p->past, p->past + p->at, (p->filled - p->at) * sizeof *p->past);
        p->filled -= p->at;
        p->at = 0;
    }
    memcpy(p->past + p->filled, samples, n * sizeof *samples);
    p->filled += (unsigned)n;
    while (p->at + p->n_taps <= p->filled) {
        out[n_out++] = dot(p->taps + (size_t)p->phase * p->n_taps, p->past + p->at, p->n_taps);
        p->at += p->whole;
        p->phase += p->rest;
        if (p->phase >= p->n_phases) {
            p->phase -= p->n_phases;
            p->at++;
        }
    }
    return n_out;
}

size_t genre_polyphase_latency(const GenrePolyphase *p) {
    return p->n_taps / 2;
}
