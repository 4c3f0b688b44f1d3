/* Random changes to log-mel frames that leave the genre alone, so that what tells the sources
 * apart (level, colour, bandwidth, noise floor, speed) tells the network nothing.
 *
 * All work on an excerpt, (n, size), of which the values from `first_band` on are n_bands log-mel
 * bands in dB. Other features are stretched and mixed with them, but else left alone.
 */
#ifndef GENRE_TRAIN_AUGMENT_H
#define GENRE_TRAIN_AUGMENT_H

#include <jansson.h>

#include "genrecast.h"
#include "learn/augment_path.h"
#include "rng.h"

typedef struct {
    double gain_db;   /* the level moves by up to +- this */
    double slope_db;  /* the highest band moves by up to +- this against the lowest */
    double colour_db; /* deviation of a smooth random curve over the bands */
    double contrast;  /* distances from the loudest value grow or shrink by up to this share */
    double floor_low_db,
        floor_high_db;      /* values are lifted to this far under the loudest; 0: off */
    double low_pass;        /* probability of cutting off the bands above a random one */
    AugmentPath path;       /* loss of bass, room and noise */
    double stretch;         /* speed changes by up to this share */
    double shift_bands;     /* bands move up or down by up to this many */
    double pitch_semitones; /* and by this, those of low frequencies less than others */
    double restyle;         /* probability of another clip's mean and deviation per band */
    int time_masks, time_mask_frames; /* stretches of time lose all contrast */
    int band_masks, band_mask_bands;  /* and so do ranges of bands */
    double mixup;                     /* probability of being mixed with another clip */
    int first_band, n_bands;          /* where log-mel bands stand in a frame; 0: nowhere */
} Augment;

/* From a recipe's "augment" for frames of `feature`. Fails where it asks to change bands, and the
 * feature has none. */
GenreStatus augment_read(Augment *augment, const json_t *json, const json_t *feature,
                         GenreError *error);

/* How many frames of the source n frames of an excerpt take, at a speed drawn from rng. */
double augment_speed(const Augment *augment, GenreRng *rng);

/* Fills x (n, size) from `frames` (n_source, size), starting at frame `start`, moved on by `speed`
 * frames each, linearly interpolated; the last frame is held. */
void augment_resample(const float *frames, int n_source, int size, double start, double speed,
                      float *x, int n);

/* Applies all the rest to x (n, size) in place. */
void augment_apply(const Augment *augment, GenreRng *rng, float *x, int n, int size);

/* x = mean of x (share) and y (1 - share): of bands that of their powers, both brought to the same
 * loudest value. */
void augment_mix(const Augment *augment, float *x, const float *y, double share, int n, int size);

/* Brings mean and deviation over time of every band of x (n, size) part of the way to those of y
 * (n_other, size): `share` of them stay (input MixStyle: Zhou et al. 2021, by frequency as in Kim
 * et al. 2022). */
void augment_restyle(const Augment *augment, float *x, const float *y, double share, int n,
                     int n_other, int size);

#endif
