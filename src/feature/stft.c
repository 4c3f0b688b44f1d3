#include "feature/stft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/fft.h"

struct GenreStft {
    int n_fft, hop;
    int filled;  /* samples that wait in `past` */
    float *past; /* (n_fft) */
    /* Tables: */
    bool has_tables; /* of its own */
    GenreFft *fft;
    float *window; /* (n_fft) */
    /* Work space: */
    bool has_work;   /* of its own */
    float *windowed; /* (n_fft), then their power (n_fft / 2 + 1) */
    float *work;     /* (n_fft) */
};

/* What a stream, and a thread, has of its own. */
static bool take_memory(GenreStft *stft, bool with_work) {
    const size_t n = (size_t)stft->n_fft;
    stft->past = calloc(n, sizeof *stft->past);
    stft->has_work = with_work;
    if (with_work) {
        stft->windowed = calloc(n, sizeof *stft->windowed);
        stft->work = calloc(n, sizeof *stft->work);
    }
    return stft->past && stft->windowed && stft->work;
}

GenreStft *genre_stft_new(int n_fft, int hop) {
    GenreStft *stft = calloc(1, sizeof *stft);
    if (!stft)
        return NULL;
    stft->n_fft = n_fft;
    stft->hop = hop;
    stft->has_tables = true;
    stft->fft = genre_fft_new(n_fft);
    stft->window = calloc((size_t)n_fft, sizeof *stft->window);
    if (!stft->fft || !stft->window || !take_memory(stft, true)) {
        genre_stft_free(stft);
        return NULL;
    }
    const double turn = 2 * 3.14159265358979323846 / n_fft;
    for (int i = 0; i < n_fft; i++)
        stft->window[i] = (float)(0.5 - 0.5 * cos(turn * i));
    return stft;
}

GenreStft *genre_stft_new_beside(const GenreStft *first, bool same_thread) {
    GenreStft *stft = malloc(sizeof *stft);
    if (!stft)
        return NULL;
    *stft = *first;
    stft->has_tables = false;
    stft->filled = 0;
    if (!take_memory(stft, !same_thread)) {
        genre_stft_free(stft);
        return NULL;
    }
    return stft;
}

void genre_stft_free(GenreStft *stft) {
    if (!stft)
        return;
    if (stft->has_tables) {
        genre_fft_free(stft->fft);
        free(stft->window);
    }
    if (stft->has_work) {
        free(stft->windowed);
        free(stft->work);
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
        genre_fft_power(stft->fft, stft->windowed, stft->work, stft->windowed);
        stft->filled = stft->n_fft - stft->hop;
        memmove(stft->past, stft->past + stft->hop, (size_t)stft->filled * sizeof *stft->past);
    }
    return taken;
}

const float *genre_stft_power(const GenreStft *stft) {
    return stft->windowed;
}
