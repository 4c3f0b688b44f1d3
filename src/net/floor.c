/* Level by the loudest band so far: what lies more than "range_db" under it is lifted to that
 * floor, so that a source's noise floor tells nothing, and the peak becomes 0 dB, so that its gain
 * tells nothing.
 *
 *   p_t = max(p_(t-1) - decay, max_i x_i)      y = max(x - p_t, -range)
 *
 * "decay_db" is per step. There is no gradient: nothing before it has weights.
 */
#include "net/kinds.h"

#include <stdlib.h>

typedef struct {
    double range_db, decay_db;
} Floor;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    Floor *floor = calloc(1, sizeof *floor);
    layer->data = floor;
    if (!floor)
        return GENRE_ERR_NO_MEMORY;
    layer->n_out = layer->n_in;
    layer->n_state = 1;
    const GenreStatus status =
        genre_option_real(options, "range_db", 1, 200, 60, &floor->range_db, error);
    return status ? status
                  : genre_option_real(options, "decay_db", 0, 10, 0, &floor->decay_db, error);
}

static void reset(const GenreLayer *layer, GenreReal *state) {
    (void)layer;
    state[0] = -1000; /* dB; under anything a feature can give */
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)cache;
    const Floor *floor = layer->data;
    const GenreReal lowest = (GenreReal)-floor->range_db, decay = (GenreReal)floor->decay_db;
    const int n = layer->n_in;
    for (int t = 0; t < run->n_steps; t++)
        for (int b = 0; b < run->n_streams; b++, x += n, y += n) {
            GenreReal peak = state[b] - decay;
            for (int i = 0; i < n; i++)
                peak = x[i] > peak ? x[i] : peak;
            state[b] = peak;
            for (int i = 0; i < n; i++)
                y[i] = x[i] - peak > lowest ? x[i] - peak : lowest;
        }
}

const GenreLayerKind genre_layer_floor = {
    .name = "floor",
    .options = "range_db decay_db ",
    .configure = configure,
    .reset = reset,
    .forward = forward,
};
