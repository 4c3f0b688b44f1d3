#include "styles.h"

#include <math.h>
#include <string.h>

static double mix_seconds(const SynthMix *mix) {
    return (double)mix->n_frames / SYNTH_RATE_HZ;
}

static bool chance(SynthMix *mix, double probability) {
    return genre_rng_uniform(mix->rng) < probability;
}

static int pick(SynthMix *mix, int n) {
    return (int)genre_rng_below(mix->rng, (uint32_t)n);
}

/* A little early or late, as players are. */
static double human(SynthMix *mix, double time_s) {
    return time_s + genre_rng_between(mix->rng, -0.006, 0.006);
}

/* A second mix for a group of instruments that go through effects of their own. */
static bool group(SynthMix *bus, const SynthMix *mix) {
    return synth_mix_init(bus, mix_seconds(mix), mix->rng);
}

/* Ducks the mix after each beat, as a compressor keyed by the kick drum does. */
static void pump(SynthMix *mix, double beat_s) {
    for (size_t i = 0; i < mix->n_frames; i++) {
        const double t = fmod((double)i / SYNTH_RATE_HZ, beat_s) / beat_s;
        const float gain = (float)(0.25 + 0.75 * fmin(1, t / 0.6));
        mix->left[i] *= gain;
        mix->right[i] *= gain;
    }
}

/* Four on the floor at 132 beats a minute; the filter of the acid line opens over the clip. */
static bool techno(SynthMix *mix) {
    static const int roots[] = {33, 33, 36, 31};
    static const int line[16] = {0, 0, 12, 0, 3, 0, 0, 10, 0, 12, 0, 7, 0, 3, 12, 10};
    const double beat = 60 / 132.0, end = mix_seconds(mix);
    SynthMix pads;
    bool ok = group(&pads, mix);
    for (int step = 0; ok && step * beat / 4 < end; step++) {
        const double t = step * beat / 4;
        const int bar = step / 16, in_bar = step % 16, root = roots[bar / 2 % 4];
        const bool fill = bar % 8 == 7 && in_bar >= 8; /* the kick drops out before each turn */
        if (in_bar % 4 == 0 && !fill)
            synth_kick(mix, (SynthPlace){t, 0.95, 0}, 0.5);
        if (in_bar % 4 == 2)
            synth_hat(mix, (SynthPlace){t, 0.8, 0.1}, 0.12);
        if (chance(mix, 0.75))
            synth_hat(mix, (SynthPlace){t, in_bar % 2 ? 0.3 : 0.4, -0.2}, 0.03);
        if (in_bar % 8 == 4 || (fill && in_bar % 2 == 0))
            synth_snare(mix, (SynthPlace){t, 0.4, 0}, 220, 0.09);
        if (line[(in_bar + (bar % 4 == 3 ? 5 : 0)) % 16] || in_bar % 4 != 0) {
            const double open = 500 + 2600 * (0.5 - 0.5 * cos(t / 15 * 3.14159)) +
                                genre_rng_between(mix->rng, 0, 500);
            const SynthPatch acid = {0.002, beat / 5, 0.04, open, 180, 0.09, 0.9, 1, 0, 0};
            const int key = root + line[(in_bar + (bar % 4 == 3 ? 5 : 0)) % 16];
            synth_saw(mix, (SynthPlace){t, 0.3, 0}, synth_key_hz(key), &acid);
        }
        if (in_bar == 0) {
            static const int chord[] = {24, 27, 31, 34};
            const SynthPatch pad = {0.3, 3.6 * beat, 0.5, 900 + 200 * (bar % 8), 1800, 2, 0.2,
                                    5,   0.008,      0};
            for (int i = 0; i < 4; i++)
                synth_saw(&pads, (SynthPlace){t, 0.16, i / 2.0 - 0.75},
                          synth_key_hz(root + chord[i]), &pad);
        }
        if (bar % 4 >= 2 && (in_bar == 3 || in_bar == 6 || in_bar == 11)) {
            const SynthPatch stab = {0.002, 0.09, 0.2, 4200, 700, 0.12, 0.3, 7, 0.012, 0};
            for (int i = 0; i < 3; i++)
                synth_saw(&pads, (SynthPlace){t, 0.2, i - 1.0},
                          synth_key_hz(root + 36 + (i * 7) / 2), &stab);
        }
    }
    if (ok) {
        pump(&pads, beat);
        synth_reverb(&pads, 0.4, 1.6);
        synth_add(mix, &pads, 1);
    }
    synth_mix_clear(&pads);
    return ok;
}

