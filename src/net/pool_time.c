/* One step out of a window's T, value by value, "by" their
 *
 *   mean       sum_t x_t / T
 *   deviation  sqrt(sum_t (x_t - mean)^2 / T + 1e-5)
 *   last       x_T
 *   attention  sum_t a_t x_t,   a = softmax over t of weight . tanh(x_t)   (Zhou et al. 2016)
 *
 * Cache: a_t, for attention.
 */
#include "net/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const ways[] = {"mean", "deviation", "last", "attention", NULL};
enum { MEAN, DEVIATION, LAST, ATTENTION };

static int way(const GenreLayer *layer) {
    return *(const int *)layer->data;
}

static GenreStatus configure(GenreLayer *layer, const json_t *options, GenreError *error) {
    int *by = calloc(1, sizeof *by);
    layer->data = by;
    if (!by)
        return GENRE_ERR_NO_MEMORY;
    const GenreStatus status = genre_option_choice(options, "by", ways, MEAN, by, error);
    layer->n_out = layer->n_in;
    layer->window = true;
    layer->n_work = layer->n_in;
    if (*by == ATTENTION) {
        layer->n_cache = 1;
        genre_layer_add_tensor(layer, "weight", 1, layer->n_in, 1, 1 / sqrt(layer->n_in));
    }
    return status;
}

static int n_steps_out(const GenreLayer *layer, int n_steps) {
    (void)layer;
    return n_steps > 0;
}

/* How far apart a stream's steps lie, and its first. */
#define EACH_STEP(run) for (int t = 0; t < (run)->n_steps; t++)
static size_t at(const GenreLayer *layer, const GenreRun *run, int t, int b) {
    return ((size_t)t * run->n_streams + b) * layer->n_in;
}

static void find_mean(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, int b,
                      GenreReal *mean) {
    const int n = layer->n_in;
    memset(mean, 0, (size_t)n * sizeof *mean);
    EACH_STEP(run) {
        const GenreReal *row = x + at(layer, run, t, b);
        for (int i = 0; i < n; i++)
            mean[i] += row[i];
    }
    for (int i = 0; i < n; i++)
        mean[i] /= (GenreReal)run->n_steps;
}

static void find_deviation(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, int b,
                           GenreReal *deviation) {
    const int n = layer->n_in;
    find_mean(layer, run, x, b, run->work);
    memset(deviation, 0, (size_t)n * sizeof *deviation);
    EACH_STEP(run) {
        const GenreReal *row = x + at(layer, run, t, b);
        for (int i = 0; i < n; i++)
            deviation[i] += (row[i] - run->work[i]) * (row[i] - run->work[i]);
    }
    for (int i = 0; i < n; i++)
        deviation[i] = (GenreReal)sqrt(deviation[i] / (GenreReal)run->n_steps + (GenreReal)1e-5);
}

/* The shares a (T, B), of stream b, into the cache. */
static void find_shares(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, int b,
                        GenreReal *cache) {
    const int n = layer->n_in, n_streams = run->n_streams;
    const GenreReal *weight = genre_layer_tensor(layer, 0);
    GenreReal top = 0, sum = 0;
    EACH_STEP(run) {
        GenreReal score = 0;
        memcpy(run->work, x + at(layer, run, t, b), (size_t)n * sizeof *x);
        run->math->tanh(run->work, n);
        for (int i = 0; i < n; i++)
            score += weight[i] * run->work[i];
        cache[t * n_streams + b] = score;
        top = t == 0 || score > top ? score : top;
    }
    EACH_STEP(run)
    sum += cache[t * n_streams + b] = (GenreReal)exp(cache[t * n_streams + b] - top);
    EACH_STEP(run)
    cache[t * n_streams + b] /= sum;
}

static void forward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x, GenreReal *y,
                    GenreReal *state, GenreReal *cache) {
    (void)state;
    const int n = layer->n_in;
    for (int b = 0; b < run->n_streams; b++, y += n)
        switch (way(layer)) {
        case MEAN:
            find_mean(layer, run, x, b, y);
            break;
        case DEVIATION:
            find_deviation(layer, run, x, b, y);
            break;
        case LAST:
            memcpy(y, x + at(layer, run, run->n_steps - 1, b), (size_t)n * sizeof *y);
            break;
        default:
            find_shares(layer, run, x, b, cache);
            memset(y, 0, (size_t)n * sizeof *y);
            EACH_STEP(run)
            for (int i = 0; i < n; i++)
                y[i] += cache[t * run->n_streams + b] * x[at(layer, run, t, b) + i];
        }
}

/* ds_t = a_t (da_t - sum_s a_s da_s), da_t = dy . x_t, for a score s_t; the scores' own inputs
 * then follow. */
static void backward_attention(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                               const GenreReal *dy, int b, GenreReal *dx, GenreReal *dweight,
                               const GenreReal *cache) {
    const int n = layer->n_in;
    const GenreReal *weight = genre_layer_tensor(layer, 0);
    GenreReal mean = 0;
    for (int pass = 0; pass < 2; pass++)
        EACH_STEP(run) {
            const GenreReal *row = x + at(layer, run, t, b), a = cache[t * run->n_streams + b];
            GenreReal da = 0;
            for (int i = 0; i < n; i++)
                da += dy[i] * row[i];
            if (pass == 0) {
                mean += a * da;
                continue;
            }
            const GenreReal ds = a * (da - mean);
            memcpy(run->work, row, (size_t)n * sizeof *row);
            run->math->tanh(run->work, n);
            for (int i = 0; i < n; i++)
                dweight[i] += ds * run->work[i];
            for (int i = 0; dx && i < n; i++)
                dx[at(layer, run, t, b) + i] =
                    a * dy[i] + ds * weight[i] * (1 - run->work[i] * run->work[i]);
        }
}

static void backward(const GenreLayer *layer, const GenreRun *run, const GenreReal *x,
                     const GenreReal *y, const GenreReal *dy, GenreReal *dx, GenreReal *gradient,
                     GenreReal *cache) {
    const int n = layer->n_in;
    const GenreReal share = (GenreReal)1 / (GenreReal)run->n_steps;
    for (int b = 0; b < run->n_streams; b++, y += n, dy += n) {
        if (way(layer) == ATTENTION) {
            backward_attention(layer, run, x, dy, b, dx, gradient + layer->tensors[0].offset,
                               cache);
            continue;
        }
        if (!dx)
            continue;
        if (way(layer) == DEVIATION)
            find_mean(layer, run, x, b, run->work);
        EACH_STEP(run) {
            const GenreReal *row = x + at(layer, run, t, b);
            GenreReal *to = dx + at(layer, run, t, b);
            for (int i = 0; i < n; i++)
                to[i] = way(layer) == MEAN        ? share * dy[i]
                        : way(layer) == DEVIATION ? share * dy[i] * (row[i] - run->work[i]) / y[i]
                        : t == run->n_steps - 1   ? dy[i]
                                                  : 0;
        }
    }
}

const GenreLayerKind genre_layer_pool_time = {
    .name = "pool_time",
    .options = "by ",
    .wide = true,
    .looks_at_y = true,
    .configure = configure,
    .n_steps_out = n_steps_out,
    .forward = forward,
    .backward = backward,
};
