/* The feature kind "contrast": spectral contrast, how far peaks stand above valleys in each octave
 * (Jiang, Lu, Zhang, Tao and Cai, Music type classification by spectral contrast feature, 2002).
 *
 * Band 0 reaches from 0 Hz to low_hz, band i from low_hz 2^(i-1) to low_hz 2^i, the last one on to
 * half the rate: octaves + 1 bands. In each, the magnitudes are sorted; peak and valley are the
 * means of the largest and of the smallest `quantile` of them, at least one bin. The value is
 * 10 log10(peak) - 10 log10(valley), each taken as at least 1e-10: dB of a ratio of magnitudes, as
 * in librosa.feature.spectral_contrast, whose band edges these are, too. (There,
 * peaks and valleys are each raised to 80 dB under the clip's largest; in a stream that is not
 * known.)
 *
 * Parameters "octaves" (1 to 10; 6), "low_hz" (200), "quantile" (0.02).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/kinds.h"
#include "status.h"

enum { MAX_BANDS = 11 };

typedef struct {
    int first_bin, n_bins;
    int n_mean; /* bins that peak and valley are the means of */
} Band;

typedef struct {
    int n_bands;
    Band bands[MAX_BANDS];
    uint32_t *sorted, *spare; /* (n_fft / 2 + 1) each */
} Contrast;

static void contrast_free(void *self) {
    Contrast *contrast = self;
    if (!contrast)
        return;
    free(contrast->sorted);
    free(contrast->spare);
    free(contrast);
}

/* Which bins band `b` has: librosa takes those from edge to edge and one more below, then leaves
 * out the uppermost, so that neighbours share none. False where no bin is left. */
static bool place_band(Contrast *contrast, const GenreFeatureSpec *spec, int b, double low_hz,
                       double quantile) {
    const int n_bins = spec->n_fft / 2 + 1;
    const double hz_per_bin = spec->rate_hz / spec->n_fft;
    const double from_hz = b ? ldexp(low_hz, b - 1) : 0, to_hz = ldexp(low_hz, b);
    int first = 0, end = 0;
    while (first < n_bins && first * hz_per_bin < from_hz)
        first++;
    while (end < n_bins && end * hz_per_bin <= to_hz)
        end++;
    if (first >= end)
        return false;
    first -= b > 0;
    if (b == contrast->n_bands - 1)
        end = n_bins;
    const double share = rint(quantile * (end - first));
    end -= b < contrast->n_bands - 1;
    if (first >= end)
        return false;
    const int n = end - first;
    contrast->bands[b] = (Band){first, n, share < 1 ? 1 : share > n ? n : (int)share};
    return true;
}

static void *contrast_new(const GenreFeatureSpec *spec, const json_t *options, int *size,
                          GenreError *error) {
    const size_t n_bins = (size_t)spec->n_fft / 2 + 1;
    int n_octaves;
    double low_hz, quantile;
    if (genre_option_int(options, "octaves", 1, MAX_BANDS - 1, 6, &n_octaves, error) ||
        genre_option_real(options, "low_hz", 20, spec->rate_hz / 2, 200, &low_hz, error) ||
        genre_option_real(options, "quantile", 0, 0.5, 0.02, &quantile, error))
        return NULL;
    Contrast *contrast = calloc(1, sizeof *contrast);
    if (!contrast)
        goto no_memory;
    contrast->n_bands = n_octaves + 1;
    for (int b = 0; b < contrast->n_bands; b++)
        if ((b && ldexp(low_hz, b - 1) >= spec->rate_hz / 2) ||
            !place_band(contrast, spec, b, low_hz, quantile)) {
            contrast_free(contrast);
            genre_fail(error, GENRE_ERR_FORMAT,
                       "feature: %d octaves from %g Hz on are too narrow, or reach beyond what "
                       "there is to hear, at %g Hz and n_fft %d",
                       n_octaves, low_hz, spec->rate_hz, spec->n_fft);
            return NULL;
        }
    contrast->sorted = calloc(n_bins, sizeof *contrast->sorted);
    contrast->spare = calloc(n_bins, sizeof *contrast->spare);
    if (!contrast->sorted || !contrast->spare)
        goto no_memory;
    *size = contrast->n_bands;
    return contrast;

no_memory:
    contrast_free(contrast);
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return NULL;
}

/* Sorts n floats that are not negative: these lie in the order of their bits. Radix sort, because
 * its time does not depend on the sound, and qsort may allocate. */
static void sort_bits(uint32_t *values, uint32_t *spare, int n) {
    for (int shift = 0; shift < 32; shift += 8) {
        int start[257] = {0};
        for (int i = 0; i < n; i++)
            start[(values[i] >> shift & 255) + 1]++;
        for (int d = 0; d < 256; d++)
            start[d + 1] += start[d];
        for (int i = 0; i < n; i++)
            spare[start[values[i] >> shift & 255]++] = values[i];
        uint32_t *const other = spare;
        spare = values;
        values = other;
    } /* after an even number of passes the result lies where it came from */
}

/* 10 log10 of the mean magnitude of n bins, given the bits of their powers. */
static float mean_db(const uint32_t *bits, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) {
        float power;
        memcpy(&power, &bits[i], sizeof power);
        sum += sqrtf(power);
    }
    return 10 * log10f(fmaxf(sum / (float)n, 1e-10f));
}

static void contrast_compute(void *self, const float *power, float *out) {
    const Contrast *contrast = self;
    for (int b = 0; b < contrast->n_bands; b++) {
        const Band *band = &contrast->bands[b];
        memcpy(contrast->sorted, power + band->first_bin, (size_t)band->n_bins * sizeof *power);
        sort_bits(contrast->sorted, contrast->spare, band->n_bins);
        out[b] = mean_db(contrast->sorted + band->n_bins - band->n_mean, band->n_mean) -
                 mean_db(contrast->sorted, band->n_mean);
    }
}

const GenreFeatureKind genre_feature_contrast = {
    .name = "contrast",
    .options = "octaves low_hz quantile",
    .new = contrast_new,
    .free = contrast_free,
    .compute = contrast_compute,
};
