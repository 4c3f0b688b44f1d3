#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature/feature.h"
#include "model/safetensors.h"
#include "model/weights.h"
#include "status.h"

static const char format_version[] = "1";

enum { MAX_FILE = 256 << 20 };

/* Values that a window's run may take: bounds what a hostile model can make us allocate. */
enum { MAX_TAPE = 1 << 26 };

float genre_calibration_at(const GenreCalibration *calibration, float heard_s) {
    const float *at = calibration->heard_s, *value = calibration->temperature;
    const int n = calibration->n;
    if (n == 0)
        return 1;
    if (heard_s <= at[0])
        return value[0];
    for (int i = 1; i < n; i++)
        if (heard_s < at[i])
            return value[i - 1] +
                   (value[i] - value[i - 1]) * (heard_s - at[i - 1]) / (at[i] - at[i - 1]);
    return value[n - 1];
}

/* The JSON that the metadata holds as a string under `key`. NULL where there is none, or on
 * failure, which sets *status. */
static json_t *read_json(const json_t *metadata, const char *key, GenreStatus *status,
                         GenreError *error) {
    const char *text = json_string_value(json_object_get(metadata, key));
    json_error_t json_error;
    if (!text)
        return NULL;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &json_error);
    if (!json && (!*json_error.text || json_error_code(&json_error) == json_error_out_of_memory))
        *status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else if (!json)
        *status =
            genre_fail(error, GENRE_ERR_FORMAT, "its \"%s\" is not JSON: %s", key, json_error.text);
    return json;
}

/* Sets labels[n_labels]. Labels become parts of OSC addresses and LV2 symbols. */
static GenreStatus add_label(GenreModel *model, const char *label, GenreError *error) {
    if (!label || !*label || strlen(label) > 40 ||
        strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(label))
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "the label \"%.60s\" is not 1 to 40 of a-z, 0-9, _ and -",
                          label ? label : "");
    for (int k = 0; k < model->n_labels; k++)
        if (strcmp(model->labels[k], label) == 0)
            return genre_fail(error, GENRE_ERR_FORMAT, "label \"%s\" stands twice", label);
    char *copy = strdup(label);
    if (!copy)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    model->labels[model->n_labels] = copy;
    return GENRE_SUCCESS;
}

static GenreStatus read_labels(GenreModel *model, const json_t *labels, GenreError *error) {
    const size_t n = json_array_size(labels);
    if (n < 1 || n > GENRE_MAX_LABELS)
        return genre_fail(error, GENRE_ERR_FORMAT, "its \"labels\" is not a list of 1 to %d names",
                          GENRE_MAX_LABELS);
    for (size_t i = 0; i < n; i++) {
        const char *label = json_string_value(json_array_get(labels, i));
        const GenreStatus status = add_label(model, label, error);
        if (!model->labels[i])
            return status;
        model->n_labels++;
    }
    return GENRE_SUCCESS;
}

/* The output behind those of the labels, if there is one. After read_labels and read_output. */
static GenreStatus read_not_music(GenreModel *model, const json_t *metadata, GenreError *error) {
    const json_t *name = json_object_get(metadata, "not_music");
    if (!name)
        return GENRE_SUCCESS;
    if (model->n_labels == GENRE_MAX_LABELS)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"not_music\" and its \"labels\" are more than %d together",
                          GENRE_MAX_LABELS);
    if (model->independent)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "\"not_music\" is for the output softmax: with sigmoid no label applies "
                          "to what is not music");
    const GenreStatus status = add_label(model, json_string_value(name), error);
    if (!status)
        model->not_music = model->labels[model->n_labels];
    return status;
}

static GenreStatus read_calibration(GenreModel *model, const json_t *json, GenreError *error) {
    const json_t *heard = json_object_get(json, "heard_s");
    const json_t *temperature = json_object_get(json, "temperature");
    const size_t n = json_array_size(heard);
    if (!json)
        return GENRE_SUCCESS;
    bool ok = n == json_array_size(temperature) && n <= GENRE_MAX_TEMPERATURES;
    for (size_t i = 0; ok && i < n; i++) {
        const double at = json_number_value(json_array_get(heard, i));
        const double value = json_number_value(json_array_get(temperature, i));
        model->calibration.heard_s[i] = (float)at;
        model->calibration.temperature[i] = (float)value;
        ok = value >= 0.01 && value <= 100 && at >= 0 && at <= 1e6 &&
             (i == 0 || model->calibration.heard_s[i] > model->calibration.heard_s[i - 1]);
    }
    if (!ok)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "its \"calibration\" is not up to %d rising times with a temperature "
                          "from 0.01 to 100 each",
                          GENRE_MAX_TEMPERATURES);
    model->calibration.n = (int)n;
    return GENRE_SUCCESS;
}

