/* A window's beats in place of its frames: the mean of the frames from each beat to the next, for
 * the last "count" beats. The last value of a frame, which does not come out, is its onset strength
 * (feature kind "onset"), of which ../beat.h finds the beats; frames are "period_s" seconds apart.
 *
 *   y_k = mean of x_t over beat_k <= t < beat_(k+1)
 *
 * The window's last beat lasts as long as the one before. What comes before the first is left out.
 * Where there are fewer beats than "count", those that there are are repeated before their start,
 * as frames are in a window that is not yet full; without a beat (silence, windows under 2 s) every
 * y_k is the mean of all frames. That beats fall here rather than there has no gradient, so there
 * is none at all.
 *
 * Cache: bare memory for the tracker, for one stream after the other.
 */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "beat.h"
#include "net/window.h"
#include "status.h"

enum { MAX_COUNT = 1024 };

typedef struct {
    int count;
    double period_s;
} Beats;

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    GenreStatus status;
    Beats *beats = calloc(1, sizeof *beats);
    layer->data = beats;
    if (!beats)
        return GENRE_ERR_NO_MEMORY;
    if (layer->n_in < 2)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "it needs inputs beside the onset strength, which is the last of them");
    if ((status = genre_option_int(options, "count", 1, MAX_COUNT, 0, &beats->count, error)) ||
        (status = genre_option_real(options, "period_s", 0.001, 0.1, NAN, &beats->period_s, error)))
        return status;
    layer->n_out = layer->n_in - 1;
    layer->n_channels = 1;
    layer->window = true;
    layer->frame_s = beats->period_s;
    layer->n_cache = 1 + 1 + GENRE_BEAT_WORK;
    return GENRE_SUCCESS;
}

static int n_steps_out(const GenreLayer *layer, int n_steps) {
    (void)n_steps;
    return ((const Beats *)layer->data)->count;
}

/* The mean of rows `first` to before `end`, each `stride` values behind the one before. */
static void average(const GenreReal *x, size_t stride, int first, int end, int n, GenreReal *mean) {
    memset(mean, 0, (size_t)n * sizeof *mean);
    for (int t = first; t < end; t++)
        for (int i = 0; i < n; i++)
            mean[i] += x[(size_t)t * stride + i];
    for (int i = 0; i < n; i++)
        mean[i] /= (GenreReal)(end - first);
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state;
    const Beats *options = layer->data;
    const int n = run->n_steps, count = options->count, n_out = layer->n_out;
    const size_t stride = (size_t)run->n_streams * layer->n_in;
    float *onset = (float *)cache, *work = onset + n;
    int *beats = (int *)(work + (size_t)GENRE_BEAT_WORK * n);
    for (int b = 0; b < run->n_streams; b++, x += layer->n_in) {
        double tempo;
        for (int t = 0; t < n; t++)
            onset[t] = (float)x[(size_t)t * stride + n_out];
        const int n_beats = genre_beats_track(onset, n, options->period_s, work, beats, &tempo);
        for (int k = 0; k < count; k++) {
            int first = 0, end = n;
            if (n_beats > 0) {
                const int i = genre_window_source(k, count, n_beats);
                first = beats[i];
                end = i + 1 < n_beats ? beats[i + 1] : 2 * first - beats[i - 1];
                end = end < n ? end : n;
            }
            average(x, stride, first, end, n_out, y + ((size_t)k * run->n_streams + b) * n_out);
        }
    }
}

const GenreLayerKind genre_layer_beats = {
    .name = "beats",
    .options = "count period_s ",
    .configure = configure,
    .n_steps_out = n_steps_out,
    .forward = forward,
};
