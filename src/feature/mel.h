/* Slaney's mel scale and back; the feature kind "logmel" is built on it.
 *
 * Bands as librosa.filters.mel(htk=False, norm='slaney') defines them, after M. Slaney, Auditory
 * Toolbox, Interval Research technical report 1998-010: 13 bands linear up to 1 kHz at 66.7 Hz per
 * mel, logarithmic above; triangles of equal area.
 *
 * Parameters "bands" (2 to 256; 128), "low_hz" (0), "high_hz" (half the rate). Values are 10 log10
 * of the band's power, which is taken as at least 1e-10 (-100 dB).
 */
#ifndef GENRE_FEATURE_MEL_H
#define GENRE_FEATURE_MEL_H

double genre_mel_from_hz(double hz);
double genre_mel_to_hz(double mel);

#endif
