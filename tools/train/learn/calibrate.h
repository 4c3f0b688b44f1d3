/* Temperatures of softmax or sigmoids by time heard, fitted so that the confidence means what it
 * says (Guo et al. 2017). */
#ifndef GENRE_TRAIN_CALIBRATE_H
#define GENRE_TRAIN_CALIBRATE_H

#include "learn/infer.h"
#include "model/model.h"

/* Fits model->calibration on clips of music that the weights were not fitted to: for each of a few
 * times the temperature with the least cross entropy of what the estimate, with its default
 * smoothing, says then; 1 where there are none. */
void calibrate(GenreModel *model, const Inference *inference, double period_s);

#endif
