#include "voices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double turn = 6.283185307179586;
static const double rate = SYNTH_RATE_HZ;

double synth_key_hz(double key) {
    return 440 * exp2((key - 69) / 12);
}

bool synth_mix_init(SynthMix *mix, double seconds, GenreRng *rng) {
    *mix = (SynthMix){.n_frames = (size_t)(seconds * rate + 0.5), .rng = rng};
    mix->left = calloc(mix->n_frames + 1, sizeof(float));
    mix->right = calloc(mix->n_frames + 1, sizeof(float));
    return mix->left && mix->right;
}

void synth_mix_clear(SynthMix *mix) {
    free(mix->left);
    free(mix->right);
}

static double noise(SynthMix *mix) {
    return genre_rng_between(mix->rng, -1, 1);
}

/* A note under way: where its next sample goes. */
typedef struct {
    SynthMix *mix;
    size_t next, end;
    double left, right;
} Note;

static Note begin(SynthMix *mix, SynthPlace at, double length_s) {
    const double start = at.start_s > 0 ? at.start_s : 0;
    const size_t next = (size_t)(start * rate), end = next + (size_t)(length_s * rate);
    const double angle = (at.pan + 1) / 8 * turn; /* equal power from left to right */
    return (Note){mix, next, end < mix->n_frames ? end : mix->n_frames, at.gain * cos(angle),
                  at.gain * sin(angle)};
}

static void play(Note *note, double sample) {
    note->mix->left[note->next] += (float)(note->left * sample);
    note->mix->right[note->next++] += (float)(note->right * sample);
}

/* Low-pass of the first order. */
static double smooth(double *state, double x, double hz) {
    const double w = turn * hz / rate;
    return *state += (x - *state) * w / (1 + w);
}

void synth_kick(SynthMix *mix, SynthPlace at, double click) {
    Note note = begin(mix, at, 0.4);
    double phase = 0;
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        phase += (46 + 130 * exp(-t / 0.022) + 300 * click * exp(-t / 0.004)) / rate;
        play(&note,
             sin(turn * phase) * exp(-t / 0.12) + click * 0.5 * noise(mix) * exp(-t / 0.003));
    }
}

void synth_snare(SynthMix *mix, SynthPlace at, double tone_hz, double decay_s) {
    Note note = begin(mix, at, 5 * decay_s);
    double low = 0;
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double hiss = noise(mix);
        const double bright = hiss - smooth(&low, hiss, 1200);
        play(&note,
             0.6 * sin(turn * tone_hz * t) * exp(-t / 0.06) + 0.7 * bright * exp(-t / decay_s));
    }
}

void synth_hat(SynthMix *mix, SynthPlace at, double decay_s) {
    Note note = begin(mix, at, 5 * decay_s);
    double low = 0, lower = 0;
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double hiss = noise(mix);
        const double bright = hiss - smooth(&low, hiss, 8000);
        play(&note, (bright - smooth(&lower, bright, 6000)) * exp(-t / decay_s));
    }
}

void synth_cymbal(SynthMix *mix, SynthPlace at, double decay_s) {
    static const double partials_hz[] = {3127, 4019, 5211, 5893, 7019, 8233, 9437, 11003};
    Note note = begin(mix, at, 4 * decay_s);
    double low = 0;
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double hiss = noise(mix);
        double sum = 0.8 * (hiss - smooth(&low, hiss, 5000));
        for (int i = 0; i < 8; i++)
            sum += 0.12 * sin(turn * partials_hz[i] * t + 3 * sin(turn * 817 * t));
        play(&note, sum * (0.6 * exp(-t / decay_s) + 0.4 * exp(-t / 0.05)));
    }
}

/* A saw whose step is smoothed over one sample each side, which spares most of the aliasing
 * (Valimaki and Huovilainen 2007). */
static double saw(double phase, double step) {
    double y = 2 * phase - 1;
    if (phase < step) {
        const double x = phase / step - 1;
        y += x * x;
    } else if (phase > 1 - step) {
        const double x = (phase - 1) / step + 1;
        y -= x * x;
    }
    return y;
}

