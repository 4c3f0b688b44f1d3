/* Causal normalisation per dimension by its own running moments: y = (x - m) / sqrt(v + 1e-2).
 * Removes a source's colour and contrast as they are heard. See moments.h. */
#include "net/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/kinds.h"

static const GenreReal epsilon = (GenreReal)1e-2;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    layer->data = calloc(1, sizeof(GenreMoments));
    layer->n_out = layer->n_in;
    layer->n_state = genre_moments_n_state(layer->n_in);
    layer->n_cache = 2 * layer->n_in; /* d | 1 / deviation */
    return layer->data ? genre_moments_configure(layer->data, options, error) : GENRE_ERR_NO_MEMORY;
}

static void reset(const GenreLayer *layer, GenreReal *state) {
    genre_moments_reset(layer->data, layer->n_in, state);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    const int n = layer->n_in, n_rows = run->n_steps * run->n_streams;
    for (int r = 0; r < n_rows; r++, x += n, y += n, cache += 2 * n) {
        GenreReal *moments = state + (size_t)(r % run->n_streams) * layer->n_state;
        genre_moments_push(layer->data, n, moments, x, cache);
        for (int i = 0; i < n; i++) {
            cache[n + i] = 1 / sqrt(moments[n + i] + epsilon);
            y[i] = (x[i] - moments[i]) * cache[n + i];
        }
    }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)gradient;
    const int n = layer->n_in;
    for (int b = 0; dx && b < run->n_streams; b++) {
        GenreReal dm[n], dv[n];
        memset(dm, 0, sizeof dm);
        memset(dv, 0, sizeof dv);
        for (int t = run->n_steps - 1; t >= 0; t--) {
            const size_t row = (size_t)t * run->n_streams + b;
            const GenreReal *d = cache + row * 2 * n, *inverse = d + n;
            for (int i = 0; i < n; i++) {
                const GenreReal dout = dy[row * n + i];
                dx[row * n + i] = dout * inverse[i];
                dm[i] -= dout * inverse[i];
                dv[i] -= dout * y[row * n + i] * inverse[i] * inverse[i] / 2;
            }
            genre_moments_pull(layer->data, n, t, d, dm, dv, dx + row * n);
        }
    }
}

const GenreLayerKind genre_layer_norm = {
    .name = "norm",
    .options = "horizon prior ",
    .looks_at_y = true,
    .configure = configure,
    .reset = reset,
    .forward = forward,
    .backward = backward,
};
