#include "hearing.h"

#include <math.h>
#include <string.h>

#include "model/model.h"
#include "status.h"

static const float lowest_db = -120;

GenreStatus genre_hearing_init(GenreHearing *hearing, const GenreModel *model, double rate_hz,
                               int n_channels, const GenreHearing *beside, GenreError *error) {
    GenreError why;
    *hearing = (GenreHearing){.n_channels = n_channels};
    hearing->feature = genre_feature_new_beside(beside ? beside->feature : model->tables,
                                                model->feature, beside != NULL, &why);
    if (hearing->feature)
        hearing->resampler = genre_resampler_new(
            rate_hz, n_channels, genre_feature_spec(hearing->feature)->rate_hz, &why);
    if (!hearing->resampler)
        return genre_fail(error, why.status, "%s", why.text);
    genre_hearing_reset(hearing);
    return GENRE_SUCCESS;
}

void genre_hearing_clear(GenreHearing *hearing) {
    genre_feature_free(hearing->feature);
    genre_resampler_free(hearing->resampler);
}

void genre_hearing_reset(GenreHearing *hearing) {
    genre_resampler_reset(hearing->resampler);
    genre_feature_reset(hearing->feature);
    hearing->n_samples = hearing->n_squares = 0;
    memset(hearing->square_sums, 0, sizeof hearing->square_sums);
    hearing->level_db = lowest_db;
}

double genre_hearing_time_s(const GenreHearing *hearing) {
    return (double)hearing->n_samples / genre_feature_spec(hearing->feature)->rate_hz;
}

/* Samples from one frame to the next. */
static int samples_per_frame(const GenreHearing *hearing) {
    const GenreFeatureSpec *spec = genre_feature_spec(hearing->feature);
    return spec->hop * spec->mean_hops;
}

int genre_hearing_most_frames(const GenreHearing *hearing) {
    return GENRE_RESAMPLE_MAX_OUT / samples_per_frame(hearing) + 1;
}

/* Which of the partial sums a sample goes into depends on its place in the frame alone, so that
 * rounding does not depend on block sizes. */
static void measure_level(GenreHearing *hearing, const float *samples, size_t n) {
    double sums[GENRE_LEVEL_SUMS];
    size_t i = 0;
    for (; i < n && (hearing->n_squares + i) % GENRE_LEVEL_SUMS != 0; i++)
        hearing->square_sums[(hearing->n_squares + i) % GENRE_LEVEL_SUMS] +=
            (double)samples[i] * samples[i];
    memcpy(sums, hearing->square_sums, sizeof sums);
    for (; i + GENRE_LEVEL_SUMS <= n; i += GENRE_LEVEL_SUMS)
        for (size_t k = 0; k < GENRE_LEVEL_SUMS; k++)
            sums[k] += (double)samples[i + k] * samples[i + k];
    for (size_t k = 0; i + k < n; k++)
        sums[k] += (double)samples[i + k] * samples[i + k];
    memcpy(hearing->square_sums, sums, sizeof sums);
    hearing->n_squares += n;
}

static void renew_level(GenreHearing *hearing) {
    double sum = 0;
    for (size_t k = 0; k < GENRE_LEVEL_SUMS; k++)
        sum += hearing->square_sums[k];
    const double power = hearing->n_squares ? sum / (double)hearing->n_squares : 0;
    hearing->level_db = power > 1e-12 ? (float)(10 * log10(power)) : lowest_db;
    memset(hearing->square_sums, 0, sizeof hearing->square_sums);
    hearing->n_squares = 0;
}

/* Samples at the model's rate. */
static void take_samples(GenreHearing *hearing, const float *samples, size_t n, GenreTakeFrame take,
                         void *context) {
    while (n > 0) {
        bool ready;
        const size_t taken = genre_feature_push(hearing->feature, samples, n, &ready);
        measure_level(hearing, samples, taken);
        hearing->n_samples += taken;
        if (ready) {
            renew_level(hearing);
            take(context, genre_feature_frame(hearing->feature));
        }
        samples += taken;
        n -= taken;
    }
}

size_t genre_hearing_push(GenreHearing *hearing, const float **channels, size_t stride,
                          size_t n_frames, GenreTakeFrame take, void *context) {
    float mono[GENRE_RESAMPLE_MAX_OUT];
    size_t n_out;
    const size_t taken =
        genre_resampler_push(hearing->resampler, channels, stride, n_frames, mono, &n_out);
    take_samples(hearing, mono, n_out, take, context);
    for (int i = 0; i < hearing->n_channels; i++)
        channels[i] += taken * stride;
    return taken;
}

bool genre_hearing_finish(GenreHearing *hearing, GenreTakeFrame take, void *context) {
    float mono[GENRE_RESAMPLE_MAX_OUT];
    const size_t n = genre_resampler_finish(hearing->resampler, mono);
    take_samples(hearing, mono, n, take, context);
    if (n == 0 && hearing->n_squares == hearing->n_samples)
        renew_level(hearing); /* of sound too short for a frame */
    return n > 0;
}

void genre_hearing_push_frame(GenreHearing *hearing, const float *frame, float level_db,
                              GenreTakeFrame take, void *context) {
    hearing->n_samples += (uint64_t)samples_per_frame(hearing);
    hearing->level_db = level_db;
    take(context, frame);
}
