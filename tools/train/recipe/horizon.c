#include "recipe/horizon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clips/frames.h"
#include "model/model.h"
#include "net/moments.h"

/* Whether it is of a kind that takes one. */
static bool has_horizon(const GenreLayer *layer) {
    return strstr(layer->kind->options, "horizon ") != NULL;
}

GenreModel *horizon_limit(const GenreModel *model, double horizon_s, GenreError *error) {
    const double period_s = frames_times(model->feature).period_s;
    json_t *layers = json_loads(genre_model_metadata(model, "layers"), 0, NULL), *layer;
    json_t *metadata = json_copy(model->metadata);
    size_t i;
    json_array_foreach(layers, i, layer) {
        const GenreNode *node = &model->net->nodes[i];
        const json_t *own = json_object_get(layer, "horizon");
        const double steps = fmax(1, round(horizon_s / (period_s * node->frames_per_step)));
        if (has_horizon(&node->layer) &&
            steps < (own ? json_number_value(own) : GENRE_DEFAULT_HORIZON))
            json_object_set_new(layer, "horizon", json_integer((json_int_t)steps));
    }
    char *text = json_dumps(layers, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_object_del(metadata, "calibration");
    json_object_del(metadata, "training");
    json_object_set_new(metadata, "layers", json_string(text));
    GenreModel *limited = genre_model_new(metadata, error);
    if (limited)
        memcpy(limited->net->weights, model->net->weights,
               model->net->n_weights * sizeof *model->net->weights);
    free(text);
    json_decref(layers);
    json_decref(metadata);
    return limited;
}
