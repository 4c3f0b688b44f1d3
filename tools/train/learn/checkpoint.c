#include "learn/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/safetensors.h"
#include "status.h"

enum { N_TENSORS = 5, MAX_CHECKPOINT = 1 << 30 };
static const char *const names[N_TENSORS] = {"weights", "best", "first", "second", "average"};

/* Numbers as hexadecimal floats: exact. */
static void set_number(json_t *metadata, const char *key, double value) {
    char text[64];
    snprintf(text, sizeof text, "%a", value);
    json_object_set_new(metadata, key, json_string(text));
}

static double get_number(const GenreSafetensors *file, const char *key) {
    const char *text = genre_safetensors_metadata(file, key);
    return text ? strtod(text, NULL) : 0;
}

GenreStatus checkpoint_write(const char *path, const char *run, const TrainerProgress *progress,
                             const Optim *optim, const float *weights, const float *best,
                             GenreError *error) {
    const float *const data[N_TENSORS] = {weights, best, optim->first, optim->second,
                                          optim->average};
    GenreTensorSource sources[N_TENSORS];
    for (int i = 0; i < N_TENSORS; i++)
        sources[i] = (GenreTensorSource){.name = names[i],
                                         .type = "F32",
                                         .n_dims = 1,
                                         .shape = {optim->n},
                                         .data = data[i],
                                         .n_bytes = optim->n * sizeof(float)};
    json_t *metadata = json_pack("{ssss}", "format", "genrecast-checkpoint", "run", run);
    set_number(metadata, "step", (double)optim->step);
    set_number(metadata, "epoch", (double)progress->epoch);
    set_number(metadata, "best_epoch", (double)progress->best_epoch);
    set_number(metadata, "best_loss", progress->best_loss);
    set_number(metadata, "cuts", (double)progress->schedule.n_cuts);
    set_number(metadata, "waited", (double)progress->schedule.n_waited);
    set_number(metadata, "spent_s", progress->spent_s);
    const GenreStatus status = genre_safetensors_write(path, metadata, sources, N_TENSORS, error);
    json_decref(metadata);
    return status;
}

static GenreStatus restore(const GenreSafetensors *file, const char *run, TrainerProgress *progress,
                           Optim *optim, float *weights, float *best, GenreError *error) {
    float *const data[N_TENSORS] = {weights, best, optim->first, optim->second, optim->average};
    const char *of = genre_safetensors_metadata(file, "run");
    if (!of || strcmp(of, run) != 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "it belongs to a run with another recipe, data or seed");
    for (int i = 0; i < N_TENSORS; i++) {
        GenreTensorView view;
        const GenreStatus status = genre_safetensors_tensor(file, names[i], &view, error);
        if (status)
            return status;
        if (strcmp(view.type, "F32") != 0 || view.n_bytes != optim->n * sizeof(float))
            return genre_fail(error, GENRE_ERR_FORMAT, "its \"%s\" has the wrong size", names[i]);
        memcpy(data[i], view.data, view.n_bytes);
    }
    optim->step = (int64_t)get_number(file, "step");
    progress->epoch = (int64_t)get_number(file, "epoch");
    progress->best_epoch = (int64_t)get_number(file, "best_epoch");
    progress->best_loss = get_number(file, "best_loss");
    progress->schedule.n_cuts = (int64_t)get_number(file, "cuts");
    progress->schedule.n_waited = (int64_t)get_number(file, "waited");
    progress->spent_s = get_number(file, "spent_s");
    return GENRE_SUCCESS;
}

GenreStatus checkpoint_read(const char *path, const char *run, TrainerProgress *progress,
                            Optim *optim, float *weights, float *best, GenreError *error) {
    size_t size;
    GenreSafetensors file;
    GenreError inner;
    void *bytes = genre_read_file(path, MAX_CHECKPOINT, &size, error);
    if (!bytes)
        return GENRE_ERR_OPEN;
    GenreStatus status = genre_safetensors_parse(&file, bytes, size, &inner);
    if (!status) {
        status = restore(&file, run, progress, optim, weights, best, &inner);
        genre_safetensors_clear(&file);
    }
    free(bytes);
    return status ? genre_fail(error, status, "%s: %s", path, inner.text) : status;
}
