#include "model/weights.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "machine.h"
#include "status.h"

enum {
    MAX_NAME = 80,
    MAX_SOURCES = 2 * GENRE_MAX_LAYERS * GENRE_MAX_TENSORS, /* numbers and scales */
};

const float genre_largest_weight = 1e6f;

static void hash_text(uint64_t hash, char text[17]) {
    snprintf(text, 17, "%016" PRIx64, hash);
}

static void tensor_name(const GenreLayer *layer, const GenreTensor *tensor, const char *suffix,
                        char name[MAX_NAME]) {
    snprintf(name, MAX_NAME, "%s.%s%s", layer->name, tensor->name, suffix);
}

static GenreStatus fail_shape(const char *name, const GenreTensor *tensor, GenreError *error) {
    char shape[64] = "";
    for (int d = 0; d < tensor->n_dims; d++)
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%s%d", d ? ", " : "",
                 tensor->shape[d]);
    return genre_fail(error, GENRE_ERR_FORMAT, "tensor \"%s\" is not F32%s of shape (%s)", name,
                      tensor->in_products ? " or I8" : "", shape);
}

/* The scales of a tensor of 8 bits, (its rows), into `scale`. */
static GenreStatus read_scale(const GenreSafetensors *file, const GenreLayer *layer,
                              const GenreTensor *tensor, float *scale, GenreError *error) {
    GenreTensorView view;
    char name[MAX_NAME];
    tensor_name(layer, tensor, ".scale", name);
    const GenreStatus status = genre_safetensors_tensor(file, name, &view, error);
    if (status)
        return status;
    if (strcmp(view.type, "F32") != 0 || view.n_dims != 1 ||
        view.shape[0] != (size_t)tensor->shape[0])
        return genre_fail(error, GENRE_ERR_FORMAT, "tensor \"%s\" is not F32 of shape (%d)", name,
                          tensor->shape[0]);
    memcpy(scale, view.data, view.n_bytes);
    for (int r = 0; r < tensor->shape[0]; r++)
        if (!(scale[r] >= 0 && scale[r] <= genre_largest_weight / 127))
            return genre_fail(error, GENRE_ERR_FORMAT, "tensor \"%s\" has a value that is no scale",
                              name);
    return GENRE_SUCCESS;
}

/* One of 8 bits. */
static GenreStatus load_rows8(GenreModel *model, const GenreSafetensors *file, GenreLayer *layer,
                              GenreTensor *tensor, const GenreTensorView *view, GenreError *error) {
    const int n_rows = tensor->shape[0];
    const int8_t *numbers = view->data;
    for (size_t i = 0; i < tensor->n; i++)
        if (numbers[i] == -128)
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "tensor \"%s.%s\" has a number that is not from -127 to 127",
                              layer->name, tensor->name);
    float *scale = calloc((size_t)n_rows, sizeof *scale);
    if (!scale)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    GenreStatus status = read_scale(file, layer, tensor, scale, error);
    if (!status)
        status = genre_net_take_rows8(
            model->net, layer, tensor,
            genre_rows8_new(n_rows, genre_tensor_columns(tensor), numbers, scale), error);
    free(scale);
    return status;
}

/* Copies one tensor from the file into the network, checking type, shape and values. */
static GenreStatus load_tensor(GenreModel *model, const GenreSafetensors *file, GenreLayer *layer,
                               GenreTensor *tensor, GenreError *error) {
    GenreTensorView view;
    char name[MAX_NAME];
    tensor_name(layer, tensor, "", name);
    const GenreStatus status = genre_safetensors_tensor(file, name, &view, error);
    if (status)
        return status;
    const bool is_rows8 = tensor->in_products && strcmp(view.type, "I8") == 0;
    bool fits = (is_rows8 || strcmp(view.type, "F32") == 0) && view.n_dims == tensor->n_dims;
    for (int d = 0; fits && d < tensor->n_dims; d++)
        fits = view.shape[d] == (size_t)tensor->shape[d];
    if (!fits)
        return fail_shape(name, tensor, error);
    if (is_rows8)
        return load_rows8(model, file, layer, tensor, &view, error);
    GenreReal *weights = model->net->weights + tensor->offset;
    genre_expect_writes(weights, view.n_bytes);
    memcpy(weights, view.data, view.n_bytes);
    for (size_t i = 0; i < tensor->n; i++)
        if (!(fabsf(weights[i]) <= genre_largest_weight))
            return genre_fail(error, GENRE_ERR_FORMAT,
                              "tensor \"%s\" has a value that is no weight", name);
    return GENRE_SUCCESS;
}

