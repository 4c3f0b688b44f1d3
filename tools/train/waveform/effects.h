/* The effects that waveform.c has in its table, in the order in which sound meets them. */
#ifndef GENRE_TRAIN_WAVEFORM_EFFECTS_H
#define GENRE_TRAIN_WAVEFORM_EFFECTS_H

#include "clips/mono.h"
#include "rng.h"
#include "waveform/waveform.h"

/* What an effect is given: it changes the sound in place, or replaces it. */
typedef struct {
    const Waveform *settings;
    Mono *mono;
    GenreRng rng;   /* the effect's own */
    char told[160]; /* what was done, for people; empty: nothing */
} WaveformChange;

typedef GenreStatus WaveformEffect(WaveformChange *change, GenreError *error);

WaveformEffect waveform_speed;      /* tempo, pitch */
WaveformEffect waveform_eq;         /* the tone of a mix */
WaveformEffect waveform_codec;      /* coded with loss and decoded again */
WaveformEffect waveform_room;       /* reflections and reverberation */
WaveformEffect waveform_noise;      /* at a signal-to-noise ratio */
WaveformEffect waveform_microphone; /* the response of a small device */
WaveformEffect waveform_low_pass;
WaveformEffect waveform_gain;

/* Whether this build can change tempo and pitch. */
bool waveform_has_speed(void);

/* The effects' own steps, for degrade.c and for tests. */

/* `tempo` times as fast, higher by `semitones`; the length becomes n / tempo. */
GenreStatus waveform_change_speed(Mono *mono, double tempo, double semitones, GenreError *error);

typedef enum { WAVEFORM_VORBIS, WAVEFORM_OPUS, WAVEFORM_MP3, WAVEFORM_N_CODECS } WaveformCodec;

/* There and back, 0 (best) to 1 (smallest); length and alignment stay. */
GenreStatus waveform_code(Mono *mono, WaveformCodec codec, double compression, GenreError *error);

typedef enum {
    WAVEFORM_WHITE,
    WAVEFORM_PINK,
    WAVEFORM_BROWN,
    WAVEFORM_HUM,
    WAVEFORM_BABBLE,
    WAVEFORM_N_NOISES
} WaveformNoise;

/* Adds noise `snr_db` under the sound's mean power. Silence stays silent. */
GenreStatus waveform_add_noise(Mono *mono, WaveformNoise noise, double snr_db, GenreRng *rng,
                               GenreError *error);

/* The response of a room, (n) samples beginning with the direct sound; free() it. NULL: no memory.
 */
float *waveform_room_response(double rate_hz, double fade_s, GenreRng *rng, size_t *n);

/* Plays the sound in a room of waveform_room_response; its mean power stays. */
GenreStatus waveform_play_in_room(Mono *mono, double fade_s, GenreRng *rng, GenreError *error);

/* What a small loudspeaker or microphone leaves: nothing below low_hz and above high_hz (24 dB per
 * octave), and a resonance. */
void waveform_through_device(Mono *mono, double low_hz, double high_hz, double bell_hz,
                             double bell_db);

void waveform_scale(Mono *mono, double db);

/* Cuts off all above `hz`, 24 dB per octave. */
void waveform_cut_above(Mono *mono, double hz);

#endif
