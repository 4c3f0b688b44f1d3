#include "made/sounds.h"

#include <math.h>
#include <stdlib.h>

#include "status.h"
#include "waveform/biquad.h"

static const double pi = 3.14159265358979323846;

typedef struct {
    double low, high;
} Range;

/* Noise: white, or so many dB per octave, between two frequencies, whose level swells. */
typedef struct {
    double slope; /* dB per octave: 0, -3, -6, 3 */
    Range low_hz, high_hz, swell_hz, swell_depth;
} Noise;

/* A note and its multiples, and what becomes of its pitch. */
typedef struct {
    enum { STEADY, SWEEP, SIREN, YELP, TWO, WANDER, BEEPS } course;
    Range hz, n_partials, fall; /* the k-th partial has the size k^-fall */
    Range noise;                /* white noise beside it, 1: as loud */
} Tone;

/* Many short events, each a burst of noise or a chirp. */
typedef struct {
    Range rate_hz, decay_s, hz, q;
    double chirp;  /* 0: noise through a resonance; else a sine whose pitch rises by this share */
    double even;   /* 0: at random; 1: as a clock */
    double spread; /* of sizes, in decades */
    Range floor;   /* white noise under it all, 1: as loud as an event of full size */
} Events;

typedef struct {
    Sound sound;
    const Noise *noise; /* several add up */
    const Tone *tone;
    const Events *events;
} SoundRecipe;

#define NOISE &(const Noise)
#define TONE &(const Tone)
#define EVENTS &(const Events)

