/* Which clips a model was trained on, by what its file says of that (read_training). */
#ifndef GENRE_TRAIN_EVAL_TRAINED_H
#define GENRE_TRAIN_EVAL_TRAINED_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a clip of this dataset ("": none) may have been among them: no, where the model does not
 * say, where the dataset was not there or was held out, and where the split that the list of clips
 * gives (NULL: none does) is not one that was trained on, if the training split them by that. */
bool trained_may_have(const json_t *training, const char *split, const char *dataset);

#endif
