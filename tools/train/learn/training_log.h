/* The log of a training: CSV, a line per epoch. */
#ifndef GENRE_TRAIN_TRAINING_LOG_H
#define GENRE_TRAIN_TRAINING_LOG_H

#include "genrecast.h"

/* An epoch's outcome; losses and shares of right answers (0 to 1). Where nothing was validated,
 * those are not numbers, and the log has empty fields. */
typedef struct {
    int64_t epoch;
    double train_loss, train_accuracy, valid_loss, valid_accuracy;
    double learning_rate; /* at its end */
    double spent_s;       /* since the training began */
} TrainingEpoch;

/* Begins the log of a training of which `epochs` are done: lines of later ones, that an interrupted
 * run may have left behind, are taken away. */
GenreStatus training_log_begin(const char *path, int64_t epochs, GenreError *error);

GenreStatus training_log_add(const char *path, const TrainingEpoch *epoch, GenreError *error);

#endif
