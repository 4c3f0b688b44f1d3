#include "learn/refit.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "recipe/make_model.h"
#include "run/members.h"
#include "status.h"

/* A layer's options, as a word. */
static uint64_t hash_options(const json_t *layer) {
    json_t *options = json_copy((json_t *)layer);
    json_object_del(options, "name");
    json_object_del(options, "input");
    char *text = json_dumps(options, JSON_SORT_KEYS | JSON_COMPACT);
    const uint64_t hash = genre_hash(GENRE_HASH_EMPTY, text ? text : "", text ? strlen(text) : 0);
    free(text);
    json_decref(options);
    return hash;
}

/* A word for a network, whatever its layers are called: its last layer's options, those of what
 * feeds it, and so on. Members' layers that are described and fed alike make no difference by being
 * there once or several times, which the weights decide where members become one network. */
static uint64_t hash_network(const GenreModel *model) {
    const GenreNet *net = model->net;
    json_t *layers = json_loads(genre_model_metadata(model, "layers"), 0, NULL);
    uint64_t of[GENRE_MAX_LAYERS] = {0};
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreNode *node = &net->nodes[i];
        uint64_t inputs[GENRE_MAX_INPUTS];
        of[i] = hash_options(json_array_get(layers, (size_t)i));
        for (int k = 0; k < node->n_inputs; k++) {
            bool again = false;
            inputs[k] = node->inputs[k] < 0 ? 0 : of[node->inputs[k]];
            for (int before = 0; before < k; before++)
                again |= i == net->n_nodes - 1 && inputs[before] == inputs[k];
            if (!again)
                of[i] = genre_hash(of[i], &inputs[k], sizeof inputs[k]);
        }
    }
    json_decref(layers);
    return of[net->n_nodes - 1];
}

static json_t *outputs_of(const GenreModel *model) {
    json_t *names = json_array();
    for (int i = 0; i < model->n_labels; i++)
        json_array_append_new(names, json_string(model->labels[i]));
    if (model->not_music)
        json_array_append_new(names, json_string(model->not_music));
    return names;
}

static bool same_or_none(const json_t *a, const json_t *b) {
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
        same = same && same_or_none(a, json_object_get(recipe->json, entries[i][1]));
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

/* Whether the clips that a training's summary tells of were changed and chosen by the recipe. What
 * its tags meant it does not say, only that there were some. */
static GenreStatus check_clips(const json_t *summary, const Recipe *recipe, GenreError *error) {
    if (!same_or_none(json_object_get(summary, "waveform"),
                      json_object_get(recipe->json, "waveform")))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit was trained with another \"waveform\" than the "
                          "recipe's");
    if (json_object_get(summary, "open") && !recipe->tags)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit was trained on clips whose genre is open: the recipe "
                          "has no \"tags\" for them");
    return GENRE_SUCCESS;
}

static json_t *read_training(const GenreModel *model) {
    const char *text = genre_model_metadata(model, "training");
    return text ? json_loads(text, 0, NULL) : NULL;
}

GenreStatus refit_check(const GenreModel *before, const Recipe *recipe, GenreError *error) {
    json_t *labels = outputs_of(before);
    GenreModel *model =
        recipe->members ? members_try(recipe, labels, error) : make_model(recipe, labels, error);
    json_decref(labels);
    if (!model)
        return error->status;
    const bool same = model->window_frames == before->window_frames &&
                      hash_network(model) == hash_network(before);
    genre_model_free(model);
    if (!same)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the model to refit is another network than the recipe's");
    json_t *training = read_training(before);
    const GenreStatus status = check_clips(training, recipe, error);
    json_decref(training);
    return status;
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
