/* Tempo and pitch, by SoundTouch (through its C interface). */
#include <SoundTouchDLL.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"
#include "waveform/effects.h"

enum { BLOCK = 4096 };

bool waveform_has_speed(void) {
    return true;
}

/* Moves what has come out behind the *n_out samples that `out` (n) holds. */
static void receive(HANDLE touch, float *out, size_t n, size_t *n_out) {
    while (*n_out < n) {
        const size_t room = n - *n_out < BLOCK ? n - *n_out : BLOCK;
        const size_t got = soundtouch_receiveSamples(touch, out + *n_out, (unsigned)room);
        if (got == 0)
            return;
        *n_out += got;
    }
}

GenreStatus waveform_change_speed(Mono *mono, double tempo, double semitones, GenreError *error) {
    const size_t n = (size_t)fmax(1, (double)mono->n / tempo + 0.5);
    float *out = calloc(n, sizeof *out);
    HANDLE touch = soundtouch_createInstance();
    if (!out || !touch) {
        free(out);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    size_t n_out = 0;
    soundtouch_setSampleRate(touch, (unsigned)lround(mono->rate_hz));
    soundtouch_setChannels(touch, 1);
    soundtouch_setTempo(touch, (float)tempo);
    soundtouch_setPitchSemiTones(touch, (float)semitones);
    for (size_t at = 0; at < mono->n; at += BLOCK) {
        const size_t left = mono->n - at;
        soundtouch_putSamples(touch, mono->samples + at, (unsigned)(left < BLOCK ? left : BLOCK));
        receive(touch, out, n, &n_out);
    }
    soundtouch_flush(touch);
    receive(touch, out, n, &n_out);
    soundtouch_destroyInstance(touch);
    free(mono->samples);
    mono->samples = out;
    mono->n = n;
    return GENRE_SUCCESS;
}

GenreStatus waveform_speed(WaveformChange *change, GenreError *error) {
    const Waveform *settings = change->settings;
    /* Uniform on the scale of ratios: as often twice as fast as half as fast. */
    const double most = log1p(settings->tempo);
    const double tempo = exp(genre_rng_between(&change->rng, -most, most));
    const double semitones =
        genre_rng_between(&change->rng, -settings->pitch_semitones, settings->pitch_semitones);
    if (settings->tempo <= 0 && settings->pitch_semitones <= 0)
        return GENRE_SUCCESS;
    snprintf(change->told, sizeof change->told, "tempo %+.1f %%, pitch %+.2f semitones",
             100 * (tempo - 1), semitones);
    return waveform_change_speed(change->mono, tempo, semitones, error);
}
