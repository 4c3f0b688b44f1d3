#include "augment.h"

#include <math.h>
#include <string.h>

#include "options.h"

GenreStatus augment_read(Augment *augment, const json_t *json, GenreError *error) {
    const struct {
        const char *name;
        double low, high;
        double *value;
    } numbers[] = {
        {"gain_db", 0, 60, &augment->gain_db},
        {"slope_db", 0, 60, &augment->slope_db},
        {"colour_db", 0, 30, &augment->colour_db},
        {"contrast", 0, 0.9, &augment->contrast},
        {"floor_low_db", 0, 200, &augment->floor_low_db},
        {"floor_high_db", 0, 200, &augment->floor_high_db},
        {"low_pass", 0, 1, &augment->low_pass},
        {"stretch", 0, 0.5, &augment->stretch},
        {"shift_bands", 0, 32, &augment->shift_bands},
        {"mixup", 0, 1, &augment->mixup},
    };
    GenreStatus status = genre_options_known(
        json, "\"augment\"",
        "gain_db slope_db colour_db contrast floor_low_db floor_high_db low_pass stretch "
        "shift_bands mixup time_masks time_mask_frames band_masks band_mask_bands ",
        error);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++)
        status = genre_option_real(json, numbers[i].name, numbers[i].low, numbers[i].high, 0,
                                   numbers[i].value, error);
    if (status ||
        (status = genre_option_int(json, "time_masks", 0, 16, 0, &augment->time_masks, error)) ||
        (status = genre_option_int(json, "time_mask_frames", 0, 1000, 0, &augment->time_mask_frames,
                                   error)) ||
        (status = genre_option_int(json, "band_masks", 0, 16, 0, &augment->band_masks, error)) ||
        (status = genre_option_int(json, "band_mask_bands", 0, 256, 0, &augment->band_mask_bands,
                                   error)))
        return status;
    return GENRE_SUCCESS;
}

double augment_speed(const Augment *augment, GenreRng *rng) {
    return 1 + genre_rng_between(rng, -augment->stretch, augment->stretch);
}

void augment_resample(const float *frames, int n_source, int n_bands, double start, double speed,
                      float *x, int n) {
    for (int t = 0; t < n; t++, x += n_bands) {
        const double at = start + t * speed;
        const int left = at < n_source - 1 ? (int)at : n_source - 1;
        const int right = left < n_source - 1 ? left + 1 : left;
        const float share = (float)(right > left ? at - left : 0);
        const float *a = frames + (size_t)left * n_bands, *b = frames + (size_t)right * n_bands;
        for (int i = 0; i < n_bands; i++)
            x[i] = a[i] + share * (b[i] - a[i]);
    }
}

static float loudest(const float *x, size_t n) {
    float top = x[0];
    for (size_t i = 1; i < n; i++)
        top = x[i] > top ? x[i] : top;
    return top;
}

/* Moves all frames by `bands` along the frequency axis, linearly interpolated. */
static void shift(float *x, int n, int n_bands, double bands) {
    for (int t = 0; t < n; t++, x += n_bands) {
        float row[n_bands];
        memcpy(row, x, sizeof row);
        for (int i = 0; i < n_bands; i++) {
            const double at = fmin(fmax(i - bands, 0), n_bands - 1);
            const int left = (int)at, right = left < n_bands - 1 ? left + 1 : left;
            x[i] = row[left] + (float)(at - left) * (row[right] - row[left]);
        }
    }
}

/* A gain per band: level, slope, a smooth curve of a few cosines, and maybe a low pass. */
static void draw_curve(const Augment *augment, GenreRng *rng, float *curve, int n_bands) {
    enum { COSINES = 5 };
    const double gain = genre_rng_between(rng, -augment->gain_db, augment->gain_db);
    const double slope = genre_rng_between(rng, -augment->slope_db, augment->slope_db);
    double amplitude[COSINES], phase[COSINES];
    for (int k = 0; k < COSINES; k++) {
        amplitude[k] = genre_rng_normal(rng) * augment->colour_db * sqrt(2.0 / COSINES);
        phase[k] = genre_rng_between(rng, 0, 6.283185307);
    }
    const bool cut = genre_rng_uniform(rng) < augment->low_pass;
    const double cut_from = genre_rng_between(rng, 0.45, 1) * n_bands;
    const double cut_db = genre_rng_between(rng, 2, 12); /* per band */
    for (int i = 0; i < n_bands; i++) {
        const double place = (i + 0.5) / n_bands;
        double db = gain + slope * (place - 0.5);
        for (int k = 0; k < COSINES; k++)
            db += amplitude[k] * cos(phase[k] + 3.141592654 * (k + 1) * place);
        if (cut && i > cut_from)
            db -= (i - cut_from) * cut_db;
        curve[i] = (float)db;
    }
}

/* Overwrites rows t0 to t1 and bands b0 to b1 with the excerpt's mean. */
static void mask(float *x, int n_bands, int t0, int t1, int b0, int b1, float value) {
    for (int t = t0; t < t1; t++)
        for (int b = b0; b < b1; b++)
            x[(size_t)t * n_bands + b] = value;
}

static void draw_masks(const Augment *augment, GenreRng *rng, float *x, int n, int n_bands) {
    const size_t size = (size_t)n * n_bands;
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += x[i];
    const float mean = (float)(sum / (double)size);
    for (int i = 0; i < augment->time_masks; i++) {
        const int length = (int)genre_rng_below(rng, (uint32_t)augment->time_mask_frames + 1);
        const int start = (int)genre_rng_below(rng, (uint32_t)n);
        mask(x, n_bands, start, start + length < n ? start + length : n, 0, n_bands, mean);
    }
    for (int i = 0; i < augment->band_masks; i++) {
        const int width = (int)genre_rng_below(rng, (uint32_t)augment->band_mask_bands + 1);
        const int start = (int)genre_rng_below(rng, (uint32_t)n_bands);
        mask(x, n_bands, 0, n, start, start + width < n_bands ? start + width : n_bands, mean);
    }
}

void augment_apply(const Augment *augment, GenreRng *rng, float *x, int n, int n_bands) {
    const size_t size = (size_t)n * n_bands;
    float curve[n_bands];
    const double bands = genre_rng_between(rng, -augment->shift_bands, augment->shift_bands);
    const double contrast = 1 + genre_rng_between(rng, -augment->contrast, augment->contrast);
    const double range = genre_rng_between(rng, augment->floor_low_db, augment->floor_high_db);
    if (augment->shift_bands > 0)
        shift(x, n, n_bands, bands);
    draw_curve(augment, rng, curve, n_bands);
    for (int t = 0; t < n; t++)
        for (int i = 0; i < n_bands; i++)
            x[(size_t)t * n_bands + i] += curve[i];
    const float top = loudest(x, size);
    for (size_t i = 0; i < size; i++) {
        const float under = (top - x[i]) * (float)contrast;
        x[i] = top - (range > 0 && under > (float)range ? (float)range : under);
    }
    draw_masks(augment, rng, x, n, n_bands);
}

void augment_mix(float *x, const float *y, double share, int n, int n_bands) {
    const size_t size = (size_t)n * n_bands;
    const float level = loudest(x, size) - loudest(y, size);
    for (size_t i = 0; i < size; i++) {
        const float a = powf(10, x[i] / 10), b = powf(10, (y[i] + level) / 10);
        x[i] = 10 * log10f((float)share * a + (float)(1 - share) * b + 1e-30f);
    }
}
