/* What to train and how: a JSON file of a few lines. See models/README.md for each entry. */
#ifndef GENRE_TRAIN_RECIPE_H
#define GENRE_TRAIN_RECIPE_H

#include <jansson.h>

#include "genrecast.h"
#include "learn/augment.h"
#include "learn/optim.h"
#include "learn/schedule.h"
#include "waveform/waveform.h"

enum { RECIPE_MAX_TIMES = 64, RECIPE_MAX_MEMBERS = 8 };

typedef struct {
    json_t *json;    /* all of it */
    json_t *feature; /* borrowed from json */
    json_t *layers;
    json_t *members;  /* list of networks that make one model; each has "layers" and may have
                       * "train" and "augment" of its own. NULL: there is one network. Else
                       * nothing of `layers` and of what is about training is set here */
    json_t *data;     /* which clips, for split_plan_read; NULL: all, as they are given */
    char *not_music;  /* the genre that is none: it gets the output behind the labels', where
                       * the data have it; NULL: each genre is a label */
    bool independent; /* several labels may apply, each has a sigmoid; else one softmax */
    const json_t
        *tags;         /* object: which labels a tag leaves open; NULL: clips without a genre are
                        * left out. Else a teacher, trained first, gives them one (run/open.h) ... */
    double tag_share;  /* ... where the likeliest is at least so likely among those open ... */
    double tag_mass;   /* ... and all of them together among all labels */
    int window_frames; /* that the network looks at; 0: it is causal */
    int batch;         /* clips a step */
    int epochs;        /* at most */
    int rounds;        /* how often an epoch goes over the clips */
    int patience;      /* epochs without a better validation loss before stopping */
    double crop_s;     /* length of the excerpt that a clip gives to a batch; a window: not used */
    OptimKind optimizer;
    Schedule schedule;
    double weight_decay, clip_norm;
    double label_smoothing;      /* share of the target spread evenly over all labels */
    const json_t *class_weights; /* for class_weights_set; NULL: all 1 */
    double logit_adjustment;     /* for class_weights_logits; 0: none */
    double weight_average;       /* decay per step of the running mean of the weights */
    double balance;              /* 0: each clip alike; 1: each dataset's genre alike */
    double mel_share; /* how often the mel frames of a clip that also has audio are taken */
    int n_times;
    double loss_times_s[RECIPE_MAX_TIMES]; /* rising; where in an excerpt the loss looks */
    Augment augment;
    Waveform waveform;
} Recipe;

GenreStatus recipe_read(Recipe *recipe, const char *path, GenreError *error);
void recipe_clear(Recipe *recipe);

/* How many members it has, 0 where there is one network. */
int recipe_n_members(const Recipe *recipe);

/* The recipe of member `index`: what a recipe would say that described it alone. Its name is the
 * member's. */
GenreStatus recipe_member(Recipe *member, const Recipe *recipe, int index, GenreError *error);

/* The layers for `n_labels` labels, a new reference: where the last one is dense and does not say
 * how many units it has, one per label, so that a recipe does for any set of labels; without what
 * only training needs to know of them. */
json_t *recipe_layers(const Recipe *recipe, int n_labels);

#endif
