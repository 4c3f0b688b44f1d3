/* The feature kind "mfcc": mel-frequency cepstral coefficients, the orthonormal DCT-II of log-mel
 * bands (Davis and Mermelstein 1980), weighted by a raised sine where asked for (Juang, Rabiner and
 * Wilpon 1987):
 *
 *   y[k] = w_k s_k sum_i x[i] cos(pi k (i + 1/2) / n),   s_0 = sqrt(1/n), s_k = sqrt(2/n)
 *   w_k = 1 + lifter / 2 sin(pi (k + 1) / lifter)        (1 where lifter is 0)
 *
 * Parameters "coefficients" (20), "lifter" (0), and those of "logmel". As librosa.feature.mfcc,
 * except that bands are not raised to 80 dB under the clip's loudest: in a stream that is not
 * known.
 */
#include <math.h>
#include <stdlib.h>

#include "feature/kinds.h"
#include "status.h"

typedef struct {
    void *mel; /* of the kind logmel */
    int n_bands, n_coefficients;
    float *bands;  /* (n_bands) in dB */
    float *matrix; /* (n_bands, n_coefficients): this way round, the inner loop vectorises */
} Mfcc;

static void mfcc_free(void *self) {
    Mfcc *mfcc = self;
    if (!mfcc)
        return;
    genre_feature_logmel.free(mfcc->mel);
    free(mfcc->bands);
    free(mfcc->matrix);
    free(mfcc);
}

static void fill_matrix(Mfcc *mfcc, double lifter) {
    static const double pi = 3.14159265358979323846;
    const int n = mfcc->n_bands, n_out = mfcc->n_coefficients;
    for (int k = 0; k < n_out; k++) {
        const double weight = lifter > 0 ? 1 + lifter / 2 * sin(pi * (k + 1) / lifter) : 1;
        const double scale = weight * sqrt((k ? 2.0 : 1.0) / n);
        for (int i = 0; i < n; i++)
            mfcc->matrix[i * n_out + k] = (float)(scale * cos(pi * k * (i + 0.5) / n));
    }
}

static void *mfcc_new(const GenreFeatureSpec *spec, const json_t *options, int *size,
                      GenreError *error) {
    double lifter;
    Mfcc *mfcc = calloc(1, sizeof *mfcc);
    if (!mfcc) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    mfcc->mel = genre_feature_logmel.new(spec, options, &mfcc->n_bands, error);
    const int n = mfcc->n_bands;
    if (!mfcc->mel ||
        genre_option_int(options, "coefficients", 1, n, n < 20 ? n : 20, &mfcc->n_coefficients,
                         error) ||
        genre_option_real(options, "lifter", 0, 1000, 0, &lifter, error)) {
        mfcc_free(mfcc);
        return NULL;
    }
    mfcc->bands = calloc((size_t)n, sizeof *mfcc->bands);
    mfcc->matrix = calloc((size_t)n * mfcc->n_coefficients, sizeof *mfcc->matrix);
    if (!mfcc->bands || !mfcc->matrix) {
        mfcc_free(mfcc);
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    fill_matrix(mfcc, lifter);
    *size = mfcc->n_coefficients;
    return mfcc;
}

static void transform(const Mfcc *mfcc, float *out) {
    const int n_out = mfcc->n_coefficients;
    for (int k = 0; k < n_out; k++)
        out[k] = 0;
    for (int i = 0; i < mfcc->n_bands; i++)
        for (int k = 0; k < n_out; k++)
            out[k] += mfcc->bands[i] * mfcc->matrix[i * n_out + k];
}

static void mfcc_compute(void *self, const float *power, float *out) {
    const Mfcc *mfcc = self;
    genre_feature_logmel.compute(mfcc->mel, power, mfcc->bands);
    transform(mfcc, out);
}

static bool mfcc_from_mel(void *self, const GenreMelFrame *frame, float *out) {
    const Mfcc *mfcc = self;
    if (!genre_feature_logmel.from_mel(mfcc->mel, frame, mfcc->bands))
        return false;
    transform(mfcc, out);
    return true;
}

const GenreFeatureKind genre_feature_mfcc = {
    .name = "mfcc",
    .options = "coefficients lifter bands low_hz high_hz",
    .new = mfcc_new,
    .free = mfcc_free,
    .compute = mfcc_compute,
    .from_mel = mfcc_from_mel,
};
