#include "sound.h"

#include <math.h>
#include <string.h>

#include "rng.h"

static const double turn = 2 * 3.14159265358979323846;

void sound_silence(float *out, size_t n) {
    memset(out, 0, n * sizeof *out);
}

void sound_tone(float *out, size_t n, double rate_hz, double hz, double amplitude) {
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(amplitude * sin(turn * hz * (double)i / rate_hz));
}

void sound_noise(float *out, size_t n, double amplitude, uint64_t seed) {
    GenreRng rng = genre_rng(seed, 0);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)genre_rng_between(&rng, -amplitude, amplitude);
}

void sound_square(float *out, size_t n, double rate_hz, double hz, double amplitude) {
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(fmod(hz * (double)i / rate_hz, 1) < 0.5 ? amplitude : -amplitude);
}

void sound_clicks(float *out, size_t n, double rate_hz, double period_s) {
    memset(out, 0, n * sizeof *out);
    for (size_t k = 0; (size_t)((double)k * period_s * rate_hz) < n; k++)
        out[(size_t)((double)k * period_s * rate_hz)] = 1;
}

/* A note with its overtones, each softer than the one before, at `s` seconds into it. */
static double note(double hz, double s) {
    double sum = 0;
    for (int k = 1; k <= 5 && k * hz < 7000; k++)
        sum += sin(turn * hz * k * s) / (k * k);
    return sum;
}

/* The level of something struck at 0 that rings for about `length_s`; rises over 10 ms, as a step
 * would have no upper frequency limit. */
static double struck(double s, double length_s) {
    return (s < 0.01 ? 0.5 - 0.5 * cos(turn * s / 0.02) : 1) * exp(-3 * s / length_s);
}

void sound_music(float *out, size_t n, double rate_hz) {
    static const double roots_hz[] = {110, 146.83, 98, 130.81};
    static const double drum_hz[] = {1913, 2711, 3571, 4637, 5519, 6581};
    const double beat_s = 0.5;
    for (size_t i = 0; i < n; i++) {
        const double s = (double)i / rate_hz;
        const double root_hz = roots_hz[(int)(s / (4 * beat_s)) % 4];
        const double in_bar = fmod(s, 4 * beat_s), in_beat = fmod(s, beat_s);
        const double in_half = fmod(s + beat_s / 2, beat_s);
        double sum =
            0.12 * struck(in_bar, 3) *
            (note(2 * root_hz, in_bar) + note(2.5 * root_hz, in_bar) + note(3 * root_hz, in_bar));
        sum += 0.2 * struck(in_beat, 0.4) * note(root_hz, in_beat);
        for (int k = 0; k < 6; k++)
            sum += 0.03 * struck(in_half, 0.15) * sin(turn * drum_hz[k] * in_half);
        out[i] = (float)sum;
    }
}
