#include "waveform/convolve.h"

#include <kiss_fftr.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

/* Overlap-add, with both cut into blocks of half a transform. */
enum { N_FFT = 16384, BLOCK = N_FFT / 2, SPECTRUM = N_FFT + 2 /* floats: real, imaginary */ };

/* The spectra (blocks, SPECTRUM) of x's blocks, each filled up with zeros. */
static void transform(kiss_fftr_cfg fft, const float *x, size_t n, float *spectra, float *block) {
    for (size_t at = 0; at < n; at += BLOCK, spectra += SPECTRUM) {
        const size_t left = n - at < BLOCK ? n - at : BLOCK;
        memset(block, 0, N_FFT * sizeof *block);
        memcpy(block, x + at, left * sizeof *block);
        kiss_fftr(fft, block, (kiss_fft_cpx *)spectra);
    }
}

static void add_product(float *restrict sum, const float *restrict a, const float *restrict b) {
    for (int k = 0; k < SPECTRUM; k += 2) {
        sum[k] += a[k] * b[k] - a[k + 1] * b[k + 1];
        sum[k + 1] += a[k] * b[k + 1] + a[k + 1] * b[k];
    }
}

GenreStatus convolve(float *samples, size_t n, const float *response, size_t n_response,
                     GenreError *error) {
    const size_t n_x = (n + BLOCK - 1) / BLOCK, n_h = (n_response + BLOCK - 1) / BLOCK;
    kiss_fftr_cfg fft = kiss_fftr_alloc(N_FFT, 0, NULL, NULL);
    kiss_fftr_cfg back = kiss_fftr_alloc(N_FFT, 1, NULL, NULL);
    float *x = malloc((n_x + 1) * SPECTRUM * sizeof *x);
    float *h = malloc((n_h + 1) * SPECTRUM * sizeof *h);
    float *sum = malloc(SPECTRUM * sizeof *sum), *block = malloc(N_FFT * sizeof *block);
    const bool ok = fft && back && x && h && sum && block;
    if (ok) {
        transform(fft, samples, n, x, block);
        transform(fft, response, n_response, h, block);
        memset(samples, 0, n * sizeof *samples);
    }
    for (size_t i = 0; ok && i < n_x; i++) {
        const size_t at = i * BLOCK, left = n - at < N_FFT ? n - at : N_FFT;
        memset(sum, 0, SPECTRUM * sizeof *sum);
        for (size_t k = 0; k < n_h && k <= i; k++)
            add_product(sum, x + (i - k) * SPECTRUM, h + k * SPECTRUM);
        kiss_fftri(back, (const kiss_fft_cpx *)sum, block);
        for (size_t t = 0; t < left; t++)
            samples[at + t] += block[t] / N_FFT;
    }
    free(block);
    free(sum);
    free(h);
    free(x);
    kiss_fftr_free(back);
    kiss_fftr_free(fft);
    return ok ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}
