/* Features once more, in double and as their definitions read: slow, and plainly right. */
#ifndef GENRE_TESTS_REFERENCE_H
#define GENRE_TESTS_REFERENCE_H

typedef struct {
    double rate_hz;
    int n_fft, n_bands;
    double low_hz, high_hz; /* high_hz 0: half the rate */
} ReferenceBank;

/* Slaney's scale written out as in the Auditory Toolbox: 13 bands a third of 200 Hz wide up to
 * 1 kHz, logarithmic above. */
double reference_mel_to_hz(double mel);
double reference_hz_to_mel(double hz);

/* |DFT|^2 of n_fft samples under a periodic Hann window into power (n_fft / 2 + 1); n_fft a
 * multiple of 4. */
void reference_power(const float *x, int n_fft, double *power);

/* A power spectrum as mel bands in dB, (n_bands), as librosa's mel(htk=False, norm='slaney') and
 * 10 log10 make them. `share` (n_bands) is what each holds of what the spectrum's loudest bin
 * would have put into it: 1 where nothing was put anywhere. */
void reference_logmel(const ReferenceBank *bank, const double *power, double *db, double *share);

/* How far a band may be from the reference. Where it holds less than 1e-10 of what the spectrum's
 * loudest bin would have put into it, it is made of the rounding errors of the FFT, which float
 * keeps at some -140 dB of that bin. */
double reference_tolerance_db(double share);

#endif
