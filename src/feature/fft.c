/* A real transform of n samples is a complex one of n / 2, whose real parts are the samples of even
 * number and whose imaginary ones those between, and a step that takes both apart again (Press et
 * al., Numerical Recipes, 12.3.2):
 *
 *   X[k] = (E + w_k O) / 2,  E = Z[k] + Z*[h-k],  O = Z[k] - Z*[h-k],  w_k = -i exp(-2 pi i k / n)
 *
 * with h = n / 2, and X[h-k] likewise from the same two. KissFFT's own real transform does this
 * too, but in memory that its plan holds: threads could not share one. Here the step makes the
 * power right away.
 */
#include "feature/fft.h"

#include <kiss_fft.h>
#include <math.h>
#include <stdlib.h>

struct GenreFft {
    int n_half;
    kiss_fft_cfg plan;
    kiss_fft_cpx *turn; /* (n_half / 2 + 1): w_k */
};

bool genre_fft_size_ok(int n_fft) {
    return n_fft >= 64 && n_fft <= 16384 && (n_fft & (n_fft - 1)) == 0;
}

GenreFft *genre_fft_new(int n_fft) {
    const double pi = 3.14159265358979323846;
    GenreFft *fft = calloc(1, sizeof *fft);
    if (!fft)
        return NULL;
    fft->n_half = n_fft / 2;
    fft->plan = kiss_fft_alloc(fft->n_half, 0, NULL, NULL);
    fft->turn = calloc((size_t)fft->n_half / 2 + 1, sizeof *fft->turn);
    if (!fft->plan || !fft->turn) {
        genre_fft_free(fft);
        return NULL;
    }
    for (int k = 0; k <= fft->n_half / 2; k++) {
        const double angle = -pi * ((double)k / fft->n_half + 0.5);
        fft->turn[k] = (kiss_fft_cpx){(float)cos(angle), (float)sin(angle)};
    }
    return fft;
}

void genre_fft_free(GenreFft *fft) {
    if (!fft)
        return;
    kiss_fft_free(fft->plan);
    free(fft->turn);
    free(fft);
}

void genre_fft_power(const GenreFft *fft, const float *samples, float *work, float *power) {
    const int n = fft->n_half;
    const kiss_fft_cpx *z = (const kiss_fft_cpx *)work;
    kiss_fft(fft->plan, (const kiss_fft_cpx *)samples, (kiss_fft_cpx *)work);
    const float sum = z[0].r + z[0].i, difference = z[0].r - z[0].i;
    power[0] = sum * sum;
    power[n] = difference * difference;
    for (int k = 1; k <= n / 2; k++) {
        const kiss_fft_cpx a = z[k], b = z[n - k], w = fft->turn[k];
        const float even_r = a.r + b.r, even_i = a.i - b.i;
        const float odd_r = a.r - b.r, odd_i = a.i + b.i;
        const float r = odd_r * w.r - odd_i * w.i, i = odd_r * w.i + odd_i * w.r;
        const float up_r = even_r + r, up_i = even_i + i;
        const float down_r = even_r - r, down_i = even_i - i;
        power[k] = 0.25f * (up_r * up_r + up_i * up_i);
        power[n - k] = 0.25f * (down_r * down_r + down_i * down_i);
    }
}
