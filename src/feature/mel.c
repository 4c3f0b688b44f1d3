#include "feature/mel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/kinds.h"
#include "status.h"

static const double hz_per_mel = 200.0 / 3, break_hz = 1000, break_mel = 15;

double genre_mel_from_hz(double hz) {
    if (hz < break_hz)
        return hz / hz_per_mel;
    return break_mel + log(hz / break_hz) * 27 / log(6.4);
}

double genre_mel_to_hz(double mel) {
    if (mel < break_mel)
        return mel * hz_per_mel;
    return break_hz * exp((mel - break_mel) * log(6.4) / 27);
}

/* A triangle reaches over few bins, so only those are kept, one band's after the other's. */
typedef struct {
    int first_bin, n_bins;
    size_t first_weight;
} Band;

typedef struct {
    int n_bands;
    double low_hz, high_hz;
    Band *bands;
    float *weights;
} LogMel;

static void logmel_free(void *self) {
    LogMel *mel = self;
    if (!mel)
        return;
    free(mel->bands);
    free(mel->weights);
    free(mel);
}

/* Triangle `band` at `hz`: rises from edge[0] to edge[1], falls to edge[2]; area 1 Hz. */
static double triangle(const double *edge, double hz) {
    const double up = (hz - edge[0]) / (edge[1] - edge[0]);
    const double down = (edge[2] - hz) / (edge[2] - edge[1]);
    const double height = up < down ? up : down;
    return height > 0 ? height * 2 / (edge[2] - edge[0]) : 0;
}

static void *logmel_new(const GenreFeatureSpec *spec, const json_t *options, int *size,
                        GenreError *error) {
    int n_bands;
    double low_hz, high_hz;
    if (genre_option_int(options, "bands", 2, 256, 128, &n_bands, error) ||
        genre_option_real(options, "low_hz", 0, spec->rate_hz / 2, 0, &low_hz, error) ||
        genre_option_real(options, "high_hz", 1, spec->rate_hz / 2, spec->rate_hz / 2, &high_hz,
                          error))
        return NULL;
    if (high_hz <= low_hz) {
        genre_fail(error, GENRE_ERR_FORMAT, "feature: high_hz %g is not above low_hz %g", high_hz,
                   low_hz);
        return NULL;
    }
    const int n_bins = spec->n_fft / 2 + 1;
    const double low_mel = genre_mel_from_hz(low_hz);
    const double step = (genre_mel_from_hz(high_hz) - low_mel) / (n_bands + 1);
    LogMel *mel = calloc(1, sizeof *mel);
    if (!mel)
        goto no_memory;
    mel->n_bands = n_bands;
    mel->low_hz = low_hz;
    mel->high_hz = high_hz;
    mel->bands = calloc((size_t)n_bands, sizeof *mel->bands);
    /* Each bin lies under at most two triangles. */
    mel->weights = calloc((size_t)n_bins * 2, sizeof *mel->weights);
    if (!mel->bands || !mel->weights)
        goto no_memory;
    size_t n_weights = 0;
    for (int b = 0; b < n_bands; b++) {
        double edge[3];
        for (int e = 0; e < 3; e++)
            edge[e] = genre_mel_to_hz(low_mel + step * (b + e));
        Band *band = &mel->bands[b];
        band->first_weight = n_weights;
        for (int k = (int)(edge[0] * spec->n_fft / spec->rate_hz); k < n_bins; k++) {
            const double hz = k * spec->rate_hz / spec->n_fft, weight = triangle(edge, hz);
            if (hz >= edge[2])
                break;
            if (weight <= 0)
                continue;
            if (band->n_bins++ == 0)
                band->first_bin = k;
            mel->weights[n_weights++] = (float)weight;
        }
    }
    *size = n_bands;
    return mel;

no_memory:
    logmel_free(mel);
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return NULL;
}

/* log2 as exponent plus a polynomial in the mantissa: vectorisable, unlike logf, and within
 * 1e-5 (3e-5 dB), far below what a band's value is known to. Positive normal numbers only. The
 * coefficients interpolate log2(1 + t) / t at the Chebyshev nodes of 0 to 1. */
static float log2_fast(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const float exponent = (float)((int32_t)(bits >> 23) - 127);
    bits = (bits & 0x7fffff) | 0x3f800000;
    float t;
    memcpy(&t, &bits, sizeof t);
    t -= 1;
    static const float c[] = {1.44269499f,  -0.721339513f,  0.48067889f,
                              -0.35829907f, 0.275221212f,   -0.196238952f,
                              0.111832074f, -0.0419450089f, 0.00739540212f};
    float sum = c[8];
    for (int i = 7; i >= 0; i--)
        sum = sum * t + c[i];
    return exponent + sum * t;
}

static void logmel_compute(void *self, const float *power, float *out) {
    const LogMel *mel = self;
    for (int b = 0; b < mel->n_bands; b++) {
        const Band *band = &mel->bands[b];
        const float *weight = mel->weights + band->first_weight;
        const float *bin = power + band->first_bin;
        float sum = 0;
        for (int k = 0; k < band->n_bins; k++)
            sum += weight[k] * bin[k];
        out[b] = sum;
    }
    const float db_per_octave = 3.01029996f; /* 10 log10(2) */
    for (int b = 0; b < mel->n_bands; b++)
        out[b] = db_per_octave * log2_fast(out[b] > 1e-10f ? out[b] : 1e-10f);
}

static bool logmel_from_mel(void *self, const GenreMelFrame *frame, float *out) {
    const LogMel *mel = self;
    if (frame->n_bands != mel->n_bands || frame->low_hz != mel->low_hz ||
        frame->high_hz != mel->high_hz)
        return false;
    memcpy(out, frame->db, (size_t)mel->n_bands * sizeof *out);
    return true;
}

const GenreFeatureKind genre_feature_logmel = {
    .name = "logmel",
    .options = "bands low_hz high_hz",
    .new = logmel_new,
    .free = logmel_free,
    .only_read = true,
    .compute = logmel_compute,
    .from_mel = logmel_from_mel,
};
