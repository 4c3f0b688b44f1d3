/* Slaney's mel filter bank and its logarithm: the table entry of the feature kind "logmel".
 *
 * Bands as librosa.filters.mel(htk=False, norm='slaney') defines them, after M. Slaney, Auditory
 * Toolbox, Interval Research technical report 1998-010: 13 bands linear up to 1 kHz at 66.7 Hz per
 * mel, logarithmic above; triangles of equal area.
 */
#ifndef GENRE_FEATURE_MEL_H
#define GENRE_FEATURE_MEL_H

#include "feature/feature.h"

/* Parameters "bands" (2 to 256; 128), "low_hz" (0), "high_hz" (half the rate). Values are
 * 10 log10 of the band's power, which is taken as at least 1e-10 (-100 dB). */
extern const GenreFeatureKind genre_feature_logmel;

/* Slaney's mel scale and back. */
double genre_mel_from_hz(double hz);
double genre_mel_to_hz(double mel);

#endif