static const SoundRecipe recipes[] = {
    {{"white", "made-noise", false}, NOISE{0, {0, 0}, {0, 0}, {0.1, 1}, {0, 0.3}}, NULL, NULL},
    {{"brown", "made-noise", false}, NOISE{-6, {0, 0}, {0, 0}, {0.1, 1}, {0, 0.3}}, NULL, NULL},
    {{"band", "made-noise", false},
     NOISE{0, {100, 2000}, {2500, 8000}, {0.1, 4}, {0, 0.7}},
     NULL,
     NULL},
    {{"waves", "made-noise", false},
     NOISE{-3, {0, 60}, {0, 0}, {0.08, 0.2}, {0.6, 0.95}},
     NULL,
     NULL},
    {{"pink", "made-noise", true}, NOISE{-3, {0, 0}, {0, 0}, {0.1, 1}, {0, 0.3}}, NULL, NULL},
    {{"blue", "made-noise", true}, NOISE{3, {0, 0}, {0, 0}, {0.1, 1}, {0, 0.3}}, NULL, NULL},
    {{"wind", "made-noise", true},
     NOISE{-6, {80, 250}, {500, 1500}, {0.2, 0.7}, {0.6, 0.95}},
     NULL,
     NULL},

    {{"hum", "made-machines", false},
     NULL,
     TONE{STEADY, {50, 50}, {8, 30}, {0.3, 1.5}, {0, 0.1}},
     NULL},
    {{"hum60", "made-machines", false},
     NULL,
     TONE{STEADY, {60, 60}, {8, 30}, {0.3, 1.5}, {0, 0.1}},
     NULL},
    {{"fan", "made-machines", false},
     NOISE{-3, {20, 60}, {1000, 6000}, {2, 12}, {0, 0.2}},
     TONE{STEADY, {70, 300}, {2, 8}, {0.5, 1.5}, {0.1, 0.6}},
     NULL},
    {{"traffic", "made-machines", false},
     NOISE{-6, {30, 60}, {800, 3000}, {0.05, 0.3}, {0.5, 0.9}},
     NULL,
     NULL},
    {{"drill", "made-machines", false},
     NOISE{3, {500, 2000}, {0, 0}, {0.1, 1}, {0, 0.5}},
     TONE{WANDER, {90, 400}, {20, 40}, {0, 0.6}, {0, 0.5}},
     NULL},
    {{"engine", "made-machines", true},
     NOISE{-6, {30, 60}, {500, 2000}, {0.1, 0.5}, {0, 0.5}},
     TONE{WANDER, {25, 90}, {15, 40}, {0.4, 1}, {0.05, 0.3}},
     NULL},
    {{"cleaner", "made-machines", true},
     NOISE{-3, {100, 300}, {4000, 9000}, {0.3, 2}, {0, 0.2}},
     TONE{WANDER, {200, 700}, {3, 10}, {0.7, 1.5}, {0.2, 0.8}},
     NULL},

    {{"sine", "made-tones", false},
     NULL,
     TONE{STEADY, {60, 4000}, {1, 1}, {0, 0}, {0, 0.01}},
     NULL},
    {{"buzz", "made-tones", false},
     NULL,
     TONE{STEADY, {60, 1500}, {6, 40}, {0.7, 1.3}, {0, 0.01}},
     NULL},
    {{"sweep", "made-tones", false}, NULL, TONE{SWEEP, {40, 200}, {1, 4}, {1, 2}, {0, 0.02}}, NULL},
    {{"beeps", "made-tones", false},
     NULL,
     TONE{BEEPS, {400, 3000}, {1, 3}, {1, 2}, {0, 0.05}},
     NULL},
    {{"yelp", "made-tones", false},
     NULL,
     TONE{YELP, {300, 1500}, {2, 12}, {0.5, 1.5}, {0, 0.1}},
     NULL},
    {{"alarm", "made-tones", false},
     NULL,
     TONE{TWO, {400, 2500}, {1, 8}, {0.5, 2}, {0, 0.1}},
     NULL},
    {{"siren", "made-tones", true},
     NULL,
     TONE{SIREN, {300, 900}, {2, 8}, {0.8, 1.5}, {0, 0.1}},
     NULL},
    {{"whistle", "made-tones", true},
     NULL,
     TONE{WANDER, {500, 2500}, {1, 3}, {1.5, 2.5}, {0, 0.2}},
     NULL},

    {{"applause", "made-events", false},
     NULL,
     NULL,
     EVENTS{{60, 900}, {0.004, 0.015}, {600, 2500}, {0.7, 2}, 0, 0, 1, {0, 0.02}}},
    {{"rain", "made-events", false},
     NULL,
     NULL,
     EVENTS{{200, 2000}, {0.001, 0.006}, {1500, 9000}, {0.7, 3}, 0, 0, 1.5, {0.02, 0.2}}},
    {{"clicks", "made-events", false},
     NULL,
     NULL,
     EVENTS{{0.5, 20}, {0.0005, 0.003}, {1000, 6000}, {0.5, 2}, 0, 0, 0.5, {0, 0.02}}},
    {{"typing", "made-events", false},
     NULL,
     NULL,
     EVENTS{{3, 12}, {0.004, 0.02}, {1200, 5000}, {1, 4}, 0, 0.5, 0.4, {0, 0.02}}},
    {{"clock", "made-events", false},
     NULL,
     NULL,
     EVENTS{{1, 4}, {0.003, 0.02}, {1500, 5000}, {2, 8}, 0, 1, 0.1, {0, 0.01}}},
    {{"record", "made-events", false},
     NOISE{-6, {20, 60}, {150, 900}, {0.2, 1}, {0, 0.5}},
     NULL,
     EVENTS{{2, 80}, {0.0003, 0.005}, {800, 8000}, {0.5, 2}, 0, 0, 2, {0, 0.02}}},
    {{"birds", "made-events", false},
     NULL,
     NULL,
     EVENTS{{1, 12}, {0.02, 0.15}, {1500, 6000}, {1, 1}, 0.4, 0.3, 1, {0, 0.02}}},
    {{"knocks", "made-events", false},
     NULL,
     NULL,
     EVENTS{{0.5, 6}, {0.02, 0.1}, {100, 900}, {3, 12}, 0, 0.5, 0.5, {0, 0.02}}},
    {{"fire", "made-events", true},
     NOISE{-6, {30, 60}, {300, 900}, {0.5, 2}, {0.2, 0.6}},
     NULL,
     EVENTS{{8, 60}, {0.001, 0.01}, {800, 7000}, {0.7, 2}, 0, 0, 2, {0, 0.02}}},
    {{"steps", "made-events", true},
     NULL,
     NULL,
     EVENTS{{1.5, 3}, {0.02, 0.06}, {80, 900}, {0.7, 1.5}, 0, 0.9, 0.3, {0, 0.01}}},
    {{"water", "made-events", true},
     NOISE{-3, {300, 600}, {2000, 8000}, {0.3, 2}, {0, 0.3}},
     NULL,
     EVENTS{{20, 150}, {0.005, 0.03}, {400, 2500}, {1, 1}, 0.3, 0, 1, {0, 0.01}}},
    {{"dishes", "made-events", true},
     NULL,
     NULL,
     EVENTS{{1, 6}, {0.03, 0.2}, {1500, 6000}, {20, 60}, 0, 0, 1, {0, 0.02}}},
};

