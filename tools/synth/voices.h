/* Instruments of genrecast-synth. Each adds one note to a stereo mix; none is meant to fool an ear,
 * only to fill the spectrum and time as its model does. */
#ifndef GENRE_SYNTH_VOICES_H
#define GENRE_SYNTH_VOICES_H

#include <stdbool.h>
#include <stddef.h>

#include "rng.h"

/* Everything is made at this rate; the program resamples, so that a clip is the same clip at every
 * rate. */
enum { SYNTH_RATE_HZ = 48000 };

typedef struct {
    size_t n_frames;
    float *left, *right; /* (n_frames) each */
    GenreRng *rng;       /* for noise and detuning */
} SynthMix;

/* Silent. False: out of memory. */
bool synth_mix_init(SynthMix *mix, double seconds, GenreRng *rng);
void synth_mix_clear(SynthMix *mix);

/* A place in the mix: when, how loud (1 = a single loud instrument), from where (-1 left to 1). */
typedef struct {
    double start_s, gain, pan;
} SynthPlace;

/* Drums. */
void synth_kick(SynthMix *mix, SynthPlace at, double click);
void synth_snare(SynthMix *mix, SynthPlace at, double tone_hz, double decay_s);
void synth_hat(SynthMix *mix, SynthPlace at, double decay_s);    /* 0.04 closed, 0.3 open */
void synth_cymbal(SynthMix *mix, SynthPlace at, double decay_s); /* ride, crash */

/* Saws through a resonant low-pass that falls from open_hz to closed_hz. */
typedef struct {
    double attack_s, length_s, release_s;
    double open_hz, closed_hz, fall_s;
    double resonance; /* 0 to 0.95 */
    int n_saws;
    double detune; /* of the outermost saw, as a share of the frequency */
    double vibrato;
} SynthPatch;
void synth_saw(SynthMix *mix, SynthPlace at, double hz, const SynthPatch *patch);

void synth_piano(SynthMix *mix, SynthPlace at, double hz, double length_s);
void synth_electric_piano(SynthMix *mix, SynthPlace at, double hz, double length_s);
/* A plucked string (Karplus and Strong 1983); brightness 0 to 1, decay until 60 dB down. */
void synth_pluck(SynthMix *mix, SynthPlace at, double hz, double length_s, double brightness,
                 double decay_s);
void synth_sub(SynthMix *mix, SynthPlace at, double hz, double length_s);
/* A spoken syllable: pulses through the formants of vowel 0 to 4. */
void synth_syllable(SynthMix *mix, SynthPlace at, double hz, double length_s, int vowel);

/* Effects on a whole mix. */
void synth_distort(SynthMix *mix, double drive, double cabinet_hz);
void synth_reverb(SynthMix *mix, double wet, double decay_s);
void synth_add(SynthMix *mix, const SynthMix *other, double gain);

/* Key on a piano, 69 = a' = 440 Hz. */
double synth_key_hz(double key);

#endif
