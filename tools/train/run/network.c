#include "run/network.h"

#include <stdio.h>

#include "learn/ranks.h"
#include "net/net.h"
#include "recipe/make_model.h"
#include "run/members.h"

/* The model of a recipe that is one network. NULL on failure. */
static GenreModel *train_one(TrainerSettings settings, json_t *labels, TrainerResult *result,
                             GenreError *error) {
    GenreModel *model = make_model(settings.recipe, labels, error);
    if (ranks_agree(model ? GENRE_SUCCESS : error->status, error)) {
        genre_model_free(model);
        return NULL;
    }
    settings.block = model->net->frames_per_step;
    if (!trainer_run(model, &settings, result, error))
        return model;
    genre_model_free(model);
    return NULL;
}

GenreModel *network_train(const TrainerSettings *settings, json_t *labels, TrainerResult *result,
                          GenreError *error) {
    return settings->recipe->members ? members_train(settings, labels, result, error)
                                     : train_one(*settings, labels, result, error);
}

void network_forget(const TrainerSettings *settings) {
    if (settings->recipe->members)
        members_forget(settings);
    else
        remove(settings->checkpoint_path);
}
