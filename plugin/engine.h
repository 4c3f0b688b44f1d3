/* A model, a classifier that runs it, and where the model's labels stand among the ports: what is
 * swapped as one when the user names another model. */
#ifndef GENRE_PLUGIN_ENGINE_H
#define GENRE_PLUGIN_ENGINE_H

#include "genrecast.h"
#include "ports.h"

typedef struct GenreEngine {
    GenreModel *model;
    GenreClassifier *classifier;
    int port_value[GENRE_MAX_LABELS];           /* the genre port's value for each label */
    int label_of_score[GENRE_N_DEFAULT_LABELS]; /* the label behind each score port, -1: none */
    bool is_deferred;                           /* a worker has to call genre_classifier_update */
    bool told_overload;                         /* for the owner */
    char *path;                                 /* of the model; "" is the built-in one */
    unsigned serial;                            /* for the owner: engines in the order made */
    struct GenreEngine *next;                   /* for the owner */
} GenreEngine;

/* `path` "" means the built-in model. Where there is no worker, models that need one are refused.
 * NULL on failure, `error` says why. [set-up] */
GenreEngine *genre_engine_new(const char *path, double rate_hz, int n_channels, bool has_worker,
                              GenreError *error);

/* NULL is fine. [set-up] */
void genre_engine_free(GenreEngine *engine);

#endif