void synth_saw(SynthMix *mix, SynthPlace at, double hz, const SynthPatch *patch) {
    Note note = begin(mix, at, patch->length_s + patch->release_s);
    double phases[9], low = 0, band = 0;
    for (int i = 0; i < patch->n_saws; i++)
        phases[i] = genre_rng_between(mix->rng, 0, 1);
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double bend = 1 + patch->vibrato * sin(turn * 5.3 * t);
        double sum = 0;
        for (int i = 0; i < patch->n_saws; i++) {
            const double side = patch->n_saws > 1 ? 2.0 * i / (patch->n_saws - 1) - 1 : 0;
            const double step = hz * bend * (1 + side * patch->detune) / rate;
            phases[i] += step;
            phases[i] -= floor(phases[i]);
            sum += saw(phases[i], step);
        }
        /* Chamberlin's state-variable filter. */
        const double cutoff =
            patch->closed_hz + (patch->open_hz - patch->closed_hz) * exp(-t / patch->fall_s);
        const double f = 2 * sin(turn / 2 * fmin(cutoff, 7500) / rate);
        low += f * band;
        band += f * (sum / sqrt(patch->n_saws) - low - (1 - patch->resonance) * 1.4 * band);
        const double fade =
            t > patch->length_s ? exp(-(t - patch->length_s) / (patch->release_s / 4 + 1e-6)) : 1;
        play(&note, low * fade * (t < patch->attack_s ? t / patch->attack_s : 1));
    }
}

void synth_piano(SynthMix *mix, SynthPlace at, double hz, double length_s) {
    Note note = begin(mix, at, length_s + 0.3);
    enum { MOST = 14 };
    /* Each partial is a pointer that turns and shrinks: no sine is taken per sample. */
    double x[MOST], y[MOST], turn_x[MOST], turn_y[MOST];
    int n = 0;
    for (; n < MOST; n++) {
        const double k = n + 1;
        const double partial_hz = k * hz * sqrt(1 + 4e-4 * k * k); /* stiff strings are sharp */
        if (partial_hz > 16000)
            break;
        const double fall = (0.4 + k * 0.35) * sqrt(hz / 262) / 1.1;
        x[n] = pow(k, -1.25) * (1 - exp(-2000 / hz));
        y[n] = 0;
        turn_x[n] = cos(turn * partial_hz / rate) * exp(-fall / rate);
        turn_y[n] = sin(turn * partial_hz / rate) * exp(-fall / rate);
    }
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            const double was_x = x[i];
            sum += y[i];
            x[i] = was_x * turn_x[i] - y[i] * turn_y[i];
            y[i] = was_x * turn_y[i] + y[i] * turn_x[i];
        }
        const double damped = t > length_s ? exp(-(t - length_s) / 0.06) : 1;
        play(&note,
             0.6 * damped * (sum * fmin(1, t / 0.003) + 0.15 * noise(mix) * exp(-t / 0.008)));
    }
}

void synth_electric_piano(SynthMix *mix, SynthPlace at, double hz, double length_s) {
    Note note = begin(mix, at, length_s + 0.4);
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double tine = 0.8 * exp(-t / 0.35) * sin(turn * hz * 14 * t) * 0.25;
        const double body = sin(turn * hz * t + 1.4 * exp(-t / 0.6) * sin(turn * hz * t) + tine);
        const double damped = t > length_s ? exp(-(t - length_s) / 0.08) : 1;
        const double tremolo = 1 + 0.15 * sin(turn * 4.6 * t);
        play(&note, 0.6 * body * tremolo * damped * exp(-t / 1.6) * fmin(1, t / 0.002));
    }
}

void synth_pluck(SynthMix *mix, SynthPlace at, double hz, double length_s, double brightness,
                 double decay_s) {
    enum { LONGEST = 2048 };
    float string[LONGEST];
    Note note = begin(mix, at, length_s + 0.1);
    const int n = (int)fmin(LONGEST - 1, fmax(4, rate / hz));
    const double loss = pow(10, -3 / (decay_s * hz));
    double low = 0;
    for (int i = 0; i < n; i++)
        string[i] = (float)smooth(&low, noise(mix), 300 + brightness * 9000);
    float last = string[n - 1];
    int i = 0;
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const float now = string[i];
        const double mean = (0.5 + brightness / 2) * now + (0.5 - brightness / 2) * last;
        string[i] = (float)(loss * (brightness > 0.9 ? 0.5 * (now + last) : mean));
        last = now;
        i = (i + 1) % n;
        play(&note, 1.5 * now * (t > length_s ? exp(-(t - length_s) / 0.02) : 1));
    }
}