/* Slow broken chords on a piano over strings, in a hall; no drums. */
static bool classical(SynthMix *mix) {
    static const int chords[8][5] = {
        {48, 55, 60, 64, 67}, {45, 52, 60, 64, 69}, {50, 57, 62, 65, 69}, {43, 50, 59, 65, 67},
        {48, 55, 60, 64, 72}, {41, 53, 60, 65, 69}, {42, 54, 60, 63, 69}, {43, 55, 59, 62, 67}};
    static const int melody[] = {76, 74, 72, 79, 77, 76, 74, 71, 72, 81, 79, 77, 76, 74, 75, 74};
    const double end = mix_seconds(mix);
    double t = 0.05;
    for (int bar = 0; t < end; bar++) {
        const int *const chord = chords[(bar + bar / 8 * 3) % 8];
        const double swell = 0.6 + 0.4 * sin(bar * 0.8), length = 2.3 + 0.25 * sin(bar * 1.7);
        for (int i = 0; i < 8; i++) {
            static const int order[8] = {0, 2, 3, 4, 1, 4, 3, 2};
            const double at = human(mix, t + i * length / 8);
            synth_piano(mix, (SynthPlace){at, (0.2 + 0.07 * (i % 4 == 0)) * swell, -0.3},
                        synth_key_hz(chord[order[i]]), 1.2);
        }
        for (int i = 0; i < 2; i++) {
            const int key = melody[(bar * 2 + i) % 16] + (bar % 8 >= 4 && i ? 3 - bar % 2 : 0);
            const double at = t + (i ? length * (chance(mix, 0.5) ? 0.5 : 0.625) : 0);
            const SynthPatch violin = {0.14, length / 2, 0.4, 2400, 2000, 1, 0.1, 2, 0.002, 0.006};
            synth_saw(mix, (SynthPlace){human(mix, at), 0.09 * swell, 0.4}, synth_key_hz(key),
                      &violin);
        }
        const SynthPatch strings = {0.6, length - 0.2, 1.2, 1100, 900, 1, 0, 4, 0.004, 0.003};
        for (int i = 0; i < 3; i++)
            synth_saw(mix, (SynthPlace){t, 0.05 * (1.4 - swell / 2), 0.5 - i / 2.0},
                      synth_key_hz(chord[i]), &strings);
        t += length;
    }
    synth_reverb(mix, 0.9, 2.4);
    return true;
}

/* A power chord: root, fifth and octave on plucked strings. */
static void power_chord(SynthMix *guitar, double t, int key, double length_s, bool muted,
                        double pan) {
    static const int keys[] = {0, 7, 12};
    for (int i = 0; i < 3; i++)
        synth_pluck(guitar, (SynthPlace){t, muted ? 0.5 : 0.7, pan}, synth_key_hz(key + keys[i]),
                    length_s, muted ? 0.5 : 0.85, muted ? 0.35 : 5);
}

