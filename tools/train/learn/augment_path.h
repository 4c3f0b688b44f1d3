/* What sound goes through on its way from the record to the microphone, in terms of log-mel bands:
 * loss of bass, a room, noise. The effects of waveform.h do it properly, but take the sound, and
 * time; these also do for clips that exist as mel frames only, and differ with every draw.
 */
#ifndef GENRE_TRAIN_AUGMENT_PATH_H
#define GENRE_TRAIN_AUGMENT_PATH_H

#include <stddef.h>

#include "rng.h"

enum { AUGMENT_MAX_BANDS = 256 };

/* n frames of n_bands values in dB; a frame starts `size` values after the one before. */
typedef struct {
    float *x; /* the first frame's first band */
    int n, n_bands, size;
} AugmentBands;

/* Runs the statement that follows for each value v of some bands. */
#define AUGMENT_EACH(bands, v)                                                                     \
    for (int row_ = 0; row_ < (bands).n; row_++)                                                   \
        for (float *v = (bands).x + (size_t)row_ * (bands).size, *const end_ =                     \
                                                                     v + (bands).n_bands;          \
             v < end_; v++)

typedef struct {
    double low_cut, room, noise;    /* probabilities */
    double snr_low_db, snr_high_db; /* of the noise: how far it is under the music */
    float centre_hz[AUGMENT_MAX_BANDS];
    float width[AUGMENT_MAX_BANDS]; /* share of the range that all cover, in Hz */
    double low_mel, step_mel;       /* below the first band, and from one to the next */
    double frame_s;
} AugmentPath;

/* Sets where n_bands bands of Slaney's mel scale are, and how long a frame is. */
void augment_path_place(AugmentPath *path, double low_hz, double high_hz, double frame_s,
                        int n_bands);

/* The band, of which there may be fractions, whose centre is at that frequency. */
double augment_path_band(const AugmentPath *path, double hz);

/* Adds to curve (n_bands), in dB, what a small loudspeaker or microphone leaves of the bass: 3 dB
 * less at a frequency of 50 to 500 Hz, and 6 to 24 dB less with every octave under it. */
void augment_path_low_cut(const AugmentPath *path, GenreRng *rng, float *curve, int n_bands);

/* Adds a room that fades by 60 dB within 0.2 to 1 s, its sound 3 to 18 dB under the direct one, and
 * steady noise whose spectrum slopes by up to +-15 dB over the bands. */
void augment_path_apply(const AugmentPath *path, GenreRng *rng, AugmentBands bands);

#endif