GenreStatus genre_model_load_weights(GenreModel *model, const GenreSafetensors *file,
                                     GenreError *error) {
    const char *expected = genre_safetensors_metadata(file, "checksum");
    char found[17];
    size_t n_tensors = 0;
    model->weights_hash = genre_hash(GENRE_HASH_EMPTY, file->data, file->n_data);
    hash_text(model->weights_hash, found);
    if (expected && strcmp(expected, found) != 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "it is damaged: its weights do not match its "
                          "checksum");
    for (int i = 0; i < model->net->n_nodes; i++) {
        GenreLayer *layer = &model->net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++) {
            GenreTensor *tensor = &layer->tensors[k];
            const GenreStatus status = load_tensor(model, file, layer, tensor, error);
            if (status)
                return status;
            n_tensors += tensor->rows8 ? 2 : 1;
        }
    }
    if (n_tensors + 1 != json_object_size(file->header)) /* + 1: __metadata__ */
        return genre_fail(error, GENRE_ERR_FORMAT, "it has tensors that no layer uses");
    return GENRE_SUCCESS;
}

/* What is written of a model: tensors of floats first, so that they lie at whole fours of bytes. */
typedef struct {
    size_t n;
    GenreTensorSource sources[MAX_SOURCES];
    char names[MAX_SOURCES][MAX_NAME];
    int8_t *numbers; /* of all tensors of 8 bits */
} Content;

/* Adds a tensor of `n_dims` of the tensor's; returns how many values it has. */
static size_t add_source(Content *content, const GenreLayer *layer, const GenreTensor *tensor,
                         const char *suffix, const char *type, int n_dims, const void *data) {
    GenreTensorSource *source = &content->sources[content->n];
    size_t n = 1;
    tensor_name(layer, tensor, suffix, content->names[content->n]);
    *source = (GenreTensorSource){
        .name = content->names[content->n++], .type = type, .n_dims = n_dims, .data = data};
    for (int d = 0; d < n_dims; d++)
        n *= source->shape[d] = (size_t)tensor->shape[d];
    source->n_bytes = n * (strcmp(type, "I8") == 0 ? 1 : sizeof(float));
    return n;
}

static void add_floats(Content *content, const GenreNet *net) {
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreTensor *tensor = &layer->tensors[k];
            if (tensor->rows8)
                add_source(content, layer, tensor, ".scale", "F32", 1, tensor->rows8->scale);
            else
                add_source(content, layer, tensor, "", "F32", tensor->n_dims,
                           genre_layer_tensor(layer, k));
        }
    }
}

static void add_numbers(Content *content, const GenreNet *net) {
    int8_t *next = content->numbers;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreRows8 *rows = layer->tensors[k].rows8;
            if (!rows)
                continue;
            for (int r = 0; r < rows->n_rows; r++)
                for (int c = 0; c < rows->n_columns; c++)
                    next[(size_t)r * rows->n_columns + c] = genre_rows8_at(rows, r, c);
            next += add_source(content, layer, &layer->tensors[k], "", "I8",
                               layer->tensors[k].n_dims, next);
        }
    }
}

GenreStatus genre_model_save(const GenreModel *model, const json_t *metadata, const char *path,
                             GenreError *error) {
    Content *content = calloc(1, sizeof *content);
    if (content)
        content->numbers = calloc(model->net->n_weights + 1, sizeof *content->numbers);
    if (!content || !content->numbers) {
        free(content);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    add_floats(content, model->net);
    add_numbers(content, model->net);
    json_t *all = json_deep_copy(model->metadata);
    if (metadata)
        json_object_update(all, (json_t *)metadata);
    uint64_t hash = GENRE_HASH_EMPTY;
    char sum[17];
    for (size_t i = 0; i < content->n; i++)
        hash = genre_hash(hash, content->sources[i].data, content->sources[i].n_bytes);
    hash_text(hash, sum);
    json_object_set_new(all, "checksum", json_string(sum));
    const GenreStatus status =
        genre_safetensors_write(path, all, content->sources, content->n, error);
    json_decref(all);
    free(content->numbers);
    free(content);
    return status;
}