/* Distorted riffs in e, double bass drum in sixteenths, crashes. */
static bool metal(SynthMix *mix) {
    static const int riffs[4][8] = {{0, 0, 0, 3, 0, 0, 5, 6},
                                    {0, 0, 7, 0, 0, 8, 0, 5},
                                    {3, 3, 3, 3, 1, 1, 1, 1},
                                    {0, 12, 11, 8, 7, 6, 5, 1}};
    const double beat = 60 / 176.0, end = mix_seconds(mix);
    SynthMix guitar;
    bool ok = group(&guitar, mix);
    for (int step = 0; ok && step * beat / 4 < end; step++) {
        const double t = human(mix, step * beat / 4);
        const int bar = step / 16, in_bar = step % 16;
        const int *const riff = riffs[(bar / 2 + (bar % 4 == 3)) % 4];
        if (bar % 4 != 2 || in_bar % 4 < 3)
            synth_kick(mix, (SynthPlace){t, 0.6, 0}, 1);
        if (in_bar % 8 == 4)
            synth_snare(mix, (SynthPlace){t, 0.9, 0}, 190, 0.11);
        if (in_bar % 4 == 0)
            synth_cymbal(mix, (SynthPlace){t, in_bar == 0 && bar % 2 == 0 ? 0.5 : 0.22, 0.3},
                         in_bar == 0 && bar % 2 == 0 ? 1.1 : 0.25);
        if (bar % 8 == 7 && in_bar >= 8)
            synth_snare(mix, (SynthPlace){t, 0.6, (in_bar - 12) / 6.0}, 300 - 12 * in_bar, 0.12);
        if (in_bar % 2 == 0) {
            const int key = 28 + riff[in_bar / 2];
            const bool muted = riff[in_bar / 2] == 0 && bar % 4 != 3;
            power_chord(&guitar, t, key + 12, beat / 2, muted, -0.8);
            power_chord(&guitar, human(mix, t), key + 12, beat / 2, muted, 0.8);
            synth_pluck(&guitar, (SynthPlace){t, 0.5, 0}, synth_key_hz(key), beat / 2, 0.7, 2);
        } else if (riff[in_bar / 2] == 0) {
            power_chord(&guitar, t, 40, beat / 4, true, -0.8);
            power_chord(&guitar, human(mix, t), 40, beat / 4, true, 0.8);
        }
        if (bar % 8 >= 4 && in_bar % 2 == 0) { /* a solo */
            static const int scale[] = {0, 3, 5, 7, 10, 12, 15, 17};
            synth_pluck(&guitar, (SynthPlace){t, 0.9, 0.1},
                        synth_key_hz(64 + scale[(pick(mix, 3) + in_bar / 2) % 8]), beat / 2, 0.9,
                        4);
        }
    }
    if (ok) {
        synth_distort(&guitar, 14, 5200);
        synth_reverb(&guitar, 0.15, 0.7);
        synth_add(mix, &guitar, 0.4);
    }
    synth_mix_clear(&guitar);
    return ok;
}

/* Swing at 144: ride, walking bass, piano comping and an improvised line. */
static bool jazz(SynthMix *mix) {
    static const int roots[12] = {46, 51, 46, 46, 51, 52, 46, 43, 48, 41, 46, 41}; /* a blues */
    static const int scale[] = {0, 2, 3, 4, 5, 7, 9, 10, 12, 14, 15, 16};
    const double beat = 60 / 144.0, end = mix_seconds(mix);
    int note = 5;
    for (int n = 0; n * beat < end; n++) {
        const double t = n * beat, swung = t + beat * 0.64;
        const int bar = n / 4, in_bar = n % 4, root = roots[bar % 12];
        const int next = roots[(bar + 1) % 12];
        synth_cymbal(mix, (SynthPlace){human(mix, t), in_bar % 2 ? 0.3 : 0.2, 0.35}, 0.35);
        if (in_bar % 2)
            synth_cymbal(mix, (SynthPlace){human(mix, swung), 0.16, 0.35}, 0.3);
        if (in_bar % 2)
            synth_hat(mix, (SynthPlace){human(mix, t), 0.16, 0.2}, 0.03);
        if (chance(mix, 0.25))
            synth_snare(mix, (SynthPlace){human(mix, swung), 0.1, 0}, 200, 0.05);
        const int walk[4] = {root, root + (bar % 2 ? 3 : 4), root + 7,
                             next + (chance(mix, 0.5) ? 1 : -1)};
        synth_pluck(mix, (SynthPlace){human(mix, t), 0.9, -0.05}, synth_key_hz(walk[in_bar] - 12),
                    beat * 0.92, 0.12, 2.5);
        if (chance(mix, 0.45)) {
            static const int voicing[] = {10, 14, 16, 21}; /* seventh, ninth, third, thirteenth */
            const double at = human(mix, chance(mix, 0.6) ? swung : t);
            for (int i = 0; i < 4; i++)
                synth_piano(mix, (SynthPlace){at, 0.2, -0.4}, synth_key_hz(root + voicing[i]),
                            chance(mix, 0.3) ? beat : 0.15);
        }
        if (bar % 4 != 3)
            for (int k = 0; k < 2; k++)
                if (chance(mix, 0.8)) {
                    note += pick(mix, 5) - 2;
                    note = note < 0 ? 1 : note > 11 ? 10 : note;
                    const SynthPatch horn = {0.03, beat * 0.4, 0.08, 2600,   1300,
                                             0.15, 0.25,       2,    0.0015, 0.004};
                    synth_saw(mix, (SynthPlace){human(mix, k ? swung : t), 0.22, 0.25},
                              synth_key_hz(58 + scale[note]), &horn);
                }
    }
    synth_reverb(mix, 0.3, 1.1);
    return true;
}

