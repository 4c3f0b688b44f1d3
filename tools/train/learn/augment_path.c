#include "learn/augment_path.h"

#include <math.h>
#include <stdbool.h>

#include "feature/mel.h"

/* The bands' edges are evenly spaced in mel, from below the first centre to above the last. */
void augment_path_place(AugmentPath *path, double low_hz, double high_hz, double frame_s,
                        int n_bands) {
    const double low = genre_mel_from_hz(low_hz), high = genre_mel_from_hz(high_hz);
    const double step = (high - low) / (n_bands + 1);
    for (int b = 0; b < n_bands; b++) {
        const double at = low + step * (b + 1);
        const double width_hz = genre_mel_to_hz(at + step / 2) - genre_mel_to_hz(at - step / 2);
        path->centre_hz[b] = (float)genre_mel_to_hz(at);
        path->width[b] = (float)(width_hz / (high_hz - low_hz));
    }
    path->frame_s = frame_s;
    path->low_mel = low;
    path->step_mel = step;
}

double augment_path_band(const AugmentPath *path, double hz) {
    return (genre_mel_from_hz(hz) - path->low_mel) / path->step_mel - 1;
}

void augment_path_low_cut(const AugmentPath *path, GenreRng *rng, float *curve, int n_bands) {
    if (path->low_cut == 0 || genre_rng_uniform(rng) >= path->low_cut)
        return;
    const double corner_hz = 50 * exp(genre_rng_uniform(rng) * log(500.0 / 50));
    const double order = genre_rng_between(rng, 1, 4);
    for (int b = 0; b < n_bands; b++)
        curve[b] -= (float)(10 * log10(1 + pow(corner_hz / path->centre_hz[b], 2 * order)));
}

/* An exponential tail behind every frame, of `level` times its power in all. */
static void add_room(const AugmentPath *path, GenreRng *rng, AugmentBands bands) {
    const double fade_s = 0.2 * exp(genre_rng_uniform(rng) * log(1 / 0.2));
    const double level = pow(10, genre_rng_between(rng, -1.8, -0.3));
    const float kept = (float)pow(10, -6 * path->frame_s / fade_s);
    const float gain = (float)(level * (1 / (double)kept - 1));
    float tail[AUGMENT_MAX_BANDS] = {0};
    for (int t = 0; t < bands.n; t++) {
        float *x = bands.x + (size_t)t * bands.size;
        for (int b = 0; b < bands.n_bands; b++) {
            const float direct = x[b];
            x[b] += gain * tail[b];
            tail[b] = kept * (tail[b] + direct);
        }
    }
}

static void add_noise(const AugmentPath *path, GenreRng *rng, AugmentBands bands) {
    const double snr_db = genre_rng_between(rng, path->snr_low_db, path->snr_high_db);
    const double slope_db = genre_rng_between(rng, -15, 15);
    double music = 0, noise = 0;
    float level[AUGMENT_MAX_BANDS];
    for (int b = 0; b < bands.n_bands; b++) {
        double sum = 0;
        for (int t = 0; t < bands.n; t++)
            sum += bands.x[(size_t)t * bands.size + b];
        music += path->width[b] * sum / bands.n;
        level[b] = (float)pow(10, slope_db / 10 * (b + 0.5) / bands.n_bands);
        noise += path->width[b] * level[b];
    }
    const float gain = (float)(music / (noise + 1e-30) * pow(10, -snr_db / 10));
    for (int t = 0; t < bands.n; t++)
        for (int b = 0; b < bands.n_bands; b++)
            /* A band's power in one frame is the mean of few values, so it varies. */
            bands.x[(size_t)t * bands.size + b] +=
                gain * level[b] * expf(0.15F * (float)genre_rng_normal(rng));
}

void augment_path_apply(const AugmentPath *path, GenreRng *rng, AugmentBands bands) {
    const bool room = path->room > 0 && genre_rng_uniform(rng) < path->room;
    const bool noise = path->noise > 0 && genre_rng_uniform(rng) < path->noise;
    if (!room && !noise)
        return;
    AUGMENT_EACH(bands, v)
    *v = powf(10, *v / 10);
    if (room)
        add_room(path, rng, bands);
    if (noise)
        add_noise(path, rng, bands);
    AUGMENT_EACH(bands, v)
    *v = 10 * log10f(*v + 1e-20F);
}
