#include "waveform/biquad.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

typedef struct {
    double b[3], a[3];
} Coefficients;

static Coefficients passes(BiquadKind kind, double cosine, double alpha) {
    const double sign = kind == BIQUAD_LOW_PASS ? -1 : 1, edge = (1 + sign * cosine) / 2;
    return (Coefficients){{edge, -sign * 2 * edge, edge}, {1 + alpha, -2 * cosine, 1 - alpha}};
}

static Coefficients bell(double cosine, double alpha, double gain) {
    return (Coefficients){{1 + alpha * gain, -2 * cosine, 1 - alpha * gain},
                          {1 + alpha / gain, -2 * cosine, 1 - alpha / gain}};
}

/* A high shelf is a low one with the frequency axis turned round: the cosine's sign. */
static Coefficients shelf(BiquadKind kind, double cosine, double alpha, double gain) {
    const double sign = kind == BIQUAD_LOW_SHELF ? 1 : -1, c = sign * cosine;
    const double root = 2 * sqrt(gain) * alpha;
    return (Coefficients){
        {gain * (gain + 1 - (gain - 1) * c + root), sign * 2 * gain * (gain - 1 - (gain + 1) * c),
         gain * (gain + 1 - (gain - 1) * c - root)},
        {gain + 1 + (gain - 1) * c + root, sign * -2 * (gain - 1 + (gain + 1) * c),
         gain + 1 + (gain - 1) * c - root}};
}

void biquad_filter(BiquadKind kind, double rate_hz, double hz, double q, double db, float *samples,
                   size_t n) {
    const double angle = 2 * pi * fmin(hz, 0.49 * rate_hz) / rate_hz;
    const double cosine = cos(angle), alpha = sin(angle) / (2 * q), gain = pow(10, db / 40);
    const Coefficients c = kind == BIQUAD_LOW_PASS || kind == BIQUAD_HIGH_PASS
                               ? passes(kind, cosine, alpha)
                           : kind == BIQUAD_BELL ? bell(cosine, alpha, gain)
                                                 : shelf(kind, cosine, alpha, gain);
    double s1 = 0, s2 = 0; /* transposed direct form II */
    for (size_t i = 0; i < n; i++) {
        const double x = samples[i], y = (c.b[0] * x + s1) / c.a[0];
        s1 = c.b[1] * x - c.a[1] * y + s2;
        s2 = c.b[2] * x - c.a[2] * y;
        samples[i] = (float)y;
    }
}
