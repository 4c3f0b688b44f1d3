#include "learn/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

GenreStatus optim_init(Optim *optim, const GenreNet *net, GenreError *error) {
    const size_t n = net->n_weights;
    *optim = (Optim){.n = n, .block = calloc(5 * n + 1, sizeof(float))};
    if (!optim->block)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    optim->first = optim->block;
    optim->second = optim->first + n;
    optim->average = optim->second + n;
    optim->decay = optim->average + n;
    optim->moves = optim->decay + n;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreTensor *tensor = &layer->tensors[k];
            for (size_t w = tensor->offset; w < tensor->offset + tensor->n; w++) {
                optim->decay[w] = tensor->n_dims > 1;
                optim->moves[w] = !tensor->fitted;
            }
        }
    }
    return GENRE_SUCCESS;
}

void optim_clear(Optim *optim) {
    free(optim->block);
    *optim = (Optim){0};
}

void optim_start(Optim *optim, const float *weights) {
    memcpy(optim->average, weights, optim->n * sizeof *weights);
}

double optim_step(Optim *optim, const OptimSettings *settings, float *weights, float *gradient) {
    const float momentum = 0.9f;
    const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double square = 0;
    for (size_t i = 0; i < optim->n; i++)
        square += (double)gradient[i] * gradient[i] * optim->moves[i];
    const double norm = sqrt(square);
    if (!isfinite(norm))
        return norm;
    const double t = (double)++optim->step;
    const float scale = (float)(norm > settings->clip_norm ? settings->clip_norm / norm : 1);
    const float correct1 = (float)(1 / (1 - pow(beta1, t)));
    const float correct2 = (float)(1 / (1 - pow(beta2, t)));
    const float rate = (float)settings->learning_rate;
    const float shrink = (float)(settings->learning_rate * settings->weight_decay);
    /* The mean of the first few steps would else be mostly the random start. */
    const double early = (1 + t) / (10 + t);
    const float keep = (float)(settings->weight_average < early ? settings->weight_average : early);
    for (size_t i = 0; i < optim->n; i++) {
        const float g = gradient[i] * scale * optim->moves[i];
        float step;
        if (settings->kind == OPTIM_SGD) {
            step = optim->first[i] = momentum * optim->first[i] + g;
        } else {
            optim->first[i] += (1 - (float)beta1) * (g - optim->first[i]);
            optim->second[i] += (1 - (float)beta2) * (g * g - optim->second[i]);
            step =
                optim->first[i] * correct1 / (sqrtf(optim->second[i] * correct2) + (float)epsilon);
        }
        weights[i] -= optim->moves[i] * (rate * step + shrink * optim->decay[i] * weights[i]);
        optim->average[i] += (1 - keep) * (weights[i] - optim->average[i]);
    }
    return norm;
}
