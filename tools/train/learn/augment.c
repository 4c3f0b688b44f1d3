#include "learn/augment.h"

#include <math.h>
#include <string.h>

#include "clips/frames.h"
#include "options.h"
#include "status.h"

/* The first of its members that changes bands, NULL: none does. */
static const char *changes_bands(const json_t *json) {
    static const char *const names[] = {
        "gain_db",    "slope_db",        "colour_db", "contrast", "floor_low_db", "floor_high_db",
        "low_pass",   "low_cut",         "room",      "noise",    "shift_bands",  "time_masks",
        "band_masks", "pitch_semitones", "restyle"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_number_value(json_object_get(json, names[i])) != 0)
            return names[i];
    return NULL;
}

GenreStatus augment_read(Augment *augment, const json_t *json, const json_t *feature,
                         GenreError *error) {
    const struct {
        const char *name;
        double low, high, otherwise;
        double *value;
    } numbers[] = {
        {"gain_db", 0, 60, 0, &augment->gain_db},
        {"slope_db", 0, 60, 0, &augment->slope_db},
        {"colour_db", 0, 30, 0, &augment->colour_db},
        {"contrast", 0, 0.9, 0, &augment->contrast},
        {"floor_low_db", 0, 200, 0, &augment->floor_low_db},
        {"floor_high_db", 0, 200, 0, &augment->floor_high_db},
        {"low_pass", 0, 1, 0, &augment->low_pass},
        {"low_cut", 0, 1, 0, &augment->path.low_cut},
        {"room", 0, 1, 0, &augment->path.room},
        {"noise", 0, 1, 0, &augment->path.noise},
        {"snr_low_db", -20, 100, 10, &augment->path.snr_low_db},
        {"snr_high_db", -20, 100, 35, &augment->path.snr_high_db},
        {"stretch", 0, 0.5, 0, &augment->stretch},
        {"shift_bands", 0, 32, 0, &augment->shift_bands},
        {"pitch_semitones", 0, 12, 0, &augment->pitch_semitones},
        {"restyle", 0, 1, 0, &augment->restyle},
        {"mixup", 0, 1, 0, &augment->mixup},
    };
    MelBands mel;
    GenreStatus status = genre_options_known(
        json, "\"augment\"",
        "gain_db slope_db colour_db contrast floor_low_db floor_high_db low_pass low_cut room "
        "noise snr_low_db snr_high_db stretch shift_bands pitch_semitones restyle mixup time_masks "
        "time_mask_frames band_masks band_mask_bands ",
        error);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++)
        status = genre_option_real(json, numbers[i].name, numbers[i].low, numbers[i].high,
                                   numbers[i].otherwise, numbers[i].value, error);
    if (status ||
        (status = genre_option_int(json, "time_masks", 0, 16, 0, &augment->time_masks, error)) ||
        (status = genre_option_int(json, "time_mask_frames", 0, 1000, 0, &augment->time_mask_frames,
                                   error)) ||
        (status = genre_option_int(json, "band_masks", 0, 16, 0, &augment->band_masks, error)) ||
        (status = genre_option_int(json, "band_mask_bands", 0, 256, 0, &augment->band_mask_bands,
                                   error)) ||
        (status = frames_find_mel(&mel, feature, error)))
        return status;
    augment->first_band = mel.first;
    augment->n_bands = mel.n;
    augment_path_place(&augment->path, mel.low_hz, mel.high_hz, mel.period_s, mel.n);
    const char *needs_bands = changes_bands(json);
    if (needs_bands && augment->n_bands == 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"augment\": \"%s\" changes log-mel bands, and the feature has none",
                          needs_bands);
    return GENRE_SUCCESS;
}

double augment_speed(const Augment *augment, GenreRng *rng) {
    return 1 + genre_rng_between(rng, -augment->stretch, augment->stretch);
}

void augment_resample(const float *frames, int n_source, int size, double start, double speed,
                      float *x, int n) {
    for (int t = 0; t < n; t++, x += size) {
        const double at = start + t * speed;
        const int left = at < n_source - 1 ? (int)at : n_source - 1;
        const int right = left < n_source - 1 ? left + 1 : left;
        const float share = (float)(right > left ? at - left : 0);
        const float *a = frames + (size_t)left * size, *b = frames + (size_t)right * size;
        for (int i = 0; i < size; i++)
            x[i] = a[i] + share * (b[i] - a[i]);
    }
}

static AugmentBands bands_of(const Augment *augment, float *x, int n, int size) {
    return (AugmentBands){x + augment->first_band, n, augment->n_bands, size};
}

static float loudest(AugmentBands image) {
    float top = *image.x;
    AUGMENT_EACH(image, v)
    top = *v > top ? *v : top;
    return top;
}

/* Has every band read from `from[band]` instead, linearly interpolated. */
static void move(AugmentBands image, const float *from) {
    const int n_bands = image.n_bands;
    float *x = image.x;
    for (int t = 0; t < image.n; t++, x += image.size) {
        float row[n_bands];
        memcpy(row, x, (size_t)n_bands * sizeof *row);
        for (int i = 0; i < n_bands; i++) {
            const float at = fminf(fmaxf(from[i], 0), (float)(n_bands - 1));
            const int left = (int)at, right = left < n_bands - 1 ? left + 1 : left;
            x[i] = row[left] + (at - (float)left) * (row[right] - row[left]);
        }
    }
}

