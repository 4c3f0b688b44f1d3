#include "eval/degrade.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/file.h"
#include "hash.h"
#include "rng.h"
#include "waveform/effects.h"

/* libsndfile has Opus take 6 to 256 kbit/s a channel for a compression of 1 to 0. */
static const double opus_32_kbit = 1 - (32 - 6) / 250.0;

static const struct {
    const char *name, *about;
} kinds[DEGRADE_N] = {
    [DEGRADE_NOT] = {"clean", "as it is"},
    [DEGRADE_ROOM] = {"room", "by a small loudspeaker, 200 Hz to 10 kHz, in a room that takes half "
                              "a second to fade by 60 dB"},
    [DEGRADE_NOISE] = {"noise", "white noise 15 dB under the music"},
    [DEGRADE_LOW_PASS] = {"low-pass", "nothing above 3 kHz, 24 dB per octave"},
    [DEGRADE_CODEC] = {"codec", "Opus at 32 kbit/s"},
    [DEGRADE_QUIET] = {"quiet", "30 dB softer"},
};

const char *degrade_name(Degradation degradation) {
    return kinds[degradation].name;
}

const char *degrade_about(Degradation degradation) {
    return kinds[degradation].about;
}

/* Files of whole numbers hold no more than +-1. */
static void keep_from_clipping(Mono *mono) {
    float top = 0;
    for (size_t i = 0; i < mono->n; i++)
        top = fmaxf(top, fabsf(mono->samples[i]));
    for (size_t i = 0; top > 1 && i < mono->n; i++)
        mono->samples[i] /= top;
}

GenreStatus degrade(Mono *mono, Degradation degradation, const char *name, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    GenreRng rng =
        genre_rng((uint64_t)degradation, genre_hash(GENRE_HASH_EMPTY, name, strlen(name)));
    switch (degradation) {
    case DEGRADE_ROOM:
        waveform_through_device(mono, 200, 10000, 2500, 5);
        status = waveform_play_in_room(mono, 0.5, &rng, error);
        break;
    case DEGRADE_NOISE:
        status = waveform_add_noise(mono, WAVEFORM_WHITE, 15, &rng, error);
        break;
    case DEGRADE_LOW_PASS:
        waveform_cut_above(mono, 3000);
        break;
    case DEGRADE_CODEC:
        status = waveform_code(mono, WAVEFORM_OPUS, opus_32_kbit, error);
        break;
    case DEGRADE_QUIET:
        waveform_scale(mono, -30);
        break;
    default:
        return GENRE_SUCCESS;
    }
    if (!status)
        keep_from_clipping(mono);
    return status;
}

GenreStatus degrade_read(Mono *mono, const char *path, Degradation degradation, GenreError *error) {
    GenreAudioFile *file = genre_audio_file_open(path, error);
    if (!file)
        return GENRE_ERR_OPEN;
    const double rate_hz = genre_audio_file_rate_hz(file);
    genre_audio_file_close(file);
    GenreStatus status = mono_read(mono, path, rate_hz, error);
    if (!status) {
        status = degrade(mono, degradation, basename(path), error);
        if (status)
            free(mono->samples);
    }
    return status;
}
