#include "learn/refit.h"

#include <string.h>

#include "status.h"

static bool same_labels(const GenreModel *a, const GenreModel *b) {
    const int n = genre_model_n_outputs(a);
    bool same = n == genre_model_n_outputs(b) && a->n_labels == b->n_labels;
    for (int i = 0; i < n && same; i++)
        same = strcmp(a->labels[i], b->labels[i]) == 0;
    return same && a->independent == b->independent;
}

GenreStatus refit_epochs(const GenreModel *before, const char *member, const GenreModel *model,
                         int *epochs, GenreError *error) {
    const char *text = genre_model_metadata(before, "training");
    json_t *training = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *of =
        member ? json_object_get(json_object_get(training, "members"), member) : training;
    const json_int_t best = json_integer_value(json_object_get(of, "best_epoch"));
    json_decref(training);
    if (!same_labels(before, model))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit has other labels than this training");
    if (best < 1 || best > 1 << 30)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit does not say how many epochs it was trained for");
    *epochs = (int)best;
    return GENRE_SUCCESS;
}
