#include "learn/penalty.h"

#include <math.h>

#include "options.h"
#include "status.h"

/* Biases are left alone, and so is what is set from the data. */
static bool is_penalised(const GenreTensor *tensor) {
    return tensor->n_dims > 1 && !tensor->fitted;
}

GenreStatus penalty_read(Penalty *penalty, const json_t *layers, const GenreNet *net,
                         GenreError *error) {
    *penalty = (Penalty){0};
    for (int i = 0; i < net->n_nodes; i++) {
        const json_t *layer = json_array_get(layers, (size_t)i);
        const GenreLayer *of = &net->nodes[i].layer;
        GenreError inner;
        bool has_matrices = false;
        if (genre_option_real(layer, "l1", 0, 100, 0, &penalty->l1[i], &inner) ||
            genre_option_real(layer, "l2", 0, 100, 0, &penalty->l2[i], &inner))
            return genre_fail(error, inner.status, "layer \"%s\": %s", of->name, inner.text);
        for (int k = 0; k < of->n_tensors; k++)
            has_matrices |= is_penalised(&of->tensors[k]);
        const bool wanted = penalty->l1[i] > 0 || penalty->l2[i] > 0;
        penalty->any |= wanted;
        if (wanted && !has_matrices)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "layer \"%s\": it has no weights for \"l1\" or \"l2\"", of->name);
    }
    return GENRE_SUCCESS;
}

void penalty_strip(json_t *layers) {
    json_t *layer;
    size_t i;
    json_array_foreach(layers, i, layer) {
        json_object_del(layer, "l1");
        json_object_del(layer, "l2");
    }
}

double penalty_add(const Penalty *penalty, const GenreNet *net, float *gradient) {
    double cost = 0;
    for (int i = 0; i < net->n_nodes && penalty->any; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const double l1 = penalty->l1[i], l2 = penalty->l2[i];
        if (l1 == 0 && l2 == 0)
            continue;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreTensor *tensor = &layer->tensors[k];
            for (size_t w = tensor->offset; w < tensor->offset + tensor->n && is_penalised(tensor);
                 w++) {
                const double value = net->weights[w];
                const int sign = (value > 0) - (value < 0);
                cost += l1 * fabs(value) + l2 * value * value;
                gradient[w] += (float)(l1 * sign + 2 * l2 * value);
            }
        }
    }
    return cost;
}