void synth_sub(SynthMix *mix, SynthPlace at, double hz, double length_s) {
    Note note = begin(mix, at, length_s + 0.05);
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double fade = t > length_s ? exp(-(t - length_s) / 0.012) : 1;
        play(&note, tanh(1.6 * sin(turn * hz * t)) * fade * fmin(1, t / 0.005));
    }
}

void synth_syllable(SynthMix *mix, SynthPlace at, double hz, double length_s, int vowel) {
    static const double formants_hz[5][3] = {{730, 1090, 2440},
                                             {530, 1840, 2480},
                                             {270, 2290, 3010},
                                             {570, 840, 2410},
                                             {300, 870, 2240}};
    static const double sizes[3] = {1, 0.5, 0.25};
    Note note = begin(mix, at, length_s);
    double y[3][2] = {{0}}, phase = 0, low = 0;
    for (double t = 0; note.next < note.end; t += 1 / rate) {
        const double now_hz = hz * (1.08 - 0.16 * t / length_s);
        phase += now_hz / rate;
        phase -= floor(phase);
        const double hiss = noise(mix);
        const double source = saw(phase, now_hz / rate) + 0.1 * hiss;
        double sum = 0.5 * (hiss - smooth(&low, hiss, 3500)) * exp(-t / 0.025); /* consonant */
        for (int i = 0; i < 3; i++) {
            const double radius = exp(-turn / 2 * 110 / rate);
            const double next =
                (1 - radius) * source +
                2 * radius * cos(turn * formants_hz[vowel % 5][i] / rate) * y[i][0] -
                radius * radius * y[i][1];
            y[i][1] = y[i][0];
            y[i][0] = next;
            sum += 3 * sizes[i] * next;
        }
        play(&note, sum * fmin(1, t / 0.02) * fmin(1, (length_s - t) / 0.04));
    }
}

void synth_distort(SynthMix *mix, double drive, double cabinet_hz) {
    float *const sides[] = {mix->left, mix->right};
    for (int side = 0; side < 2; side++) {
        double a = 0, b = 0, floor_state = 0;
        for (size_t i = 0; i < mix->n_frames; i++) {
            const double x = sides[side][i];
            const double tight = x - smooth(&floor_state, x, 90);
            const double y = tanh(drive * tight + 0.1) - 0.0997;
            sides[side][i] = (float)smooth(&b, smooth(&a, y, cabinet_hz), cabinet_hz);
        }
    }
}

void synth_reverb(SynthMix *mix, double wet, double decay_s) {
    /* Parallel feedback combs of mutually prime lengths (Schroeder 1962), other ones each side. */
    static const int lengths[2][6] = {{1433, 1601, 1867, 2053, 2251, 2399},
                                      {1447, 1609, 1879, 2063, 2267, 2411}};
    enum { LONGEST = 2411 };
    float *const sides[] = {mix->left, mix->right};
    for (int side = 0; side < 2; side++)
        for (int comb = 0; comb < 6; comb++) {
            float line[LONGEST] = {0};
            const int n = lengths[side][comb];
            const double feedback = pow(10, -3 * n / (rate * decay_s));
            double dull = 0;
            /* Each comb hears the ones before it a little: a denser tail than strictly parallel. */
            for (size_t i = 0; i < mix->n_frames; i++) {
                const float out = line[i % (size_t)n];
                line[i % (size_t)n] = (float)(sides[side][i] + feedback * smooth(&dull, out, 4500));
                sides[side][i] += (float)(wet / 6 * out);
            }
        }
}

void synth_add(SynthMix *mix, const SynthMix *other, double gain) {
    for (size_t i = 0; i < mix->n_frames && i < other->n_frames; i++) {
        mix->left[i] += (float)gain * other->left[i];
        mix->right[i] += (float)gain * other->right[i];
    }
}
