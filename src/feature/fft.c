#include "feature/fft.h"

#include <kiss_fftr.h>
#include <stdlib.h>
#include <string.h>

struct GenreFft {
    int n_fft;
    kiss_fftr_cfg plan;
    kiss_fft_cpx *bins; /* (n_fft / 2 + 1) */
};

bool genre_fft_size_ok(int n_fft) {
    return n_fft >= 64 && n_fft <= 16384 && (n_fft & (n_fft - 1)) == 0;
}

static GenreFft *new_plan(int n_fft, int inverse) {
    GenreFft *fft = calloc(1, sizeof *fft);
    if (!fft)
        return NULL;
    fft->n_fft = n_fft;
    fft->plan = kiss_fftr_alloc(n_fft, inverse, NULL, NULL);
    fft->bins = calloc((size_t)n_fft / 2 + 1, sizeof *fft->bins);
    if (!fft->plan || !fft->bins) {
        genre_fft_free(fft);
        return NULL;
    }
    return fft;
}

GenreFft *genre_fft_new(int n_fft) {
    return new_plan(n_fft, 0);
}

GenreFft *genre_fft_new_inverse(int n_fft) {
    return new_plan(n_fft, 1);
}

void genre_fft_free(GenreFft *fft) {
    if (!fft)
        return;
    kiss_fftr_free(fft->plan);
    free(fft->bins);
    free(fft);
}

void genre_fft_power(GenreFft *fft, const float *samples, float *power) {
    const int n_bins = fft->n_fft / 2 + 1;
    kiss_fftr(fft->plan, samples, fft->bins);
    for (int k = 0; k < n_bins; k++)
        power[k] = fft->bins[k].r * fft->bins[k].r + fft->bins[k].i * fft->bins[k].i;
}

void genre_fft_forward(GenreFft *fft, const float *samples, float *bins) {
    kiss_fftr(fft->plan, samples, fft->bins);
    memcpy(bins, fft->bins, ((size_t)fft->n_fft / 2 + 1) * sizeof *fft->bins);
}

void genre_fft_inverse(GenreFft *fft, const float *bins, float *samples) {
    const float scale = 1 / (float)fft->n_fft;
    memcpy(fft->bins, bins, ((size_t)fft->n_fft / 2 + 1) * sizeof *fft->bins);
    kiss_fftri(fft->plan, fft->bins, samples);
    for (int i = 0; i < fft->n_fft; i++)
        samples[i] *= scale;
}