static GenreStatus check_versions(const json_t *metadata, GenreError *error) {
    const char *format = json_string_value(json_object_get(metadata, "format"));
    const char *version = json_string_value(json_object_get(metadata, "format_version"));
    const char *causal = json_string_value(json_object_get(metadata, "causal"));
    if (!format || strcmp(format, "genrecast") != 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "it is not a Genrecast model");
    if (!version || strcmp(version, format_version) != 0)
        return genre_fail(error, GENRE_ERR_UNSUPPORTED,
                          "its format is version %.20s, this program reads version %s",
                          version ? version : "?", format_version);
    if (!causal || (strcmp(causal, "true") != 0 && strcmp(causal, "false") != 0))
        return genre_fail(error, GENRE_ERR_FORMAT, "its \"causal\" is neither true nor false");
    return GENRE_SUCCESS;
}

/* What becomes of the logits. */
static GenreStatus read_output(GenreModel *model, const json_t *metadata, GenreError *error) {
    const char *output = json_string_value(json_object_get(metadata, "output"));
    model->independent = output && strcmp(output, "sigmoid") == 0;
    if (output && !model->independent && strcmp(output, "softmax") != 0)
        return genre_fail(error, GENRE_ERR_FORMAT, "its \"output\" is neither softmax nor sigmoid");
    return GENRE_SUCCESS;
}

/* Layers that count in seconds must have been told how far the frames are apart; in vain those that
 * get something else than frames are asked. */
static GenreStatus check_periods(const GenreModel *model, double period_s, const int *steps,
                                 GenreError *error) {
    for (int i = 0; i < model->net->n_nodes; i++) {
        const GenreLayer *layer = &model->net->nodes[i].layer;
        const int n = genre_net_steps_in(model->net, steps, model->window_frames, i);
        if (layer->frame_s > 0 && n == model->window_frames &&
            fabs(layer->frame_s / period_s - 1) > 0.01)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "its layer \"%s\" takes frames to be %g s apart, but they are %g s",
                              layer->name, layer->frame_s, period_s);
    }
    return GENRE_SUCCESS;
}

/* How the network is run, frame by frame (period_s apart) or over windows, and whether it can be.
 */
static GenreStatus read_window(GenreModel *model, const json_t *metadata, double period_s,
                               GenreError *error) {
    const char *causal = json_string_value(json_object_get(metadata, "causal"));
    const char *text = json_string_value(json_object_get(metadata, "window_frames"));
    int steps[GENRE_MAX_LAYERS];
    if (strcmp(causal, "true") == 0) {
        for (int i = 0; i < model->net->n_nodes; i++)
            if (model->net->nodes[i].layer.window)
                return genre_fail(error, GENRE_ERR_FORMAT,
                                  "it says that it is causal, but its layer \"%s\" is not",
                                  model->net->nodes[i].layer.name);
        if (genre_tape_size(model->net, model->net->frames_per_step, 1) > MAX_TAPE)
            return genre_fail(error, GENRE_ERR_FORMAT, "its network is too large for one step");
        return text ? genre_fail(error, GENRE_ERR_FORMAT,
                                 "it is causal, so it can have no \"window_frames\"")
                    : GENRE_SUCCESS;
    }
    const size_t n = text ? strlen(text) : 0;
    if (n >= 1 && n <= 4 && strspn(text, "0123456789") == n)
        model->window_frames = atoi(text);
    if (model->window_frames < 2 || model->window_frames > GENRE_MAX_WINDOW)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "its \"window_frames\" is not a whole number from 2 to %d",
                          GENRE_MAX_WINDOW);
    const int n_out = genre_net_plan(model->net, model->window_frames, steps, error);
    if (n_out == 0)
        return GENRE_ERR_FORMAT;
    if (n_out != 1)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "its last layer has %d steps for a window instead of one: pool_time is "
                          "missing",
                          n_out);
    if (genre_tape_size(model->net, model->window_frames, 1) > MAX_TAPE)
        return genre_fail(error, GENRE_ERR_FORMAT, "its network is too large for such a window");
    return check_periods(model, period_s, steps, error);
}

