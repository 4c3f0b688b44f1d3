#include "feature/feature.h"

#include <stdio.h>
#include <stdlib.h>

#include "feature/fft.h"
#include "feature/kinds.h"
#include "feature/stft.h"
#include "status.h"

struct GenreFeature {
    const GenreFeatureKind *kind;
    void *self;
    bool self_is_shared; /* with the one that it was made beside */
    GenreFeatureSpec spec;
    GenreStft *stft;
    int size;
    int n_summed; /* spectra in `frame` since the last complete one */
    float *row;   /* (size) values of one spectrum */
    float *frame; /* (size) their running sum, then mean */
};

static GenreStatus read_spec(const json_t *description, GenreFeatureSpec *spec, GenreError *error) {
    GenreStatus status;
    if ((status = genre_option_real(description, "rate_hz", 8000, 48000, 22050, &spec->rate_hz,
                                    error)) ||
        (status = genre_option_int(description, "n_fft", 64, 16384, 2048, &spec->n_fft, error)) ||
        (status = genre_option_int(description, "hop", 1, spec->n_fft, spec->n_fft / 4, &spec->hop,
                                   error)) ||
        (status = genre_option_int(description, "mean_hops", 1, 64, 1, &spec->mean_hops, error)))
        return status;
    if (!genre_fft_size_ok(spec->n_fft))
        return genre_fail(error, GENRE_ERR_FORMAT, "n_fft %d is not a power of two", spec->n_fft);
    /* A hostile model must not make a frame cost more than a frame lasts. */
    if (spec->hop < 32)
        return genre_fail(error, GENRE_ERR_FORMAT, "a hop of %d samples is under 32", spec->hop);
    return GENRE_SUCCESS;
}

GenreFeature *genre_feature_new(const json_t *description, GenreError *error) {
    const GenreFeatureKind *kind = genre_feature_kind(description, error);
    GenreFeatureSpec spec;
    char known[128];
    if (!kind)
        return NULL;
    snprintf(known, sizeof known, "kind rate_hz n_fft hop mean_hops %s", kind->options);
    if (genre_options_known(description, "the feature", known, error) ||
        read_spec(description, &spec, error))
        return NULL;
    GenreFeature *feature = calloc(1, sizeof *feature);
    if (!feature)
        goto no_memory;
    feature->kind = kind;
    feature->spec = spec;
    feature->self = kind->new (&spec, description, &feature->size, error);
    if (!feature->self) {
        genre_feature_free(feature);
        return NULL;
    }
    feature->stft = genre_stft_new(spec.n_fft, spec.hop);
    feature->row = calloc((size_t)feature->size, sizeof(float));
    feature->frame = calloc((size_t)feature->size, sizeof(float));
    if (!feature->stft || !feature->row || !feature->frame)
        goto no_memory;
    return feature;

no_memory:
    genre_feature_free(feature);
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    return NULL;
}

GenreFeature *genre_feature_new_beside(const GenreFeature *first, const json_t *description,
                                       bool same_thread, GenreError *error) {
    GenreFeature *feature = malloc(sizeof *feature);
    if (!feature) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    *feature = *first;
    feature->n_summed = 0;
    /* A kind without a reset has nothing to remember. */
    feature->self_is_shared = first->kind->only_read || (same_thread && !first->kind->reset);
    if (!feature->self_is_shared)
        feature->self = first->kind->new (&first->spec, description, &feature->size, error);
    feature->stft = genre_stft_new_beside(first->stft, same_thread);
    feature->row = calloc((size_t)feature->size, sizeof(float));
    feature->frame = calloc((size_t)feature->size, sizeof(float));
    if (!feature->self || !feature->stft || !feature->row || !feature->frame) {
        genre_feature_free(feature);
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    return feature;
}

void genre_feature_free(GenreFeature *feature) {
    if (!feature)
        return;
    if (!feature->self_is_shared)
        feature->kind->free(feature->self);
    genre_stft_free(feature->stft);
    free(feature->row);
    free(feature->frame);
    free(feature);
}

void genre_feature_reset(GenreFeature *feature) {
    genre_stft_reset(feature->stft);
    feature->n_summed = 0;
    if (feature->kind->reset)
        feature->kind->reset(feature->self);
}

int genre_feature_size(const GenreFeature *feature) {
    return feature->size;
}

const GenreFeatureSpec *genre_feature_spec(const GenreFeature *feature) {
    return &feature->spec;
}

double genre_feature_period_s(const GenreFeature *feature) {
    return feature->spec.hop * feature->spec.mean_hops / feature->spec.rate_hz;
}

/* Adds one spectrum's values to the frame; true when that completes it. */
static bool add_row(GenreFeature *feature) {
    float *const row = feature->n_summed == 0 ? feature->frame : feature->row;
    feature->kind->compute(feature->self, genre_stft_power(feature->stft), row);
    if (feature->n_summed > 0)
        for (int i = 0; i < feature->size; i++)
            feature->frame[i] += row[i];
    if (++feature->n_summed < feature->spec.mean_hops)
        return false;
    const float scale = 1.0f / (float)feature->n_summed;
    for (int i = 0; i < feature->size; i++)
        feature->frame[i] *= scale;
    feature->n_summed = 0;
    return true;
}

size_t genre_feature_push(GenreFeature *feature, const float *samples, size_t n, bool *ready) {
    size_t taken = 0;
    *ready = false;
    while (taken < n && !*ready) {
        bool spectrum;
        taken += genre_stft_push(feature->stft, samples + taken, n - taken, &spectrum);
        if (spectrum)
            *ready = add_row(feature);
    }
    return taken;
}

const float *genre_feature_frame(const GenreFeature *feature) {
    return feature->frame;
}

bool genre_feature_from_mel(GenreFeature *feature, const GenreMelFrame *mel, float *out) {
    return feature->kind->from_mel && feature->kind->from_mel(feature->self, mel, out);
}
