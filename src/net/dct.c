/* Orthonormal DCT-II of the input's bands, the first "coefficients" of it: decorrelates log-mel
 * bands into cepstral coefficients (Davis and Mermelstein 1980).
 *
 *   y[k] = s_k sum_i x[i] cos(pi k (i + 1/2) / n),   s_0 = sqrt(1/n), s_k = sqrt(2/n)
 */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

/* More bands than any feature has. Bounds the matrix, which takes no bytes in the file: a hostile
 * model of a few lines could else ask for gigabytes. */
enum { MAX_BANDS = 1024 };

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    const int n = layer->n_in;
    if (n > MAX_BANDS)
        return genre_fail(error, GENRE_ERR_FORMAT, "%d inputs are more than %d", n, MAX_BANDS);
    const GenreStatus status =
        genre_option_int(options, "coefficients", 1, n, 0, &layer->n_out, error);
    if (status)
        return status;
    layer->n_channels = 1;
    GenreReal *matrix = calloc((size_t)layer->n_out * n, sizeof *matrix); /* (n_out, n_in) */
    layer->data = matrix;
    if (!matrix)
        return GENRE_ERR_NO_MEMORY;
    for (int k = 0; k < layer->n_out; k++)
        for (int i = 0; i < n; i++)
            matrix[(size_t)k * n + i] =
                (GenreReal)(sqrt((k ? 2.0 : 1.0) / n) *
                            cos(3.14159265358979323846 * k * (i + 0.5) / n));
    return GENRE_SUCCESS;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state, (void)cache;
    const int n_rows = run->n_steps * run->n_streams;
    memset(y, 0, (size_t)n_rows * layer->n_out * sizeof *y);
    run->math->add_nt(n_rows, layer->n_out, layer->n_in, x, layer->data, y);
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    (void)x, (void)y, (void)gradient, (void)cache;
    const int n_rows = run->n_steps * run->n_streams;
    if (!dx)
        return;
    memset(dx, 0, (size_t)n_rows * layer->n_in * sizeof *dx);
    run->math->add_nn(n_rows, layer->n_in, layer->n_out, dy, layer->data, dx);
}

const GenreLayerKind genre_layer_dct = {
    .name = "dct",
    .options = "coefficients ",
    .configure = configure,
    .forward = forward,
    .backward = backward,
};
