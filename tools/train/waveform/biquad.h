/* Second-order filters, after Robert Bristow-Johnson's "Audio EQ Cookbook". */
#ifndef GENRE_TRAIN_BIQUAD_H
#define GENRE_TRAIN_BIQUAD_H

#include <stddef.h>

typedef enum {
    BIQUAD_LOW_PASS,
    BIQUAD_HIGH_PASS,
    BIQUAD_BELL,
    BIQUAD_LOW_SHELF,
    BIQUAD_HIGH_SHELF
} BiquadKind;

/* Filters `samples` (n) in place, from a state of rest. `hz` is held under half the rate; `db` is
 * for bells and shelves alone. */
void biquad_filter(BiquadKind kind, double rate_hz, double hz, double q, double db, float *samples,
                   size_t n);

#endif