enum { N_KINDS = sizeof recipes / sizeof *recipes };

const Sound *sounds_at(int kind) {
    return kind >= 0 && kind < N_KINDS ? &recipes[kind].sound : NULL;
}

static double draw(GenreRng *rng, Range range) {
    return genre_rng_between(rng, range.low, range.high);
}

/* The same on a logarithmic scale, for frequencies, rates and times. */
static double draw_log(GenreRng *rng, Range range) {
    return range.low * pow(range.high / range.low, genre_rng_uniform(rng));
}

static double power(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return n ? sum / (double)n : 0;
}

/* Adds x (n) at a power of `level` squared. */
static void add_at(Mono *mono, const float *x, double level) {
    const double before = power(x, mono->n);
    const float scale = before > 0 ? (float)(level / sqrt(before)) : 0;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] += scale * x[i];
}

/* White noise given a slope: leaky sums an octave apart make pink, one alone brown, differences
 * blue. */
static void fill_noise(float *x, size_t n, double rate_hz, double slope, GenreRng *rng) {
    double lows[10] = {0}, before = 0;
    for (size_t i = 0; i < n; i++) {
        const double white = genre_rng_between(rng, -1, 1);
        double y = 0;
        for (int k = 0; k < 10 && slope == -3; k++) {
            const double hz = 12 * pow(2, k), keep = 1 - fmin(0.99, 2 * pi * hz / rate_hz);
            lows[k] = keep * lows[k] + (1 - keep) / sqrt(hz) * white;
            y += lows[k];
        }
        if (slope == -6)
            y = lows[0] = 0.996 * lows[0] + white;
        else if (slope >= 0)
            y = white - (slope > 0 ? 0.9 * before : 0);
        before = white;
        x[i] = (float)y;
    }
}

/* Swells of no fixed length: the sum of three slow sines. */
static void swell(float *x, size_t n, double rate_hz, const Noise *noise, GenreRng *rng) {
    const double depth = draw(rng, noise->swell_depth);
    double turn[3], phase[3];
    for (int k = 0; k < 3; k++) {
        turn[k] = 2 * pi * draw_log(rng, noise->swell_hz) / rate_hz;
        phase[k] = genre_rng_between(rng, 0, 2 * pi);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < 3; k++)
            sum += sin(phase[k] + turn[k] * (double)i) / 3;
        x[i] *= (float)(1 - depth * (0.5 + 0.5 * sum));
    }
}

static void add_noise(Mono *mono, const Noise *noise, GenreRng *rng, float *x) {
    fill_noise(x, mono->n, mono->rate_hz, noise->slope, rng);
    if (noise->low_hz.high > 0)
        biquad_filter(BIQUAD_HIGH_PASS, mono->rate_hz, draw(rng, noise->low_hz) + 1, M_SQRT1_2, 0,
                      x, mono->n);
    if (noise->high_hz.high > 0)
        biquad_filter(BIQUAD_LOW_PASS, mono->rate_hz, draw_log(rng, noise->high_hz), M_SQRT1_2, 0,
                      x, mono->n);
    swell(x, mono->n, mono->rate_hz, noise, rng);
    add_at(mono, x, 0.1);
}

/* Where the pitch is after `t` seconds of a course, as a factor; `turns` of it per second. */
static double pitch_at(const Tone *tone, double t, double turns, double drift) {
    switch (tone->course) {
    case SWEEP:
        return pow(2, 6 * fabs(remainder(t * turns, 2)));
    case SIREN:
        return pow(2, 0.5 + 0.5 * sin(2 * pi * t * turns));
    case YELP:
        return pow(2, t * turns - floor(t * turns));
    case TWO:
        return remainder(t * turns, 1) < 0 ? 1 : 1.3;
    case WANDER:
        return pow(2, drift);
    default:
        return 1;
    }
}

