/* seeds FOLDER: writes small models of every kind of layer and feature as a start for the fuzzer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"
#include "net/net.h"

typedef struct {
    const char *window_frames; /* NULL: causal */
    const char *layers;
} Seed;

static const Seed seeds[] = {
    {NULL, "[{\"kind\": \"dense\", \"units\": 2}]"},
    {NULL,
     "[{\"kind\": \"floor\"}, {\"kind\": \"dct\", \"coefficients\": 3}, {\"kind\": \"affine\"},"
     " {\"kind\": \"delta\", \"reach\": 1, \"name\": \"d\"},"
     " {\"kind\": \"lstm\", \"units\": 2, \"name\": \"l\"},"
     " {\"kind\": \"stats\", \"input\": [\"d\", \"l\"], \"horizon\": 9, \"recent\": 4},"
     " {\"kind\": \"relu\"},"
     " {\"kind\": \"dropout\", \"rate\": 0.5}, {\"kind\": \"dense\", \"units\": 2}]"},
    {NULL, "[{\"kind\": \"norm\", \"prior\": 2}, {\"kind\": \"dense\", \"units\": 2}]"},
    {NULL,
     "[{\"kind\": \"conv2d\", \"channels\": 2, \"kernel_time\": 3, \"kernel_bands\": 3,"
     " \"padding\": \"causal\"}, {\"kind\": \"elu\"}, {\"kind\": \"avgpool\", \"kernel_bands\": 2},"
     " {\"kind\": \"sigmoid\"}, {\"kind\": \"dense\", \"units\": 2}]"},
    {"8",
     "[{\"kind\": \"conv2d\", \"channels\": 2, \"kernel_time\": 3, \"stride_bands\": 2},"
     " {\"kind\": \"batchnorm\"}, {\"kind\": \"tanh\"}, {\"kind\": \"maxpool\", \"kernel_time\": "
     "2},"
     " {\"kind\": \"noise\", \"deviation\": 1}, {\"kind\": \"bilstm\", \"units\": 2},"
     " {\"kind\": \"pool_time\", \"by\": \"attention\"}, {\"kind\": \"dense\", \"units\": 2}]"},
};

#define COMMON "\"rate_hz\": 8000, \"n_fft\": 64, \"hop\": 64, \"mean_hops\": 4"
static const char *const features[] = {
    "{\"kind\": \"logmel\", \"bands\": 4, " COMMON "}",
    "{\"kind\": \"mfcc\", \"bands\": 4, \"coefficients\": 3, " COMMON "}",
    "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"chroma\"}, {\"kind\": \"onset\", \"bands\": "
    "4},"
    " {\"kind\": \"contrast\", \"octaves\": 2, \"low_hz\": 500}], " COMMON "}",
};

enum { N_FEATURES = sizeof features / sizeof *features };

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: seeds FOLDER\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        GenreError error;
        char path[1000];
        json_t *metadata =
            json_pack("{ss ss ss ss* ss ss ss ss}", "format", "genrecast", "format_version", "1",
                      "causal", seeds[i].window_frames ? "false" : "true", "window_frames",
                      seeds[i].window_frames, "layers", seeds[i].layers, "labels", "[\"a\", \"b\"]",
                      "calibration", "{\"heard_s\": [1, 5], \"temperature\": [2, 1]}", "feature",
                      features[i < N_FEATURES ? i : 0]);
        GenreModel *model = genre_model_new(metadata, &error);
        GenreRng rng = genre_rng(i, 0);
        snprintf(path, sizeof path, "%s/%zu.safetensors", argv[1], i);
        if (model)
            genre_net_init(model->net, &rng);
        if (!model || genre_model_save(model, NULL, path, &error)) {
            fprintf(stderr, "seeds: %s\n", error.text);
            return 1;
        }
        snprintf(path, sizeof path, "%s/%zu-8-bits.safetensors", argv[1], i);
        if (genre_net_round(model->net, model->net->n_nodes, &error) ||
            genre_model_save(model, NULL, path, &error)) {
            fprintf(stderr, "seeds: %s\n", error.text);
            return 1;
        }
        genre_model_free(model);
        json_decref(metadata);
    }
    return 0;
}