/* A broken beat at 92, sub bass, electric piano, and a voice that talks in rhythm. */
static bool hiphop(SynthMix *mix) {
    static const char *const kicks = "x..x......x..x..x......x..x.....";
    static const int roots[4] = {38, 34, 36, 33};
    const double beat = 60 / 92.0, end = mix_seconds(mix);
    SynthMix keys;
    bool ok = group(&keys, mix);
    for (int step = 0; ok && step * beat / 4 < end; step++) {
        const double t = step * beat / 4 + (step % 2 ? beat * 0.035 : 0);
        const int bar = step / 16, in_bar = step % 16, root = roots[bar % 4];
        if (kicks[step % 32] == 'x') {
            synth_kick(mix, (SynthPlace){t, 1, 0}, 0.3);
            synth_sub(mix, (SynthPlace){t, 0.45, 0}, synth_key_hz(root - 5 + (in_bar > 8) * 5),
                      beat * 0.6);
        }
        if (in_bar % 8 == 4)
            synth_snare(mix, (SynthPlace){t, 0.9, 0}, 180, 0.1);
        if (step % 2 == 0 || chance(mix, 0.2))
            synth_hat(mix, (SynthPlace){human(mix, t), 0.5, 0.2}, step % 32 == 30 ? 0.2 : 0.035);
        if (in_bar == 0 || in_bar == 7) {
            static const int chord[] = {12, 15, 19, 22, 26};
            for (int i = 0; i < 5; i++)
                synth_electric_piano(&keys, (SynthPlace){t + i * 0.008, 0.15, i / 2.0 - 1},
                                     synth_key_hz(root + chord[i]), beat * 1.4);
        }
        if (bar % 8 > 0 && chance(mix, in_bar % 4 == 3 ? 0.5 : 0.85)) {
            const double pitch = 120 + 25 * sin(step * 0.4) + genre_rng_between(mix->rng, 0, 20);
            synth_syllable(mix, (SynthPlace){human(mix, t), 0.22, 0}, pitch, beat / 4 * 0.9,
                           pick(mix, 5));
        }
    }
    if (ok) {
        synth_reverb(&keys, 0.2, 0.8);
        synth_add(mix, &keys, 1);
    }
    synth_mix_clear(&keys);
    return ok;
}

static bool white_noise(SynthMix *mix) {
    for (size_t i = 0; i < mix->n_frames; i++)
        mix->left[i] = mix->right[i] = (float)genre_rng_between(mix->rng, -1, 1);
    return true;
}

static bool silence(SynthMix *mix) {
    (void)mix;
    return true;
}

static bool tone(SynthMix *mix) {
    for (size_t i = 0; i < mix->n_frames; i++)
        mix->left[i] = mix->right[i] =
            (float)sin(2 * 3.14159265358979323846 * 440 * (double)i / SYNTH_RATE_HZ);
    return true;
}

static const SynthStyle styles[] = {
    {"techno", "four-on-the-floor kick, acid line, pads", techno},
    {"classical", "piano arpeggios and strings in a hall", classical},
    {"metal", "distorted power chords, double bass drum", metal},
    {"jazz", "swing: ride, walking bass, piano, a horn", jazz},
    {"hiphop", "broken beat, sub bass, electric piano, a talking voice", hiphop},
    {"noise", "white noise", white_noise},
    {"tone", "a sine of 440 Hz", tone},
    {"silence", "nothing at all", silence},
};

const SynthStyle *synth_style(size_t index) {
    return index < sizeof styles / sizeof *styles ? &styles[index] : NULL;
}

const SynthStyle *synth_find_style(const char *name) {
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        if (strcmp(styles[i].name, name) == 0)
            return &styles[i];
    return NULL;
}
