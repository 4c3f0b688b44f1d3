#include "recipe/make_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature/feature.h"
#include "model/model.h"
#include "run/members.h"
#include "status.h"

static void set_json(json_t *metadata, const char *key, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_object_set_new(metadata, key, json_string(text));
    free(text);
}

/* The labels but the one that stands for what is not music, a new reference; *has_it: it was there.
 */
static json_t *genres_of(const Recipe *recipe, const json_t *labels, bool *has_it) {
    json_t *genres = json_array(), *label;
    size_t i;
    json_array_foreach(labels, i, label) {
        if (recipe->not_music && strcmp(json_string_value(label), recipe->not_music) == 0)
            *has_it = true;
        else
            json_array_append(genres, label);
    }
    return genres;
}

GenreModel *make_model(const Recipe *recipe, json_t *labels, GenreError *error) {
    bool has_not_music = false;
    json_t *genres = genres_of(recipe, labels, &has_not_music);
    json_t *layers = recipe_layers(recipe, (int)json_array_size(labels));
    json_t *metadata = json_pack("{ssssss}", "format", "genrecast", "format_version", "1", "causal",
                                 recipe->window_frames ? "false" : "true");
    if (recipe->independent)
        json_object_set_new(metadata, "output", json_string("sigmoid"));
    char frames[16];
    snprintf(frames, sizeof frames, "%d", recipe->window_frames);
    if (recipe->window_frames)
        json_object_set_new(metadata, "window_frames", json_string(frames));
    set_json(metadata, "feature", recipe->feature);
    set_json(metadata, "layers", layers);
    set_json(metadata, "labels", genres);
    if (has_not_music)
        json_object_set_new(metadata, "not_music", json_string(recipe->not_music));
    GenreModel *model = genre_model_new(metadata, error);
    json_decref(metadata);
    json_decref(layers);
    json_decref(genres);
    return model;
}

/* How many outputs the recipe's last layer has; 0 on failure. */
static int count_outputs(const Recipe *recipe, GenreError *error) {
    GenreFeature *feature = genre_feature_new(recipe->feature, error);
    json_t *layers = recipe_layers(recipe, 2);
    GenreNet *net = feature ? genre_net_new(layers, (int)genre_feature_size(feature), error) : NULL;
    const int n = net ? net->n_out : 0;
    genre_net_free(net);
    json_decref(layers);
    genre_feature_free(feature);
    return n;
}

/* How many a member's has that has the most; 0 on failure. */
static int count_members_outputs(const Recipe *recipe, GenreError *error) {
    int most = 0;
    for (int i = 0; i < recipe_n_members(recipe); i++) {
        Recipe member;
        GenreError inner;
        if (recipe_member(&member, recipe, i, error))
            return 0;
        const int n = count_outputs(&member, &inner);
        if (n == 0)
            genre_fail(error, inner.status, "member \"%s\": %s",
                       json_string_value(json_object_get(member.json, "name")), inner.text);
        recipe_clear(&member);
        if (n == 0)
            return 0;
        most = n > most ? n : most;
    }
    return most;
}

GenreStatus make_model_check(const Recipe *recipe, GenreError *error) {
    const int n =
        recipe->members ? count_members_outputs(recipe, error) : count_outputs(recipe, error);
    if (n > GENRE_MAX_LABELS)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "its last layer has %d outputs, one for each label, of which a model has "
                          "at most %d",
                          n, GENRE_MAX_LABELS);
    if (n == 0)
        return GENRE_ERR_FORMAT;
    json_t *labels = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(labels, json_sprintf("label-%d", i));
    GenreModel *model =
        recipe->members ? members_try(recipe, labels, error) : make_model(recipe, labels, error);
    json_decref(labels);
    genre_model_free(model);
    return model ? GENRE_SUCCESS : GENRE_ERR_FORMAT;
}

static json_t *calibration_json(const GenreCalibration *calibration) {
    json_t *heard = json_array(), *temperature = json_array();
    for (int i = 0; i < calibration->n; i++) {
        json_array_append_new(heard, json_real(calibration->heard_s[i]));
        json_array_append_new(temperature, json_real(calibration->temperature[i]));
    }
    return json_pack("{soso}", "heard_s", heard, "temperature", temperature);
}

/* Which datasets the clips came from, with their numbers. */
static json_t *count_datasets(const Cache *cache) {
    json_t *counts = json_object();
    const CacheEntry *before = NULL;
    for (size_t i = 0; i < cache->n; before = &cache->entries[i++]) {
        const CacheEntry *entry = &cache->entries[i];
        const char *name = *entry->dataset ? entry->dataset : "folder";
        if (before && strcmp(before->song, entry->song) == 0)
            continue; /* the same clip's mel frames, or another of its segments */
        json_object_set_new(counts, name,
                            json_integer(json_integer_value(json_object_get(counts, name)) + 1));
    }
    return counts;
}

GenreStatus save_model(const GenreModel *model, const Recipe *recipe, const Cache *cache,
                       json_t *summary, json_t *split, const char *path, GenreError *error) {
    json_t *metadata = json_object(), *calibration = calibration_json(&model->calibration);
    json_t *training = json_deep_copy(summary);
    json_object_set_new(training, "program", json_string("genrecast-train " GENRE_VERSION));
    json_object_set_new(training, "clips", count_datasets(cache));
    json_object_set(training, "recipe", json_object_get(recipe->json, "train"));
    json_object_set(training, "augment", json_object_get(recipe->json, "augment"));
    json_object_set(training, "waveform", json_object_get(recipe->json, "waveform"));
    json_object_set(training, "split", split);
    set_json(metadata, "calibration", calibration);
    set_json(metadata, "training", training);
    const GenreStatus status = genre_model_save(model, metadata, path, error);
    json_decref(training);
    json_decref(calibration);
    json_decref(metadata);
    return status;
}

json_t *read_training(const GenreModel *model) {
    const char *text = model ? genre_model_metadata(model, "training") : NULL;
    return text ? json_loads(text, 0, NULL) : NULL;
}
