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
#include <string.h>

struct GenreFft {
    int n_half;
    kiss_fft_cfg plan;
    float *turn_r, *turn_i; /* (n_half / 2 + 1): w_k */
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
    const int n_turns = fft->n_half / 2 + 1;
    fft->turn_r = calloc(2 * (size_t)n_turns, sizeof *fft->turn_r);
    if (!fft->plan || !fft->turn_r) {
        genre_fft_free(fft);
        return NULL;
    }
    fft->turn_i = fft->turn_r + n_turns;
    for (int k = 0; k < n_turns; k++) {
        const double angle = -pi * ((double)k / fft->n_half + 0.5);
        fft->turn_r[k] = (float)cos(angle);
        fft->turn_i[k] = (float)sin(angle);
    }
    return fft;
}

void genre_fft_free(GenreFft *fft) {
    if (!fft)
        return;
    kiss_fft_free(fft->plan);
    free(fft->turn_r);
    free(fft);
}

/* Bins that are taken apart at a time: in pieces with real and imaginary parts in arrays of their
 * own, and few enough to stay in the first-level cache, compilers vectorise it. */
enum { PIECE = 64 };

typedef struct {
    float r[PIECE], i[PIECE];
} Piece;

static inline void split(const kiss_fft_cpx *restrict z, int n, Piece *restrict piece) {
    for (int k = 0; k < n; k++) {
        piece->r[k] = z[k].r;
        piece->i[k] = z[k].i;
    }
}

/* The power of n bins from `first` on, and of those that mirror them. */
static void take_apart(const GenreFft *fft, const kiss_fft_cpx *z, int first, int n,
                       float *restrict power) {
    const float *turn_r = fft->turn_r + first, *turn_i = fft->turn_i + first;
    const int mirror = fft->n_half - first; /* of the first */
    float down[PIECE];
    Piece a, b;
    split(z + first, n, &a);
    split(z + mirror - (n - 1), n, &b);
    for (int k = 0; k < n; k++) {
        const float b_r = b.r[n - 1 - k], b_i = b.i[n - 1 - k];
        const float even_r = a.r[k] + b_r, even_i = a.i[k] - b_i;
        const float odd_r = a.r[k] - b_r, odd_i = a.i[k] + b_i;
        const float r = odd_r * turn_r[k] - odd_i * turn_i[k];
        const float i = odd_r * turn_i[k] + odd_i * turn_r[k];
        const float up_r = even_r + r, up_i = even_i + i;
        const float down_r = even_r - r, down_i = even_i - i;
        power[first + k] = 0.25f * (up_r * up_r + up_i * up_i);
        down[n - 1 - k] = 0.25f * (down_r * down_r + down_i * down_i);
    }
    memcpy(power + mirror - (n - 1), down, (size_t)n * sizeof *down);
}

void genre_fft_power(const GenreFft *fft, const float *samples, float *work, float *power) {
    const int n = fft->n_half;
    const kiss_fft_cpx *z = (const kiss_fft_cpx *)work;
    kiss_fft(fft->plan, (const kiss_fft_cpx *)samples, (kiss_fft_cpx *)work);
    const float sum = z[0].r + z[0].i, difference = z[0].r - z[0].i;
    power[0] = sum * sum;
    power[n] = difference * difference;
    for (int k = 1; k <= n / 2; k += PIECE)
        take_apart(fft, z, k, n / 2 + 1 - k < PIECE ? n / 2 + 1 - k : PIECE, power);
}
