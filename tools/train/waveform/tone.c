/* Tone and level: equaliser, low pass, small microphones, gain. */
#include <math.h>
#include <stdio.h>

#include "waveform/biquad.h"
#include "waveform/effects.h"

static const double butterworth_q[] = {0.54119610, 1.30656296}; /* of fourth order */

/* A frequency between two, each octave alike. */
static double between_hz(GenreRng *rng, double low, double high) {
    return low * pow(high / low, genre_rng_uniform(rng));
}

static void filter(Mono *mono, BiquadKind kind, double hz, double q, double db) {
    biquad_filter(kind, mono->rate_hz, hz, q, db, mono->samples, mono->n);
}

GenreStatus waveform_eq(WaveformChange *change, GenreError *error) {
    (void)error;
    const double most = change->settings->eq_db, top_hz = 0.45 * change->mono->rate_hz;
    GenreRng *rng = &change->rng;
    if (most <= 0)
        return GENRE_SUCCESS;
    const double low_hz = between_hz(rng, 60, 400), low_db = genre_rng_between(rng, -most, most);
    const double bell_hz = between_hz(rng, 200, top_hz), bell_q = genre_rng_between(rng, 0.5, 2);
    const double bell_db = genre_rng_between(rng, -most, most);
    const double high_hz = between_hz(rng, 1500, top_hz);
    const double high_db = genre_rng_between(rng, -most, most);
    filter(change->mono, BIQUAD_LOW_SHELF, low_hz, M_SQRT1_2, low_db);
    filter(change->mono, BIQUAD_BELL, bell_hz, bell_q, bell_db);
    filter(change->mono, BIQUAD_HIGH_SHELF, high_hz, M_SQRT1_2, high_db);
    snprintf(change->told, sizeof change->told,
             "%+.1f dB below %.0f Hz, %+.1f dB around %.0f Hz, %+.1f dB above %.0f Hz", low_db,
             low_hz, bell_db, bell_hz, high_db, high_hz);
    return GENRE_SUCCESS;
}

void waveform_cut_above(Mono *mono, double hz) {
    for (int i = 0; i < 2; i++)
        filter(mono, BIQUAD_LOW_PASS, hz, butterworth_q[i], 0);
}

GenreStatus waveform_low_pass(WaveformChange *change, GenreError *error) {
    (void)error;
    const bool cut = genre_rng_uniform(&change->rng) < change->settings->low_pass;
    const double hz = between_hz(&change->rng, 2000, 0.45 * change->mono->rate_hz);
    if (!cut)
        return GENRE_SUCCESS;
    waveform_cut_above(change->mono, hz);
    snprintf(change->told, sizeof change->told, "at %.0f Hz", hz);
    return GENRE_SUCCESS;
}

/* What small devices do to sound, roughly: where they begin and end to hear, and the resonance of
 * their case. Every frequency is drawn within a fifth, as no two devices are alike. */
static const struct {
    const char *name;
    double low_hz, high_hz, bell_hz, bell_db;
} devices[] = {
    {"a telephone", 300, 3400, 1200, 4},
    {"a mobile phone", 120, 9000, 3500, 6},
    {"a laptop", 160, 8000, 2200, 5},
    {"a tablet", 200, 10000, 4500, 7},
    {"a video camera", 100, 12000, 6000, 4},
    {"a conference microphone", 150, 7000, 3000, 3},
    {"a dynamic microphone", 80, 14000, 5000, 5},
};

void waveform_through_device(Mono *mono, double low_hz, double high_hz, double bell_hz,
                             double bell_db) {
    for (int k = 0; k < 2; k++)
        filter(mono, BIQUAD_HIGH_PASS, low_hz, butterworth_q[k], 0);
    filter(mono, BIQUAD_BELL, bell_hz, 1.5, bell_db);
    if (high_hz < 0.49 * mono->rate_hz)
        waveform_cut_above(mono, high_hz);
}

GenreStatus waveform_microphone(WaveformChange *change, GenreError *error) {
    (void)error;
    const bool heard = genre_rng_uniform(&change->rng) < change->settings->microphone;
    const uint32_t i = genre_rng_below(&change->rng, sizeof devices / sizeof *devices);
    const double low = genre_rng_between(&change->rng, 0.8, 1.2) * devices[i].low_hz;
    const double high = genre_rng_between(&change->rng, 0.8, 1.2) * devices[i].high_hz;
    const double bell = genre_rng_between(&change->rng, 0.8, 1.2) * devices[i].bell_hz;
    if (!heard)
        return GENRE_SUCCESS;
    waveform_through_device(change->mono, low, high, bell, devices[i].bell_db);
    snprintf(change->told, sizeof change->told, "%s, %.0f to %.0f Hz", devices[i].name, low, high);
    return GENRE_SUCCESS;
}

void waveform_scale(Mono *mono, double db) {
    const float factor = (float)pow(10, db / 20);
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] *= factor;
}

GenreStatus waveform_gain(WaveformChange *change, GenreError *error) {
    (void)error;
    const double most = change->settings->gain_db;
    const double db = genre_rng_between(&change->rng, -most, most);
    if (most <= 0)
        return GENRE_SUCCESS;
    waveform_scale(change->mono, db);
    snprintf(change->told, sizeof change->told, "%+.1f dB", db);
    return GENRE_SUCCESS;
}
