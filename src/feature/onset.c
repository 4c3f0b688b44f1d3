/* The feature kind "onset": onset strength, one value: by how many dB the log-mel bands have risen
 * since the spectrum before, those that fell counting as 0, in the mean over all bands. That is
 * the spectral flux of Boeck and Widmer (Maximum filter vibrato suppression for onset detection,
 * 2013) without the maximum filter, as librosa.onset.onset_strength computes it. 0 at the start.
 *
 * Parameters "floor_db" (-100 to 100; -100), which bands are taken to hold at least, so that what
 * comes out of silence is not an onset above all others, and those of "logmel".
 */
#include <stdlib.h>
#include <string.h>

#include "feature/kinds.h"
#include "status.h"

typedef struct {
    void *mel; /* of the kind logmel */
    int n_bands;
    float floor_db;
    bool started;          /* `before` holds bands */
    float *bands, *before; /* (n_bands) in dB: of this spectrum and the last */
} Onset;

static void onset_free(void *self) {
    Onset *onset = self;
    if (!onset)
        return;
    genre_feature_logmel.free(onset->mel);
    free(onset->bands);
    free(onset->before);
    free(onset);
}

static void *onset_new(const GenreFeatureSpec *spec, const json_t *options, int *size,
                       GenreError *error) {
    double floor_db;
    Onset *onset = calloc(1, sizeof *onset);
    if (!onset) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    onset->mel = genre_feature_logmel.new(spec, options, &onset->n_bands, error);
    if (!onset->mel || genre_option_real(options, "floor_db", -100, 100, -100, &floor_db, error)) {
        onset_free(onset);
        return NULL;
    }
    onset->floor_db = (float)floor_db;
    onset->bands = calloc((size_t)onset->n_bands, sizeof *onset->bands);
    onset->before = calloc((size_t)onset->n_bands, sizeof *onset->before);
    if (!onset->bands || !onset->before) {
        onset_free(onset);
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    *size = 1;
    return onset;
}

static void onset_reset(void *self) {
    Onset *onset = self;
    onset->started = false;
}

static void onset_compute(void *self, const float *power, float *out) {
    Onset *onset = self;
    float sum = 0;
    genre_feature_logmel.compute(onset->mel, power, onset->bands);
    for (int b = 0; b < onset->n_bands; b++) {
        if (onset->bands[b] < onset->floor_db)
            onset->bands[b] = onset->floor_db;
        const float rise = onset->bands[b] - onset->before[b];
        sum += rise > 0 ? rise : 0;
    }
    *out = onset->started ? sum / (float)onset->n_bands : 0;
    memcpy(onset->before, onset->bands, (size_t)onset->n_bands * sizeof *onset->bands);
    onset->started = true;
}

const GenreFeatureKind genre_feature_onset = {
    .name = "onset",
    .options = "floor_db bands low_hz high_hz",
    .new = onset_new,
    .free = onset_free,
    .reset = onset_reset,
    .compute = onset_compute,
};