GenreModel *genre_model_new(const json_t *metadata, GenreError *error) {
    GenreStatus status = check_versions(metadata, error);
    if (status)
        return NULL;
    GenreModel *model = calloc(1, sizeof *model);
    if (!model) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    model->metadata = json_deep_copy(metadata);
    if (!model->metadata)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    json_t *layers = status ? NULL : read_json(metadata, "layers", &status, error);
    json_t *labels = status ? NULL : read_json(metadata, "labels", &status, error);
    json_t *calibration = status ? NULL : read_json(metadata, "calibration", &status, error);
    model->feature = status ? NULL : read_json(metadata, "feature", &status, error);
    if (!status)
        status = read_labels(model, labels, error);
    if (!status)
        status = read_output(model, metadata, error);
    if (!status)
        status = read_not_music(model, metadata, error);
    if (!status)
        status = read_calibration(model, calibration, error);
    double period_s = 0;
    if (!status)
        model->tables = genre_feature_new(model->feature, error);
    if (model->tables) {
        model->n_bands = genre_feature_size(model->tables);
        period_s = genre_feature_period_s(model->tables);
        model->net = genre_net_new(layers, model->n_bands, error);
    }
    if (model->net && model->net->n_out != genre_model_n_outputs(model)) {
        genre_fail(error, GENRE_ERR_FORMAT,
                   "its last layer, \"%s\", has %d outputs, but there are %d labels%s",
                   model->net->nodes[model->net->n_nodes - 1].layer.name, model->net->n_out,
                   model->n_labels, model->not_music ? " and \"not_music\"" : "");
        genre_net_free(model->net);
        model->net = NULL;
    }
    if (model->net && read_window(model, metadata, period_s, error)) {
        genre_net_free(model->net);
        model->net = NULL;
    }
    json_decref(layers);
    json_decref(labels);
    json_decref(calibration);
    if (!model->net) {
        genre_model_free(model);
        return NULL;
    }
    return model;
}

void genre_model_free(GenreModel *model) {
    if (!model)
        return;
    for (int i = 0; i < genre_model_n_outputs(model); i++)
        free(model->labels[i]);
    genre_net_free(model->net);
    genre_feature_free(model->tables);
    json_decref(model->feature);
    json_decref(model->metadata);
    free(model);
}

GenreModel *genre_model_parse(const void *bytes, size_t size, GenreError *error) {
    GenreSafetensors file;
    if (genre_safetensors_parse(&file, bytes, size, error))
        return NULL;
    GenreModel *model = genre_model_new(json_object_get(file.header, "__metadata__"), error);
    if (model &&
        (genre_model_load_weights(model, &file, error) || genre_net_pack(model->net, error))) {
        genre_model_free(model);
        model = NULL;
    }
    genre_safetensors_clear(&file);
    return model;
}

GenreModel *genre_model_load(const char *path, GenreError *error) {
    size_t size;
    GenreError inner;
    void *bytes = genre_read_file(path, MAX_FILE, &size, error);
    if (!bytes)
        return NULL;
    GenreModel *model = genre_model_parse(bytes, size, &inner);
    if (!model)
        genre_fail(error, inner.status, "%s is not a usable model: %s", path, inner.text);
    free(bytes);
    return model;
}

int genre_model_n_labels(const GenreModel *model) {
    return model->n_labels;
}

const char *genre_model_label(const GenreModel *model, int index) {
    return index >= 0 && index < model->n_labels ? model->labels[index] : NULL;
}

int genre_model_n_outputs(const GenreModel *model) {
    return model->n_labels + (model->not_music ? 1 : 0);
}

size_t genre_model_n_weights(const GenreModel *model) {
    return model->net->n_weights;
}

int genre_model_step(const GenreModel *model, int frame) {
    if (model->window_frames)
        return 0; /* a window has one answer */
    const int n_made = (frame + 1) / model->net->frames_per_step;
    return n_made > 0 ? n_made - 1 : 0;
}

bool genre_model_is_causal(const GenreModel *model) {
    return model->window_frames == 0;
}

bool genre_model_is_independent(const GenreModel *model) {
    return model->independent;
}

const char *genre_model_metadata(const GenreModel *model, const char *key) {
    return json_string_value(json_object_get(model->metadata, key));
}
