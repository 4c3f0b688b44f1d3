/* A model: immutable weights, labels, feature parameters and calibration, as read from one
 * safetensors file. What each metadata entry means stands in models/FORMAT.md.
 */
#ifndef GENRE_MODEL_MODEL_H
#define GENRE_MODEL_MODEL_H

#include <jansson.h>

#include "feature/feature.h"
#include "genrecast.h"
#include "net/net.h"

enum { GENRE_MAX_TEMPERATURES = 16, GENRE_MAX_WINDOW = 4096 };

/* Softmax temperatures by how much was heard: linear in between, constant outside. */
typedef struct {
    int n;
    float heard_s[GENRE_MAX_TEMPERATURES]; /* rising */
    float temperature[GENRE_MAX_TEMPERATURES];
} GenreCalibration;

struct GenreModel {
    int n_labels;
    char *labels[GENRE_MAX_LABELS]; /* (genre_model_n_outputs) genres, then not_music */
    const char *not_music;          /* what the last output stands for, which is no genre: one of
                                     * `labels`; NULL: every output is a genre */
    bool independent; /* any number of labels may apply: a sigmoid each instead of one softmax */
    json_t *feature;  /* description for genre_feature_new ... */
    GenreFeature *tables; /* ... and what it makes, which takes no samples: classifiers make theirs
                           * beside it */
    int n_bands;          /* values of a feature frame */
    GenreNet *net;        /* (n_bands) -> (genre_model_n_outputs) logits */
    int window_frames;    /* that a run looks at; 0: causal, a step for each block of frames */
    GenreCalibration calibration;
    json_t *metadata;      /* all of it, as strings */
    uint64_t weights_hash; /* of the bytes of all tensors that were read: what "checksum" says, if
                            * the file has that */
};

/* Logits of the network: one per label, and one more where it knows what is not music. [any] */
int genre_model_n_outputs(const GenreModel *model);

/* Which of the network's output steps counts for frame `frame` of its input: the latest there is by
 * then, or the first. [any] */
int genre_model_step(const GenreModel *model, int frame);

/* The temperature after `heard_s` seconds. [real time] */
float genre_calibration_at(const GenreCalibration *calibration, float heard_s);

/* A model without weights set, from its metadata (an object of strings, which is copied): where a
 * training starts. NULL on failure. [set-up] */
GenreModel *genre_model_new(const json_t *metadata, GenreError *error);

/* Writes it, tensors of 8 bits as such (weights.c). "calibration" and "training" are taken from
 * `metadata`, given anew, where it is not NULL; the checksum is made here. [set-up] */
GenreStatus genre_model_save(const GenreModel *model, const json_t *metadata, const char *path,
                             GenreError *error);

#endif
