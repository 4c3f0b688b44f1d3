#include "learn/class_weights.h"

#include <math.h>
#include <string.h>

#include "status.h"

static bool is_balanced(const json_t *json) {
    const char *word = json_string_value(json);
    return word && strcmp(word, "balanced") == 0;
}

GenreStatus class_weights_check(const json_t *json, GenreError *error) {
    const char *label;
    json_t *value;
    if (!json || is_balanced(json))
        return GENRE_SUCCESS;
    if (!json_is_object(json))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"class_weights\" is neither \"balanced\" nor an object of labels and "
                          "numbers");
    json_object_foreach((json_t *)json, label, value) {
        const double weight = json_number_value(value);
        if (!(weight > 0 && weight <= 1000))
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "\"class_weights\": that of \"%.40s\" is not a number above 0, up to "
                              "1000",
                              label);
    }
    return GENRE_SUCCESS;
}

/* Chance that a clip drawn has the label. */
static double chance_of(const BatchSource *source, int label) {
    double chance = 0;
    for (size_t i = 0; i < source->n; i++)
        if (source->clips[i].labels >> label & 1)
            chance += source->up_to[i] - (i ? source->up_to[i - 1] : 0);
    return chance;
}

static GenreStatus set_named(const json_t *json, char *const *labels, int n_labels, float *weights,
                             GenreError *error) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) {
        int label = 0;
        while (label < n_labels && strcmp(labels[label], name) != 0)
            label++;
        if (label == n_labels)
            return genre_fail(error, GENRE_ERR_FORMAT, "\"class_weights\": no label is \"%.40s\"",
                              name);
        weights[label] = (float)json_number_value(value);
    }
    return GENRE_SUCCESS;
}

GenreStatus class_weights_set(const json_t *json, const BatchSource *source, bool independent,
                              char *const *labels, int n_labels, float *weights,
                              GenreError *error) {
    int n_present = 0;
    for (int i = 0; i < n_labels; i++) {
        weights[i] = 1;
        n_present += chance_of(source, i) > 0;
    }
    if (json_is_object(json))
        return set_named(json, labels, n_labels, weights, error);
    for (int i = 0; i < n_labels && is_balanced(json); i++) {
        const double chance = chance_of(source, i);
        if (chance > 0)
            weights[i] = (float)(independent ? (1 - chance) / chance : 1 / (n_present * chance));
    }
    return GENRE_SUCCESS;
}

void class_weights_logits(double share, const BatchSource *source, int n_labels, int n_outputs,
                          float *offsets) {
    double sum = 0;
    int n_present = 0;
    for (int i = 0; i < n_labels; i++) {
        const double chance = chance_of(source, i);
        sum += chance;
        n_present += chance > 0;
    }
    for (int i = 0; i < n_outputs; i++) {
        const double chance = i < n_labels ? chance_of(source, i) : 0;
        offsets[i] = chance > 0 ? (float)(share * log(chance * n_present / sum)) : 0;
    }
}
