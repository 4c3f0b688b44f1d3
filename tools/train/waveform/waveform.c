#include "waveform/waveform.h"

#include <math.h>
#include <string.h>

#include "hash.h"
#include "options.h"
#include "status.h"
#include "waveform/effects.h"

/* In the order in which sound meets them: the music itself, its file, where it is played, where
 * it is heard. */
static const struct {
    const char *name;
    WaveformEffect *apply;
} effects[] = {
    {"speed", waveform_speed},       {"eq", waveform_eq},       {"codec", waveform_codec},
    {"room", waveform_room},         {"noise", waveform_noise}, {"microphone", waveform_microphone},
    {"low pass", waveform_low_pass}, {"gain", waveform_gain},
};

GenreStatus waveform_read(Waveform *waveform, const json_t *json, GenreError *error) {
    const struct {
        const char *name;
        double low, high, fallback;
        double *value;
    } numbers[] = {
        {"tempo", 0, 0.5, 0, &waveform->tempo},
        {"pitch_semitones", 0, 12, 0, &waveform->pitch_semitones},
        {"eq_db", 0, 24, 0, &waveform->eq_db},
        {"codec", 0, 1, 0, &waveform->codec},
        {"room", 0, 1, 0, &waveform->room},
        {"room_low_s", 0.05, 5, 0.2, &waveform->room_low_s},
        {"room_high_s", 0.05, 5, 1, &waveform->room_high_s},
        {"noise", 0, 1, 0, &waveform->noise},
        {"snr_low_db", -20, 100, 5, &waveform->snr_low_db},
        {"snr_high_db", -20, 100, 30, &waveform->snr_high_db},
        {"microphone", 0, 1, 0, &waveform->microphone},
        {"low_pass", 0, 1, 0, &waveform->low_pass},
        {"gain_db", 0, 60, 0, &waveform->gain_db},
    };
    GenreStatus status;
    *waveform = (Waveform){.json = json};
    if (!json)
        return GENRE_SUCCESS;
    if ((status = genre_options_known(json, "\"waveform\"",
                                      "variants seed tempo pitch_semitones eq_db codec room "
                                      "room_low_s room_high_s noise snr_low_db snr_high_db "
                                      "microphone low_pass gain_db ",
                                      error)) ||
        (status = genre_option_int(json, "variants", 1, WAVEFORM_MAX_VARIANTS, 0,
                                   &waveform->variants, error)) ||
        (status = genre_option_int(json, "seed", 0, 1 << 30, 1, &waveform->seed, error)))
        return status;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if ((status = genre_option_real(json, numbers[i].name, numbers[i].low, numbers[i].high,
                                        numbers[i].fallback, numbers[i].value, error)))
            return status;
    if (waveform->snr_low_db > waveform->snr_high_db ||
        waveform->room_low_s > waveform->room_high_s)
        return genre_fail(
            error, GENRE_ERR_FORMAT, "\"%s\" is higher than \"%s\"",
            waveform->snr_low_db > waveform->snr_high_db ? "snr_low_db" : "room_low_s",
            waveform->snr_low_db > waveform->snr_high_db ? "snr_high_db" : "room_high_s");
    if ((waveform->tempo > 0 || waveform->pitch_semitones > 0) && !waveform_has_speed())
        return genre_fail(error, GENRE_ERR_UNSUPPORTED,
                          "\"tempo\" and \"pitch_semitones\" need SoundTouch, which this "
                          "genrecast-train was built without");
    return GENRE_SUCCESS;
}

static uint64_t hash_on(uint64_t hash, const char *text) {
    return genre_hash(hash, text, strlen(text) + 1);
}

/* Each effect has random numbers of its own, so that one's options change nothing in another. */
static GenreRng effect_rng(const Waveform *waveform, const char *id, int variant,
                           const char *effect) {
    char number[16];
    snprintf(number, sizeof number, "%d", variant);
    const uint64_t hash = hash_on(hash_on(hash_on(GENRE_HASH_EMPTY, id), number), effect);
    return genre_rng((uint64_t)waveform->seed, hash);
}

GenreStatus waveform_apply(const Waveform *waveform, const char *id, int variant, Mono *mono,
                           FILE *told, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    for (size_t i = 0; i < sizeof effects / sizeof *effects && variant > 0 && !status; i++) {
        WaveformChange change = {waveform, mono, effect_rng(waveform, id, variant, effects[i].name),
                                 ""};
        status = effects[i].apply(&change, error);
        if (!status && told && *change.told)
            fprintf(told, "%s: %s\n", effects[i].name, change.told);
    }
    return status;
}