static void add_tone(Mono *mono, const Tone *tone, GenreRng *rng, float *x) {
    enum { MOST = 40 };
    const double hz = draw_log(rng, tone->hz), fall = draw(rng, tone->fall);
    const double turns = genre_rng_between(rng, 0.05, tone->course == SWEEP ? 0.2 : 2);
    const double beep_s = genre_rng_between(rng, 0.1, 1), share = genre_rng_between(rng, 0.2, 0.7);
    const double floor = draw(rng, tone->noise);
    const int n = (int)(draw(rng, tone->n_partials) + 0.5);
    double sizes[MOST + 1], phase = 0, drift = 0, wanted = 0;
    for (int k = 1; k <= n; k++)
        sizes[k] = pow(k, -fall) * (k > 1 ? genre_rng_between(rng, 0.3, 1) : 1);
    for (size_t i = 0; i < mono->n; i++) {
        const double t = (double)i / mono->rate_hz;
        if (i % 4096 == 0)
            wanted = genre_rng_between(rng, -0.4, 0.4);
        drift += (wanted - drift) * 3 / mono->rate_hz;
        const double now_hz = hz * pitch_at(tone, t, turns, drift);
        const double gate = tone->course == BEEPS && fmod(t, beep_s) > share * beep_s ? 0 : 1;
        double y = 0;
        phase += 2 * pi * now_hz / mono->rate_hz;
        for (int k = 1; k <= n && k * now_hz < 0.45 * mono->rate_hz; k++)
            y += sizes[k] * sin(k * phase);
        x[i] = (float)(gate * y + floor * genre_rng_between(rng, -1, 1));
    }
    add_at(mono, x, 0.1);
}

/* An event's sound from sample `at` on, added to x. */
static void add_event(float *x, const Mono *mono, const Events *events, size_t at, double size,
                      GenreRng *rng) {
    const double hz = fmin(draw_log(rng, events->hz), 0.45 * mono->rate_hz);
    const double decay_s = draw_log(rng, events->decay_s), q = draw_log(rng, events->q);
    const double radius = exp(-pi * hz / q / mono->rate_hz);
    const double a1 = 2 * radius * cos(2 * pi * hz / mono->rate_hz), a2 = -radius * radius;
    const size_t length = (size_t)(6 * decay_s * mono->rate_hz) + 1;
    double y1 = 0, y2 = 0, phase = 0;
    for (size_t i = 0; i < length && at + i < mono->n; i++) {
        const double t = (double)i / mono->rate_hz, envelope = size * exp(-t / decay_s);
        if (events->chirp > 0) {
            phase += 2 * pi * hz * (1 + events->chirp * t / decay_s) / mono->rate_hz;
            x[at + i] += (float)(envelope * sin(phase));
            continue;
        }
        const double y = envelope * genre_rng_between(rng, -1, 1) + a1 * y1 + a2 * y2;
        y2 = y1;
        y1 = y;
        x[at + i] += (float)((1 - radius) * y);
    }
}

static void add_events(Mono *mono, const Events *events, GenreRng *rng, float *x) {
    const double period_s = 1 / draw_log(rng, events->rate_hz);
    const double end_s = (double)mono->n / mono->rate_hz, floor = draw(rng, events->floor);
    for (size_t i = 0; i < mono->n; i++)
        x[i] = (float)(0.1 * floor * genre_rng_between(rng, -1, 1));
    for (double t = 0; t < end_s;) {
        const double random_s = -period_s * log(1 - genre_rng_uniform(rng));
        const double size = pow(10, -events->spread * genre_rng_uniform(rng));
        add_event(x, mono, events, (size_t)(t * mono->rate_hz), size, rng);
        t += events->even * period_s + (1 - events->even) * random_s + 1e-4;
    }
    add_at(mono, x, 0.1);
}

GenreStatus sounds_make(int kind, Mono *mono, GenreRng *rng, GenreError *error) {
    const SoundRecipe *recipe = &recipes[kind];
    float *x = calloc(mono->n + 1, sizeof *x);
    if (!x)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (recipe->noise)
        add_noise(mono, recipe->noise, rng, x);
    if (recipe->tone)
        add_tone(mono, recipe->tone, rng, x);
    if (recipe->events)
        add_events(mono, recipe->events, rng, x);
    free(x);
    return GENRE_SUCCESS;
}
