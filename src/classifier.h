/* What the trainer and the tests need of a classifier beyond the public interface. */
#ifndef GENRE_CLASSIFIER_H
#define GENRE_CLASSIFIER_H

#include "genrecast.h"

/* Takes one ready-made feature frame (the model's n_bands) as if it had come out of audio at
 * `level_db`. For clips that exist as feature frames only. [real time] */
void genre_classifier_push_frame(GenreClassifier *classifier, const float *frame, float level_db);

#endif
