/* The feature kind "chroma": how the power of a spectrum spreads over the 12 pitch classes C, C
 * sharp ... B, each 0 to 1, the strongest being 1. Equal temperament at a' = 440 Hz; no tuning is
 * estimated, as that would take the whole piece. No parameters.
 *
 * Bin k at f_k Hz lies p_k = 12 log2(f_k / 27.5) semitones above A0 and is w_k = max(1, p_{k+1} -
 * p_k) semitones wide. Class c (counted from A) takes of its power the share
 *
 *   exp(-(2 d / w_k)^2 / 2) / norm_k  exp(-((p_k / 12 - 5) / 2)^2 / 2)
 *
 * with d the distance from p_k to the nearest note of the class, norm_k the Euclidean norm of the
 * first factor over all classes, and the last factor preferring what lies around 880 Hz to the
 * muddled lows and noisy highs. This is librosa.filters.chroma (after D. Ellis, Chroma feature
 * analysis and synthesis, 2007) with its defaults, and librosa.feature.chroma_stft's division by
 * the largest; only that here no less than 1e-10 is divided by, so that silence stays 0.
 */
#include <math.h>
#include <stdlib.h>

#include "feature/kinds.h"
#include "status.h"

enum { N_CLASSES = 12 };

typedef struct {
    int n_bins;
    float *weights; /* (n_bins, 12): this way round, the inner loop vectorises */
} Chroma;

static void chroma_free(void *self) {
    Chroma *chroma = self;
    if (!chroma)
        return;
    free(chroma->weights);
    free(chroma);
}

/* Semitones above A0. Bin 0 has no pitch; librosa puts it 1.5 octaves below bin 1. */
static double pitch_of_bin(const GenreFeatureSpec *spec, int k) {
    if (k == 0)
        return pitch_of_bin(spec, 1) - 18;
    return 12 * log2(k * spec->rate_hz / spec->n_fft / 27.5);
}

static void fill_bin(float *weights, double pitch, double width) {
    double share[N_CLASSES], norm = 0;
    const double from_centre = (pitch / 12 - 5) / 2;
    for (int c = 0; c < N_CLASSES; c++) {
        const double apart = fmod(pitch - c + 6 + 1200, 12) - 6; /* -6 to 6 */
        share[c] = exp(-0.5 * (2 * apart / width) * (2 * apart / width));
        norm += share[c] * share[c];
    }
    for (int c = 0; c < N_CLASSES; c++) {
        const int from_c = (c + 9) % N_CLASSES; /* A is the tenth class from C */
        weights[from_c] = (float)(share[c] / sqrt(norm) * exp(-0.5 * from_centre * from_centre));
    }
}

static void *chroma_new(const GenreFeatureSpec *spec, const json_t *options, int *size,
                        GenreError *error) {
    (void)options;
    Chroma *chroma = calloc(1, sizeof *chroma);
    if (chroma) {
        chroma->n_bins = spec->n_fft / 2 + 1;
        chroma->weights = calloc((size_t)chroma->n_bins * N_CLASSES, sizeof *chroma->weights);
    }
    if (!chroma || !chroma->weights) {
        chroma_free(chroma);
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    for (int k = 0; k < chroma->n_bins; k++) {
        const double pitch = pitch_of_bin(spec, k);
        fill_bin(chroma->weights + (size_t)k * N_CLASSES, pitch,
                 fmax(1, pitch_of_bin(spec, k + 1) - pitch));
    }
    *size = N_CLASSES;
    return chroma;
}

static void chroma_compute(void *self, const float *power, float *out) {
    const Chroma *chroma = self;
    const float *weight = chroma->weights;
    float sum[N_CLASSES] = {0}, most = 1e-10f;
    for (int k = 0; k < chroma->n_bins; k++, weight += N_CLASSES)
        for (int c = 0; c < N_CLASSES; c++)
            sum[c] += weight[c] * power[k];
    for (int c = 0; c < N_CLASSES; c++)
        most = sum[c] > most ? sum[c] : most;
    for (int c = 0; c < N_CLASSES; c++)
        out[c] = sum[c] / most;
}

const GenreFeatureKind genre_feature_chroma = {
    .name = "chroma",
    .options = "",
    .new = chroma_new,
    .free = chroma_free,
    .only_read = true,
    .compute = chroma_compute,
};