/* Another pitch, and so many bands up or down. */
static void shift(const Augment *augment, GenreRng *rng, AugmentBands image) {
    const double by = genre_rng_between(rng, -augment->shift_bands, augment->shift_bands);
    const double semitones =
        genre_rng_between(rng, -augment->pitch_semitones, augment->pitch_semitones);
    if (augment->shift_bands == 0 && augment->pitch_semitones == 0)
        return;
    float from[AUGMENT_MAX_BANDS];
    for (int i = 0; i < image.n_bands; i++)
        from[i] = (float)(augment_path_band(&augment->path,
                                            augment->path.centre_hz[i] / exp2(semitones / 12)) -
                          by);
    move(image, from);
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
static void mask(AugmentBands image, int t0, int t1, int b0, int b1, float value) {
    for (int t = t0; t < t1; t++)
        for (int b = b0; b < b1; b++)
            image.x[(size_t)t * image.size + b] = value;
}

static void draw_masks(const Augment *augment, GenreRng *rng, AugmentBands image) {
    const int n = image.n, n_bands = image.n_bands;
    double sum = 0;
    AUGMENT_EACH(image, v)
    sum += *v;
    const float mean = (float)(sum / ((double)n * n_bands));
    for (int i = 0; i < augment->time_masks; i++) {
        const int length = (int)genre_rng_below(rng, (uint32_t)augment->time_mask_frames + 1);
        const int start = (int)genre_rng_below(rng, (uint32_t)n);
        mask(image, start, start + length < n ? start + length : n, 0, n_bands, mean);
    }
    for (int i = 0; i < augment->band_masks; i++) {
        const int width = (int)genre_rng_below(rng, (uint32_t)augment->band_mask_bands + 1);
        const int start = (int)genre_rng_below(rng, (uint32_t)n_bands);
        mask(image, 0, n, start, start + width < n_bands ? start + width : n_bands, mean);
    }
}

void augment_apply(const Augment *augment, GenreRng *rng, float *x, int n, int size) {
    if (augment->n_bands == 0)
        return;
    const AugmentBands image = bands_of(augment, x, n, size);
    float curve[augment->n_bands];
    const double contrast = 1 + genre_rng_between(rng, -augment->contrast, augment->contrast);
    const double range = genre_rng_between(rng, augment->floor_low_db, augment->floor_high_db);
    shift(augment, rng, image);
    draw_curve(augment, rng, curve, augment->n_bands);
    augment_path_low_cut(&augment->path, rng, curve, augment->n_bands);
    for (int t = 0; t < n; t++)
        for (int i = 0; i < augment->n_bands; i++)
            image.x[(size_t)t * size + i] += curve[i];
    augment_path_apply(&augment->path, rng, image);
    const float top = loudest(image);
    AUGMENT_EACH(image, v) {
        const float under = (top - *v) * (float)contrast;
        *v = top - (range > 0 && under > (float)range ? (float)range : under);
    }
    draw_masks(augment, rng, image);
}

void augment_mix(const Augment *augment, float *x, const float *y, double share, int n, int size) {
    const int first = augment->first_band, end = first + augment->n_bands;
    const float part = (float)share, rest = (float)(1 - share);
    const float level = augment->n_bands ? loudest(bands_of(augment, x, n, size)) -
                                               loudest(bands_of(augment, (float *)y, n, size))
                                         : 0;
    for (int t = 0; t < n; t++, x += size, y += size)
        for (int i = 0; i < size; i++) {
            if (i < first || i >= end) {
                x[i] = part * x[i] + rest * y[i];
                continue;
            }
            const float a = powf(10, x[i] / 10), b = powf(10, (y[i] + level) / 10);
            x[i] = 10 * log10f(part * a + rest * b + 1e-30f);
        }
}

/* Mean and deviation over time of band b. */
static void style_of(AugmentBands image, int b, double *mean, double *deviation) {
    double sum = 0, square = 0;
    for (int t = 0; t < image.n; t++)
        sum += image.x[(size_t)t * image.size + b];
    *mean = sum / image.n;
    for (int t = 0; t < image.n; t++) {
        const double off = image.x[(size_t)t * image.size + b] - *mean;
        square += off * off;
    }
    *deviation = sqrt(square / image.n);
}

void augment_restyle(const Augment *augment, float *x, const float *y, double share, int n,
                     int n_other, int size) {
    const AugmentBands image = bands_of(augment, x, n, size);
    const AugmentBands other = bands_of(augment, (float *)y, n_other, size);
    for (int b = 0; b < image.n_bands; b++) {
        double mean, deviation, other_mean, other_deviation;
        style_of(image, b, &mean, &deviation);
        style_of(other, b, &other_mean, &other_deviation);
        const double new_mean = share * mean + (1 - share) * other_mean;
        const double scale =
            share + (1 - share) * (deviation > 0.1 ? other_deviation / deviation : 1);
        for (int t = 0; t < n; t++) {
            float *v = &image.x[(size_t)t * size + b];
            *v = (float)(new_mean + (*v - mean) * fmin(scale, 2));
        }
    }
}
