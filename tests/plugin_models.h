/* Model files with labels of their own, for plugin tests. */
#ifndef GENRE_TESTS_PLUGIN_MODELS_H
#define GENRE_TESTS_PLUGIN_MODELS_H

#include <stdio.h>

#include "model_helpers.h"

/* The header is freed. */
static inline void write_model(const char *path, json_t *header) {
    size_t size;
    unsigned char *bytes = encode(header, &size);
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file && fwrite(bytes, size, 1, file) == 1, "cannot write %s", path);
    fclose(file);
    free(bytes);
}

/* A small model with two labels: "jazz", which the default model has too, and "zydeco". */
static inline void write_other_model(const char *path) {
    json_t *header = small_header();
    json_object_set_new(json_object_get(header, "__metadata__"), "labels",
                        json_string("[\"zydeco\", \"jazz\"]"));
    write_model(path, header);
}

/* One that looks at windows of frames. */
static inline void write_window_model(const char *path) {
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    json_object_set_new(metadata, "causal", json_string("false"));
    json_object_set_new(metadata, "window_frames", json_string("9"));
    json_object_set_new(metadata, "layers",
                        json_string("[{\"kind\": \"pool_time\", \"name\": \"mean\"},"
                                    " {\"kind\": \"dense\", \"units\": 2, \"name\": \"dense0\"}]"));
    write_model(path, header);
}

#endif
