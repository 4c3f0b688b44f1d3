#include "reference.h"

#include <math.h>
#include <stdlib.h>

double reference_mel_to_hz(double mel) {
    return mel < 15 ? 200.0 / 3 * mel : 1000 * pow(6.4, (mel - 15) / 27);
}

double reference_hz_to_mel(double hz) {
    return hz < 1000 ? hz / (200.0 / 3) : 15 + 27 * log(hz / 1000) / log(6.4);
}

/* A table of cosines, indexed modulo n_fft, makes the naive transform bearable. */
void reference_power(const float *x, int n, double *power) {
    double *cosine = calloc((size_t)n, sizeof *cosine);
    double *windowed = calloc((size_t)n, sizeof *windowed);
    for (int i = 0; i < n; i++) {
        cosine[i] = cos(2 * 3.14159265358979323846 * i / n);
        windowed[i] = x[i] * (0.5 - 0.5 * cosine[i]);
    }
    for (int k = 0; k <= n / 2; k++) {
        double re = 0, im = 0;
        for (int i = 0, turn = 0; i < n; i++, turn = (turn + k) % n) {
            re += windowed[i] * cosine[turn];
            im += windowed[i] * cosine[(turn + n / 4) % n]; /* cos(a + pi/2) = -sin a */
        }
        power[k] = re * re + im * im;
    }
    free(cosine);
    free(windowed);
}

void reference_logmel(const ReferenceBank *bank, const double *power, double *db, double *share) {
    const int n_bins = bank->n_fft / 2 + 1;
    const double low = reference_hz_to_mel(bank->low_hz);
    const double high = reference_hz_to_mel(bank->high_hz > 0 ? bank->high_hz : bank->rate_hz / 2);
    double loudest = 0;
    for (int k = 0; k < n_bins; k++)
        loudest = fmax(loudest, power[k]);
    for (int b = 0; b < bank->n_bands; b++) {
        const double step = (high - low) / (bank->n_bands + 1);
        const double left = reference_mel_to_hz(low + step * b);
        const double centre = reference_mel_to_hz(low + step * (b + 1));
        const double right = reference_mel_to_hz(low + step * (b + 2));
        double sum = 0, weights = 0;
        for (int k = 0; k < n_bins; k++) {
            const double hz = k * bank->rate_hz / bank->n_fft;
            const double rising = (hz - left) / (centre - left);
            const double falling = (right - hz) / (right - centre);
            const double weight = fmax(0, fmin(rising, falling)) * 2 / (right - left);
            weights += weight;
            sum += weight * power[k];
        }
        share[b] = weights * loudest > 0 ? sum / (weights * loudest) : 1;
        db[b] = 10 * log10(fmax(sum, 1e-10));
    }
}

double reference_tolerance_db(double share) {
    return share > 1e-10 ? 0.05 : 0.5;
}
