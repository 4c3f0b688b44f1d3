/* Stands in for speed.c in a build without SoundTouch; recipes that want it are refused.
 */
#include "status.h"
#include "waveform/effects.h"

bool waveform_has_speed(void) {
    return false;
}

GenreStatus waveform_change_speed(Mono *mono, double tempo, double semitones, GenreError *error) {
    (void)mono, (void)tempo, (void)semitones;
    return genre_fail(error, GENRE_ERR_UNSUPPORTED, "built without SoundTouch");
}

GenreStatus waveform_speed(WaveformChange *change, GenreError *error) {
    (void)change, (void)error;
    return GENRE_SUCCESS;
}
