#include "feature/stft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/fft.h"

struct GenreStft {
    int n_fft, hop;
    int filled;     /* samples that wait in `past` */
    bool is_beside; /* all but `past` is another's */
    GenreFft *fft;
    float *window, *past, *windowed; /* (n_fft) each */
    float *power;                    /* (n_fft / 2 + 1) */
};

GenreStft *genre_stft_new(int n_fft, int hop) {
    GenreStft *stft = calloc(1, sizeof *stft);
    if (!stft)
        return NULL;
    const size_t n = (size_t)n_fft;
    stft->n_fft = n_fft;
    stft->hop = hop;
    stft->fft = genre_fft_new(n_fft);
    stft->window = calloc(n, sizeof(float));
    stft->past = calloc(n, sizeof(float));
    stft->windowed = calloc(n, sizeof(float));
    stft->power = calloc(n / 2 + 1, sizeof(float));
    if (!stft->fft || !stft->window || !stft->past || !stft->windowed || !stft->power) {
        genre_stft_free(stft);
        return NULL;
    }
    const double turn = 2 * 3.14159265358979323846 / n_fft;
    for (int i = 0; i < n_fft; i++)
        stft->window[i] = (float)(0.5 - 0.5 * cos(turn * i));
    return stft;
}

GenreStft *genre_stft_new_beside(const GenreStft *first) {
    GenreStft *stft = malloc(sizeof *stft);
    if (!stft)
        return NULL;
    *stft = *first;
    stft->is_beside = true;
    stft->filled = 0;
    stft->past = calloc((size_t)stft->n_fft, sizeof(float));
    if (!stft->past) {
        genre_stft_free(stft);
        return NULL;
    }
    return stft;
}

void genre_stft_free(GenreStft *stft) {
    if (!stft)
        return;
    if (!stft->is_beside) {
        genre_fft_free(stft->fft);
        free(stft->window);
        free(stft->windowed);
        free(stft->power);
    }
    free(stft->past);
    free(stft);
}

void genre_stft_reset(GenreStft *stft) {
    stft->filled = 0;
}

size_t genre_stft_push(GenreStft *stft, const float *samples, size_t n, bool *ready) {
    const size_t room = (size_t)(stft->n_fft - stft->filled);
    const size_t taken = n < room ? n : room;
    memcpy(stft->past + stft->filled, samples, taken * sizeof *samples);
    stft->filled += (int)taken;
    *ready = stft->filled == stft->n_fft;
    if (*ready) {
        for (int i = 0; i < stft->n_fft; i++)
            stft->windowed[i] = stft->past[i] * stft->window[i];
        genre_fft_power(stft->fft, stft->windowed, stft->power);
        stft->filled = stft->n_fft - stft->hop;
        memmove(stft->past, stft->past + stft->hop, (size_t)stft->filled * sizeof *stft->past);
    }
    return taken;
}

const float *genre_stft_power(const GenreStft *stft) {
    return stft->power;
}
