#include "run/refit_check.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "learn/refit.h"
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

/* Whether the clips that a training's summary tells of were changed and chosen by the recipe. What
 * its tags meant it does not say, only that there were some. */
static GenreStatus check_clips(const json_t *summary, const Recipe *recipe, GenreError *error) {
    if (!refit_same(json_object_get(summary, "waveform"),
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
