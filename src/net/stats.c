/* Appends the running mean and deviation of its input: y = [x | m | sqrt(v + 1e-5)]. Gives the
 * output layer a summary of all that was heard beside the moment. See moments.h.
 *
 * With `recent` it also keeps, unseen by other layers, the moments over about so many steps. Where
 * the two come apart what is heard now is not what was heard before, and the long ones can begin
 * again from the short ones.
 */
#include "net/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/kinds.h"

static const GenreReal epsilon = (GenreReal)1e-5;

/* Deviations below 0.1 do not make a difference of means larger than it is. */
static const double least_variance = 0.01;

typedef struct {
    GenreMoments all, recent; /* recent.horizon 0: none */
} Stats;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    Stats *stats = layer->data = calloc(1, sizeof(Stats));
    if (!stats)
        return GENRE_ERR_NO_MEMORY;
    layer->n_out = 3 * layer->n_in;
    layer->n_channels = 3 * layer->n_channels_in;
    layer->n_cache = layer->n_in; /* d */
    GenreStatus status = genre_moments_configure(&stats->all, options, error);
    if (!status) /* a prior is no part of what is recent, and would be new */
        status =
            genre_option_int(options, "recent", 0, stats->all.prior ? 0 : stats->all.horizon - 1, 0,
                             &stats->recent.horizon, error);
    layer->n_state = (stats->recent.horizon ? 2 : 1) * genre_moments_n_state(layer->n_in);
    return status;
}

static GenreReal *recent(const GenreLayer *layer, GenreReal *state) {
    return state + genre_moments_n_state(layer->n_in);
}

static void reset(const GenreLayer *layer, GenreReal *state) {
    const Stats *stats = layer->data;
    genre_moments_reset(&stats->all, layer->n_in, state);
    if (stats->recent.horizon)
        genre_moments_reset(&stats->recent, layer->n_in, recent(layer, state));
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    const Stats *stats = layer->data;
    const int n = layer->n_in, n_rows = run->n_steps * run->n_streams;
    for (int r = 0; r < n_rows; r++, x += n, y += 3 * n, cache += n) {
        GenreReal *moments = state + (size_t)(r % run->n_streams) * layer->n_state;
        if (stats->recent.horizon)
            genre_moments_push(&stats->recent, n, recent(layer, moments), x, cache);
        genre_moments_push(&stats->all, n, moments, x, cache);
        memcpy(y, x, (size_t)n * sizeof *y);
        memcpy(y + n, moments, (size_t)n * sizeof *y);
        for (int i = 0; i < n; i++)
            y[2 * n + i] = sqrt(moments[n + i] + epsilon);
    }
}

/* The squared difference of the two means over the sum of the two variances, on average over the
 * values: 0 while as much was heard as is recent. */
static double novelty(const GenreLayer *layer, const GenreReal *state) {
    const Stats *stats = layer->data;
    const int n = layer->n_in;
    if (!stats->recent.horizon)
        return -1;
    const GenreReal *now = state + genre_moments_n_state(n); /* see recent() */
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double d = (double)now[i] - (double)state[i];
        sum += d * d / ((double)now[n + i] + (double)state[n + i] + least_variance);
    }
    return sum / n;
}

static int renew(const GenreLayer *layer, GenreReal *state) {
    const Stats *stats = layer->data;
    const int n_moments = genre_moments_n_state(layer->n_in);
    if (!stats->recent.horizon)
        return 0;
    memcpy(state, state + n_moments, (size_t)n_moments * sizeof *state);
    return (int)state[n_moments - 1];
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)gradient;
    const Stats *stats = layer->data;
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
            genre_moments_pull(&stats->all, n, t, cache + row * n, dm, dv, dx + row * n);
        }
    }
}

const GenreLayerKind genre_layer_stats = {
    .name = "stats",
    .options = "horizon prior recent ",
    .looks_at_y = true,
    .configure = configure,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .novelty = novelty,
    .renew = renew,
};
