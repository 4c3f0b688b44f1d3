/* Noise at a signal-to-noise ratio: white, pink, brown, mains hum, and voices in the room. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"
#include "waveform/effects.h"

static const double pi = 3.14159265358979323846;

static double power(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return n ? sum / (double)n : 0;
}

static void make_white(float *x, size_t n, GenreRng *rng) {
    for (size_t i = 0; i < n; i++)
        x[i] = (float)genre_rng_between(rng, -1, 1);
}

/* Adds white noise through a low pass of first order, with equal power per decade for any `hz`. */
static void add_passed(float *x, size_t n, double rate_hz, double hz, GenreRng *rng) {
    const double keep = exp(-2 * pi * hz / rate_hz);
    const double scale = (1 - keep) / sqrt(hz);
    double y = 0;
    for (size_t i = 0; i < n; i++) {
        y = keep * y + scale * genre_rng_between(rng, -1, 1);
        x[i] += (float)y;
    }
}

/* The sum of low passes an octave apart falls by 3 dB per octave; one from the lowest on, by 6. */
static void make_pink(float *x, size_t n, double rate_hz, GenreRng *rng) {
    for (double hz = 16; hz < rate_hz / 4; hz *= 2)
        add_passed(x, n, rate_hz, hz, rng);
}

static void make_brown(float *x, size_t n, double rate_hz, GenreRng *rng) {
    add_passed(x, n, rate_hz, 16, rng);
}

/* The mains' frequency and its multiples, weaker the higher, each by chance. */
static void make_hum(float *x, size_t n, double rate_hz, GenreRng *rng) {
    enum { HARMONICS = 16 };
    const double mains_hz = genre_rng_u32(rng) & 1 ? 50 : 60;
    for (int k = 1; k <= HARMONICS; k++) {
        const double size = genre_rng_between(rng, 0.2, 1) / k;
        const double phase = genre_rng_between(rng, 0, 2 * pi);
        const double turn = 2 * pi * mains_hz * k / rate_hz;
        for (size_t i = 0; k * mains_hz < rate_hz / 2 && i < n; i++)
            x[i] += (float)(size * sin(phase + turn * (double)i));
    }
}

/* A resonance: a pole pair at `hz`, so many Hz wide. */
typedef struct {
    double a1, a2, y1, y2;
} Resonance;

static void tune(Resonance *resonance, double hz, double width_hz, double rate_hz) {
    const double radius = exp(-pi * width_hz / rate_hz);
    resonance->a1 = 2 * radius * cos(2 * pi * fmin(hz, 0.45 * rate_hz) / rate_hz);
    resonance->a2 = -radius * radius;
}

static double resound(Resonance *resonance, double x) {
    const double y = x + resonance->a1 * resonance->y1 + resonance->a2 * resonance->y2;
    resonance->y2 = resonance->y1;
    resonance->y1 = y;
    return y;
}

/* Someone who talks without words: syllables of 0.12 to 0.35 s, of which most are vowels (pulses
 * through two formants at random) and the others hisses, and now and then a pause. */
static void add_voice(float *x, size_t n, double rate_hz, GenreRng *rng) {
    const double voice_hz = genre_rng_between(rng, 90, 230);
    Resonance formants[2] = {{0}};
    double phase = 0;
    for (size_t at = 0; at < n;) {
        const size_t length = (size_t)(genre_rng_between(rng, 0.12, 0.35) * rate_hz);
        const double pitch_hz = voice_hz * genre_rng_between(rng, 0.85, 1.2);
        const double kind = genre_rng_uniform(rng);
        const double size = kind < 0.15 ? 0 : genre_rng_between(rng, 0.4, 1);
        tune(&formants[0], genre_rng_between(rng, 280, 850), 90, rate_hz);
        tune(&formants[1], genre_rng_between(rng, 850, 2500), 140, rate_hz);
        for (size_t i = 0; i < length && at < n; i++, at++) {
            double pulse = 0;
            phase += pitch_hz / rate_hz;
            if (phase >= 1) {
                phase -= 1;
                pulse = 1;
            }
            const double breath = genre_rng_between(rng, -1, 1);
            const double source = kind > 0.85 ? 0.2 * breath : pulse + 0.01 * breath;
            const double swell = sin(pi * (double)i / (double)length);
            x[at] += (float)(size * swell * resound(&formants[1], resound(&formants[0], source)));
        }
    }
}

static void make_babble(float *x, size_t n, double rate_hz, GenreRng *rng) {
    const int n_voices = 5 + (int)genre_rng_below(rng, 8);
    for (int i = 0; i < n_voices; i++)
        add_voice(x, n, rate_hz, rng);
}

GenreStatus waveform_add_noise(Mono *mono, WaveformNoise noise, double snr_db, GenreRng *rng,
                               GenreError *error) {
    float *x = calloc(mono->n + 1, sizeof *x);
    if (!x)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    switch (noise) {
    case WAVEFORM_PINK:
        make_pink(x, mono->n, mono->rate_hz, rng);
        break;
    case WAVEFORM_BROWN:
        make_brown(x, mono->n, mono->rate_hz, rng);
        break;
    case WAVEFORM_HUM:
        make_hum(x, mono->n, mono->rate_hz, rng);
        break;
    case WAVEFORM_BABBLE:
        make_babble(x, mono->n, mono->rate_hz, rng);
        break;
    default:
        make_white(x, mono->n, rng);
    }
    const double of_noise = power(x, mono->n);
    const double wanted = power(mono->samples, mono->n) * pow(10, -snr_db / 10);
    const float scale = of_noise > 0 ? (float)sqrt(wanted / of_noise) : 0;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] += scale * x[i];
    free(x);
    return GENRE_SUCCESS;
}

GenreStatus waveform_noise(WaveformChange *change, GenreError *error) {
    static const char *const names[] = {"white", "pink", "brown", "hum", "voices"};
    const Waveform *settings = change->settings;
    const bool wanted = genre_rng_uniform(&change->rng) < settings->noise;
    const uint32_t noise = genre_rng_below(&change->rng, WAVEFORM_N_NOISES);
    const double snr_db =
        genre_rng_between(&change->rng, settings->snr_low_db, settings->snr_high_db);
    if (!wanted)
        return GENRE_SUCCESS;
    snprintf(change->told, sizeof change->told, "%s, %.1f dB under the music", names[noise],
             snr_db);
    return waveform_add_noise(change->mono, (WaveformNoise)noise, snr_db, &change->rng, error);
}
