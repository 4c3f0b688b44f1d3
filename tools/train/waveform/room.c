/* A room, made up: direct sound, a few early reflections, and a tail of noise that fades away. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"
#include "waveform/biquad.h"
#include "waveform/convolve.h"
#include "waveform/effects.h"

static double energy(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

/* Reverberation: noise from 15 ms on, 60 dB weaker after fade_s, duller than the direct sound as
 * walls and air take the high notes first. */
static void add_tail(float *response, size_t n, double rate_hz, double fade_s, GenreRng *rng) {
    const double direct_db = genre_rng_between(rng, -3, 12); /* of the direct sound over the tail */
    const double per_sample = pow(10, -3 / (fade_s * rate_hz)),
                 dull_hz = genre_rng_between(rng, 2000, 7000);
    double size = 1;
    for (size_t i = (size_t)(0.015 * rate_hz); i < n; i++, size *= per_sample)
        response[i] = (float)(size * genre_rng_between(rng, -1, 1));
    biquad_filter(BIQUAD_LOW_PASS, rate_hz, dull_hz, M_SQRT1_2, 0, response, n);
    const double scale = sqrt(pow(10, -direct_db / 10) / fmax(energy(response, n), 1e-12));
    for (size_t i = 0; i < n; i++)
        response[i] *= (float)scale;
}

float *waveform_room_response(double rate_hz, double fade_s, GenreRng *rng, size_t *n) {
    *n = (size_t)(fmax(fade_s, 0.1) * rate_hz) + 1;
    float *response = calloc(*n, sizeof *response);
    if (!response)
        return NULL;
    add_tail(response, *n, rate_hz, fade_s, rng);
    const int n_reflections = 4 + (int)genre_rng_below(rng, 8);
    for (int i = 0; i < n_reflections; i++) {
        const double delay_s = genre_rng_between(rng, 0.002, 0.06);
        /* Twice the way, half the pressure; the direct sound takes 0.01 s, as over 3.4 m. */
        const double size = genre_rng_between(rng, 0.2, 0.8) * 0.01 / (0.01 + delay_s);
        response[(size_t)(delay_s * rate_hz)] += (float)(genre_rng_u32(rng) & 1 ? size : -size);
    }
    response[0] = 1;
    return response;
}

GenreStatus waveform_play_in_room(Mono *mono, double fade_s, GenreRng *rng, GenreError *error) {
    size_t n;
    const double before = energy(mono->samples, mono->n);
    float *response = waveform_room_response(mono->rate_hz, fade_s, rng, &n);
    const GenreStatus status = response ? convolve(mono->samples, mono->n, response, n, error)
                                        : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    free(response);
    if (status)
        return status;
    const double after = energy(mono->samples, mono->n);
    const float scale = after > 0 ? (float)sqrt(before / after) : 0;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] *= scale;
    return GENRE_SUCCESS;
}

/* The level is another effect's matter. */
GenreStatus waveform_room(WaveformChange *change, GenreError *error) {
    const Waveform *settings = change->settings;
    const bool wanted = genre_rng_uniform(&change->rng) < settings->room;
    const double fade_s =
        genre_rng_between(&change->rng, settings->room_low_s, settings->room_high_s);
    if (!wanted)
        return GENRE_SUCCESS;
    snprintf(change->told, sizeof change->told, "fades by 60 dB in %.2f s", fade_s);
    return waveform_play_in_room(change->mono, fade_s, &change->rng, error);
}
