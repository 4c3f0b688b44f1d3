#include "net/sliding.h"

#include "status.h"

enum { MAX_KERNEL = 1024 };

/* Places along one axis; 0: none fits. */
static int n_places(const GenreSliding *s, int n, int kernel, int stride) {
    if (s->padding != GENRE_PAD_VALID)
        return n > 0 ? (n - 1) / stride + 1 : 0;
    return n >= kernel ? (n - kernel) / stride + 1 : 0;
}

GenreStatus genre_sliding_configure(GenreSliding *s, GenreLayer *layer, const json_t *options,
                                    GenrePadding padding, int stride, GenreError *error) {
    GenreStatus status;
    if ((status =
             genre_option_int(options, "kernel_time", 1, MAX_KERNEL, 1, &s->kernel_time, error)) ||
        (status = genre_option_int(options, "kernel_bands", 1, MAX_KERNEL, 1, &s->kernel_bands,
                                   error)) ||
        (status = genre_option_int(options, "stride_time", 1, MAX_KERNEL,
                                   stride ? stride : s->kernel_time, &s->stride_time, error)) ||
        (status = genre_option_int(options, "stride_bands", 1, MAX_KERNEL,
                                   stride ? stride : s->kernel_bands, &s->stride_bands, error)))
        return status;
    s->padding = padding;
    s->bands_in = layer->n_in / layer->n_channels_in;
    s->bands_out = n_places(s, s->bands_in, s->kernel_bands, s->stride_bands);
    if (s->bands_out == 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "%d bands are fewer than kernel_bands, %d",
                          s->bands_in, s->kernel_bands);
    if (padding != GENRE_PAD_VALID)
        s->before_bands = (s->kernel_bands - 1) / 2;
    if (padding == GENRE_PAD_SAME)
        s->before_time = (s->kernel_time - 1) / 2;
    if (padding == GENRE_PAD_CAUSAL)
        s->before_time = s->kernel_time - 1;
    if (padding == GENRE_PAD_VALID && s->stride_time == s->kernel_time)
        layer->block = s->kernel_time;
    else
        layer->window = s->stride_time > 1 || (padding != GENRE_PAD_CAUSAL && s->kernel_time > 1);
    return GENRE_SUCCESS;
}

int genre_sliding_n_steps_out(const GenreSliding *s, int n_steps) {
    return n_places(s, n_steps, s->kernel_time, s->stride_time);
}
