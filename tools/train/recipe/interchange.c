#include "recipe/interchange.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/safetensors.h"
#include "model/weights.h"
#include "out/text.h"
#include "status.h"

enum { MAX_FILE = 256 << 20 };

/* What an LSTM's tensors are called there: "_l0" for the first of a module's layers, before the
 * direction, and two biases where one does. */
static const struct {
    const char *ours, *theirs, *second;
} lstm_names[] = {
    {"weight_ih", "weight_ih_l0", NULL},
    {"weight_hh", "weight_hh_l0", NULL},
    {"bias", "bias_ih_l0", "bias_hh_l0"},
    {"weight_ih_reverse", "weight_ih_l0_reverse", NULL},
    {"weight_hh_reverse", "weight_hh_l0_reverse", NULL},
    {"bias_reverse", "bias_ih_l0_reverse", "bias_hh_l0_reverse"},
};

static InterchangeTensor describe(const GenreLayer *layer, const GenreTensor *tensor,
                                  const char *name) {
    InterchangeTensor described = {
        .n_dims = tensor->n_dims, .n = tensor->n, .offset = tensor->offset};
    snprintf(described.name, sizeof described.name, "%s.%s", layer->name, name);
    memcpy(described.shape, tensor->shape, sizeof described.shape);
    return described;
}

size_t interchange_tensors(const GenreNet *net, InterchangeTensor *tensors) {
    size_t n = 0;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        const bool lstm =
            strcmp(layer->kind->name, "lstm") == 0 || strcmp(layer->kind->name, "bilstm") == 0;
        for (int k = 0; k < layer->n_tensors; k++) {
            const GenreTensor *tensor = &layer->tensors[k];
            const char *name = tensor->name, *second = NULL;
            for (size_t m = 0; lstm && m < sizeof lstm_names / sizeof *lstm_names; m++)
                if (strcmp(lstm_names[m].ours, tensor->name) == 0) {
                    name = lstm_names[m].theirs;
                    second = lstm_names[m].second;
                }
            tensors[n++] = describe(layer, tensor, name);
            if (second) {
                tensors[n] = describe(layer, tensor, second);
                tensors[n++].second = true;
            }
        }
    }
    return n;
}

GenreStatus interchange_write(const GenreNet *net, const json_t *metadata, const char *path,
                              GenreError *error) {
    InterchangeTensor *tensors = calloc(INTERCHANGE_MAX_TENSORS, sizeof *tensors);
    GenreTensorSource *sources = calloc(INTERCHANGE_MAX_TENSORS, sizeof *sources);
    float *zeros = calloc(net->n_weights + 1, sizeof *zeros);
    GenreStatus status;
    if (!tensors || !sources || !zeros) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    } else {
        const size_t n = interchange_tensors(net, tensors);
        for (size_t i = 0; i < n; i++) {
            const InterchangeTensor *tensor = &tensors[i];
            sources[i] =
                (GenreTensorSource){.name = tensor->name,
                                    .type = "F32",
                                    .n_dims = tensor->n_dims,
                                    .data = tensor->second ? zeros : net->weights + tensor->offset,
                                    .n_bytes = tensor->n * sizeof(float)};
            for (int d = 0; d < tensor->n_dims; d++)
                sources[i].shape[d] = (size_t)tensor->shape[d];
        }
        status = genre_safetensors_write(path, metadata, sources, n, error);
    }
    free(zeros);
    free(sources);
    free(tensors);
    return status;
}

static void print_shape(FILE *out, const InterchangeTensor *tensor) {
    for (int d = 0; d < tensor->n_dims; d++)
        fprintf(out, "%s%d", d ? ", " : "", tensor->shape[d]);
}

static bool shape_fits(const GenreTensorView *view, const InterchangeTensor *tensor) {
    bool fits = strcmp(view->type, "F32") == 0 && view->n_dims == tensor->n_dims;
    for (int d = 0; fits && d < tensor->n_dims; d++)
        fits = view->shape[d] == (size_t)tensor->shape[d];
    return fits;
}

/* Takes one tensor over; false where it does not fit, having told why. */
static bool take(GenreNet *net, const GenreSafetensors *file, const InterchangeTensor *tensor,
                 FILE *told) {
    GenreTensorView view;
    float *weights = net->weights + tensor->offset;
    if (genre_safetensors_tensor(file, tensor->name, &view, NULL)) {
        if (told)
            fprintf(told, "missing: %s\n", tensor->name);
        return false;
    }
    if (!shape_fits(&view, tensor)) {
        if (told) {
            fprintf(told, "not F32 of shape (");
            print_shape(told, tensor);
            fprintf(told, "): %s\n", tensor->name);
        }
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < tensor->n; i++) {
        float value;
        memcpy(&value, (const char *)view.data + i * sizeof value, sizeof value);
        weights[i] = tensor->second ? weights[i] + value : value;
        ok &= fabsf(weights[i]) <= genre_largest_weight;
    }
    if (!ok && told)
        fprintf(told, "not a weight, in: %s\n", tensor->name);
    return ok;
}

static bool is_known(const char *name, const InterchangeTensor *tensors, size_t n) {
    static const char counter[] = ".num_batches_tracked";
    const size_t length = strlen(name);
    if (strcmp(name, "__metadata__") == 0 ||
        (length > sizeof counter && strcmp(name + length - sizeof counter + 1, counter) == 0))
        return true;
    for (size_t i = 0; i < n; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return true;
    return false;
}

/* All of the file's tensors; returns how many do not fit. */
static int take_all(GenreNet *net, const GenreSafetensors *file, InterchangeTensor *tensors,
                    FILE *told) {
    const size_t n = interchange_tensors(net, tensors);
    int n_wrong = 0;
    const char *name;
    json_t *entry;
    for (size_t i = 0; i < n; i++)
        n_wrong += !take(net, file, &tensors[i], told);
    json_object_foreach(file->header, name, entry) {
        if (is_known(name, tensors, n))
            continue;
        n_wrong++;
        char *shown = told ? genre_text_printable(name) : NULL;
        if (shown)
            fprintf(told, "left over: %.100s\n", shown);
        free(shown);
    }
    return n_wrong;
}

GenreStatus interchange_read(GenreNet *net, const char *path, FILE *told, GenreError *error) {
    size_t size;
    GenreSafetensors file;
    GenreError inner;
    void *bytes = genre_read_file(path, MAX_FILE, &size, error);
    if (!bytes)
        return GENRE_ERR_OPEN;
    genre_net_drop_rows8(net);
    genre_net_unpack(net);
    GenreStatus status = genre_safetensors_parse(&file, bytes, size, &inner);
    if (status) {
        genre_fail(error, status, "%s: %s", path, inner.text);
    } else {
        InterchangeTensor *tensors = calloc(INTERCHANGE_MAX_TENSORS, sizeof *tensors);
        const int n_wrong = tensors ? take_all(net, &file, tensors, told) : 0;
        if (!tensors)
            status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        else if (n_wrong > 0)
            status = genre_fail(error, GENRE_ERR_FORMAT, "%s: %d tensor%s do%s not fit the model",
                                path, n_wrong, n_wrong > 1 ? "s" : "", n_wrong > 1 ? "" : "es");
        free(tensors);
        genre_safetensors_clear(&file);
    }
    free(bytes);
    return status;
}
