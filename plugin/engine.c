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

/* The classifier; false on failure. A network that looks at windows works in bursts, which in run()
 * would be heard as gaps. */
static bool make_classifier(GenreEngine *engine, double rate_hz, int n_channels, bool has_worker,
                            GenreError *error) {
    engine->is_deferred = !genre_model_is_causal(engine->model);
    if (engine->is_deferred && !has_worker) {
        *error = (GenreError){.status = GENRE_ERR_UNSUPPORTED};
        snprintf(error->text, sizeof error->text,
                 "%.150s looks at whole windows, which takes a host with a worker thread",
                 engine->path);
        return false;
    }
    engine->classifier = genre_classifier_new(engine->model, rate_hz, n_channels, NULL, error);
    return engine->classifier &&
           (!engine->is_deferred ||
            genre_classifier_defer(engine->classifier, error) == GENRE_SUCCESS);
}

GenreEngine *genre_engine_new(const char *path, double rate_hz, int n_channels, bool has_worker,
                              GenreError *error) {
    *error = (GenreError){GENRE_ERR_NO_MEMORY, "out of memory"};
    GenreEngine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->path = strdup(path);
    if (engine->path)
        engine->model = *path ? genre_model_load(path, error) : genre_model_default(error);
    if (!engine->model || !make_classifier(engine, rate_hz, n_channels, has_worker, error)) {
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
