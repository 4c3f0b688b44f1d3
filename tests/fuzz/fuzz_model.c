/* libFuzzer target: any bytes as a model. What is accepted must also run: a classifier is made of
 * it, and a little sound goes through.
 *
 * A model may legally be large or slow. So that the fuzzer sees many inputs instead of a few slow
 * ones, only models of a modest size are run. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "genrecast.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_WEIGHTS = 100000, N_SAMPLES = 20000 };

/* Deterministic and loud, with a silence in it. */
static void make_sound(float *out) {
    uint32_t state = 1;
    for (int i = 0; i < N_SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = i / 4000 == 2 ? 0 : (float)(state >> 8) / (1 << 23) - 1;
    }
}

static size_t cost(const GenreModel *model) {
    const size_t n_steps = model->window_frames ? (size_t)model->window_frames : 1;
    size_t n = model->net->n_weights;
    for (int i = 0; i < model->net->n_nodes; i++) {
        const GenreLayer *layer = &model->net->nodes[i].layer;
        n += (size_t)layer->n_in + (size_t)layer->n_work * (size_t)layer->n_channels;
    }
    return n * n_steps;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    GenreError error;
    GenreModel *model = genre_model_parse(bytes, size, &error);
    if (model && cost(model) <= MAX_WEIGHTS) {
        static float sound[N_SAMPLES];
        make_sound(sound);
        GenreClassifier *c = genre_classifier_new(model, 22050, 1, NULL, &error);
        if (c) {
            genre_classifier_push(c, sound, N_SAMPLES);
            genre_classifier_finish(c);
            const GenreEstimate *e = genre_classifier_estimate(c);
            for (int i = 0; i < e->n_labels; i++)
                if (!(e->scores[i] >= 0 && e->scores[i] <= 1))
                    abort();
        }
        genre_classifier_free(c);
    }
    genre_model_free(model);
    return 0;
}
