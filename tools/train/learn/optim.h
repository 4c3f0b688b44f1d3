/* AdamW (Loshchilov and Hutter 2019), or SGD with a momentum of 0.9, with gradient clipping and a
 * running mean of the weights. */
#ifndef GENRE_TRAIN_OPTIM_H
#define GENRE_TRAIN_OPTIM_H

#include "genrecast.h"
#include "net/net.h"

typedef struct {
    size_t n;       /* weights */
    float *first;   /* (n) running mean of the gradient; of SGD the momentum */
    float *second;  /* (n) running mean of its square */
    float *average; /* (n) running mean of the weights */
    float *decay;   /* (n) share of the weight decay: 1 for matrices, 0 for biases */
    float *moves;   /* (n) 1 for trained weights, 0 for fitted ones */
    int64_t step;   /* taken so far */
    float *block;   /* that they all point into */
} Optim;

typedef enum { OPTIM_ADAMW, OPTIM_SGD } OptimKind;

typedef struct {
    OptimKind kind;
    double learning_rate, weight_decay, clip_norm, weight_average;
} OptimSettings;

GenreStatus optim_init(Optim *optim, const GenreNet *net, GenreError *error);
void optim_clear(Optim *optim);

/* The running mean starts from the weights as they are now. */
void optim_start(Optim *optim, const float *weights);

/* One step along `gradient` (n), which is scaled down to clip_norm first. Returns its norm; NaN or
 * infinity means that nothing was changed. */
double optim_step(Optim *optim, const OptimSettings *settings, float *weights, float *gradient);

#endif
