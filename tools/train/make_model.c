#include "make_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The recipe's labels, or all that the data has, in alphabetical order. */
static json_t *find_labels(const Recipe *recipe, const Cache *cache) {
    if (recipe->labels)
        return json_incref(recipe->labels);
    const char **names = calloc(cache->n + 1, sizeof *names);
    json_t *labels = json_array();
    for (size_t i = 0; names && i < cache->n; i++)
        names[i] = cache->entries[i].genre;
    if (names)
        qsort(names, cache->n, sizeof *names, by_name);
    for (size_t i = 0; names && i < cache->n; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
            json_array_append_new(labels, json_string(names[i]));
    free(names);
    return labels;
}

static void set_json(json_t *metadata, const char *key, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_object_set_new(metadata, key, json_string(text));
    free(text);
}

GenreModel *make_model(const Recipe *recipe, const Cache *cache, GenreError *error) {
    json_t *labels = find_labels(recipe, cache);
    json_t *layers = recipe_layers(recipe, (int)json_array_size(labels));
    json_t *metadata = json_pack("{ssssss}", "format", "genrecast", "format_version", "1", "causal",
                                 recipe->window_frames ? "false" : "true");
    char frames[16];
    snprintf(frames, sizeof frames, "%d", recipe->window_frames);
    if (recipe->window_frames)
        json_object_set_new(metadata, "window_frames", json_string(frames));
    set_json(metadata, "feature", recipe->feature);
    set_json(metadata, "layers", layers);
    set_json(metadata, "labels", labels);
    GenreModel *model = genre_model_new(metadata, error);
    json_decref(metadata);
    json_decref(layers);
    json_decref(labels);
    return model;
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
        if (before && strcmp(before->id, entry->id) == 0)
            continue; /* the same clip's mel frames */
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
