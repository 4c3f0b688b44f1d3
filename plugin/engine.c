#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const default_labels[] = {
#define LABEL(name) name,
    GENRE_DEFAULT_LABELS(LABEL)
#undef LABEL
};

static void find_labels(GenreEngine *engine) {
    const int n = genre_model_n_labels(engine->model);
    for (int p = 0; p < GENRE_N_DEFAULT_LABELS; p++)
        engine->label_of_score[p] = -1;
    for (int i = 0; i < n; i++) {
        engine->port_value[i] = GENRE_PORT_OTHER;
        for (int p = 0; p < GENRE_N_DEFAULT_LABELS; p++)
            if (strcmp(genre_model_label(engine->model, i), default_labels[p]) == 0) {
                engine->port_value[i] = p;
                engine->label_of_score[p] = i;
            }
    }
}

GenreEngine *genre_engine_new(const char *path, double rate_hz, int n_channels, GenreError *error) {
    *error = (GenreError){GENRE_ERR_NO_MEMORY, "out of memory"};
    GenreEngine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->path = strdup(path);
    if (engine->path)
        engine->model = *path ? genre_model_load(path, error) : genre_model_default(error);
    if (engine->model && !genre_model_is_causal(engine->model)) {
        /* In run() its bursts would be heard as gaps; only a worker could run it. */
        *error = (GenreError){.status = GENRE_ERR_UNSUPPORTED};
        snprintf(error->text, sizeof error->text,
                 "%.200s looks at whole windows, which plugins cannot run yet", path);
    } else if (engine->model)
        engine->classifier = genre_classifier_new(engine->model, rate_hz, n_channels, NULL, error);
    if (!engine->classifier) {
        genre_engine_free(engine);
        return NULL;
    }
    find_labels(engine);
    return engine;
}

void genre_engine_free(GenreEngine *engine) {
    if (!engine)
        return;
    genre_classifier_free(engine->classifier);
    genre_model_free(engine->model);
    free(engine->path);
    free(engine);
}
