/* Appends the running mean and deviation of its input: y = [x | m | sqrt(v + 1e-5)]. Gives the
 * output layer a summary of all that was heard beside the moment. See moments.h. */
#include "net/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/kinds.h"

static const GenreReal epsilon = (GenreReal)1e-5;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    layer->data = calloc(1, sizeof(GenreMoments));
    layer->n_out = 3 * layer->n_in;
    layer->n_channels = 3 * layer->n_channels_in;
    layer->n_state = genre_moments_n_state(layer->n_in);
    layer->n_cache = layer->n_in; /* d */
    return layer->data ? genre_moments_configure(layer->data, options, error) : GENRE_ERR_NO_MEMORY;
}

static void reset(const GenreLayer *layer, GenreReal *state) {
    genre_moments_reset(layer->data, layer->n_in, state);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    const int n = layer->n_in, n_rows = run->n_steps * run->n_streams;
    for (int r = 0; r < n_rows; r++, x += n, y += 3 * n, cache += n) {
        GenreReal *moments = state + (size_t)(r % run->n_streams) * layer->n_state;
        genre_moments_push(layer->data, n, moments, x, cache);
        memcpy(y, x, (size_t)n * sizeof *y);
        memcpy(y + n, moments, (size_t)n * sizeof *y);
        for (int i = 0; i < n; i++)
            y[2 * n + i] = sqrt(moments[n + i] + epsilon);
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
            const GenreReal *dout = dy + row * 3 * n, *deviation = y + row * 3 * n + 2 * n;
            for (int i = 0; i < n; i++) {
                dx[row * n + i] = dout[i];
                dm[i] += dout[n + i];
                dv[i] += dout[2 * n + i] / (2 * deviation[i]);
            }
            genre_moments_pull(layer->data, n, t, cache + row * n, dm, dv, dx + row * n);
        }
    }
}

const GenreLayerKind genre_layer_stats = {
    .name = "stats",
    .options = "horizon prior ",
    .looks_at_y = true,
    .configure = configure,
    .reset = reset,
    .forward = forward,
    .backward = backward,
};
