/* A range of the input, averaged in groups: y[j] = mean of the "width" values from
 * first + j * width on. "count" values are used; width divides it.
 *
 * Leaves out bands that tell more about a source than about its music (what lies near half the
 * sample rate depends on the filters that it went through), and makes the rest coarser.
 */
#include "net/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "status.h"

typedef struct {
    int first, width;
} Bands;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    const int n = layer->n_in;
    Bands *bands = calloc(1, sizeof *bands);
    int count;
    GenreStatus status;
    layer->data = bands;
    if (!bands)
        return GENRE_ERR_NO_MEMORY;
    if ((status = genre_option_int(options, "first", 0, n - 1, 0, &bands->first, error)) ||
        (status = genre_option_int(options, "count", 1, n - bands->first, n - bands->first, &count,
                                   error)) ||
        (status = genre_option_int(options, "width", 1, count, 1, &bands->width, error)))
        return status;
    if (count % bands->width)
        return genre_fail(error, GENRE_ERR_FORMAT, "%d bands do not part into groups of %d", count,
                          bands->width);
    layer->n_out = count / bands->width;
    layer->n_channels = 1;
    return GENRE_SUCCESS;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const Bands *bands = layer->data;
    const GenreReal scale = (GenreReal)1 / (GenreReal)bands->width;
    const int n_rows = run->n_steps * run->n_streams;
    for (int r = 0; r < n_rows; r++) {
        const GenreReal *from = x + (size_t)r * layer->n_in + bands->first;
        for (int j = 0; j < layer->n_out; j++, from += bands->width) {
            GenreReal sum = 0;
            for (int i = 0; i < bands->width; i++)
                sum += from[i];
            y[(size_t)r * layer->n_out + j] = sum * scale;
        }
    }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)y, (void)gradient, (void)cache;
    const Bands *bands = layer->data;
    const GenreReal scale = (GenreReal)1 / (GenreReal)bands->width;
    const int n_rows = dx ? run->n_steps * run->n_streams : 0;
    for (int r = 0; r < n_rows; r++) {
        GenreReal *to = dx + (size_t)r * layer->n_in;
        memset(to, 0, (size_t)layer->n_in * sizeof *to);
        to += bands->first;
        for (int j = 0; j < layer->n_out; j++, to += bands->width)
            for (int i = 0; i < bands->width; i++)
                to[i] = dy[(size_t)r * layer->n_out + j] * scale;
    }
}

const GenreLayerKind genre_layer_bands = {
    .name = "bands",
    .options = "first count width ",
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
