#include "learn/refit.h"

#include <string.h>

#include "recipe/make_model.h"
#include "status.h"

bool refit_same(const json_t *a, const json_t *b) {
    return a && b ? json_equal(a, b) : !a && !b;
}

static bool same_labels(const GenreModel *a, const GenreModel *b) {
    const int n = genre_model_n_outputs(a);
    bool same = n == genre_model_n_outputs(b) && a->n_labels == b->n_labels;
    for (int i = 0; i < n && same; i++)
        same = strcmp(a->labels[i], b->labels[i]) == 0;
    return same && a->independent == b->independent;
}

/* Whether a training's summary tells of the recipe's settings: the same rates, changes to frames
 * and number of steps. */
static bool same_training(const json_t *summary, const Recipe *recipe) {
    static const char *const entries[][2] = {{"recipe", "train"}, {"augment", "augment"}};
    bool same = true;
    for (int i = 0; i < 2; i++) {
        const json_t *a = json_object_get(summary, entries[i][0]);
        same = same && refit_same(a, json_object_get(recipe->json, entries[i][1]));
    }
    return same;
}

static GenreStatus find_epochs(const json_t *summary, const Recipe *recipe, int *epochs,
                               GenreError *error) {
    const json_int_t best = json_integer_value(json_object_get(summary, "best_epoch"));
    if (best < 1 || best > 1 << 30)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit does not say how many epochs it was trained for");
    if (!same_training(summary, recipe))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit was trained with another \"train\" or \"augment\" "
                          "than the recipe's");
    if (schedule_needs_validation(&recipe->schedule))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the recipe's schedule waits for a plateau of the validation loss, which "
                          "a refit has not");
    *epochs = (int)best;
    return GENRE_SUCCESS;
}

GenreStatus refit_epochs(const GenreModel *before, const char *member, const GenreModel *model,
                         const Recipe *recipe, int *epochs, GenreError *error) {
    if (!same_labels(before, model))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit has other labels than this training");
    if (!json_equal(before->feature, model->feature))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit has another \"feature\" than the recipe's");
    json_t *training = read_training(before);
    const json_t *summary =
        member ? json_object_get(json_object_get(training, "members"), member) : training;
    const GenreStatus status = find_epochs(summary, recipe, epochs, error);
    json_decref(training);
    return status;
}
