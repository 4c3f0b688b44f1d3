#include "feature/fft.h"

#include <kiss_fftr.h>
#include <stdlib.h>

struct GenreFft {
    int n_fft;
    kiss_fftr_cfg plan;
    kiss_fft_cpx *bins; /* (n_fft / 2 + 1) */
};

bool genre_fft_size_ok(int n_fft) {
    return n_fft >= 64 && n_fft <= 16384 && (n_fft & (n_fft - 1)) == 0;
}

GenreFft *genre_fft_new(int n_fft) {
    GenreFft *fft = calloc(1, sizeof *fft);
    if (!fft)
        return NULL;
    fft->n_fft = n_fft;
    fft->plan = kiss_fftr_alloc(n_fft, 0, NULL, NULL);
    fft->bins = calloc((size_t)n_fft / 2 + 1, sizeof *fft->bins);
    if (!fft->plan || !fft->bins) {
        genre_fft_free(fft);
        return NULL;
    }
    return fft;
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
