#include "learn/fit.h"

#include <stdlib.h>
#include <string.h>

#include "status.h"

enum { DRAWS = 8 };

GenreStatus fit_layers(GenreNet *net, Shard *shard, const ShardTask *task, uint64_t seed,
                       GenreError *error) {
    const int n_frames = shard->batch.n_frames;
    int steps[GENRE_MAX_LAYERS];
    if (!genre_net_plan(net, n_frames, steps, error))
        return GENRE_ERR_FORMAT;
    for (int i = 0; i < net->n_nodes; i++) {
        const GenreLayer *layer = &net->nodes[i].layer;
        if (!layer->kind->fit)
            continue;
        const size_t rows =
            (size_t)genre_net_steps_in(net, steps, n_frames, i) * shard->batch.n_streams;
        GenreRng rng = genre_rng(seed, 2); /* even: not one of a step's */
        const size_t size = rows * (size_t)layer->n_in;
        float *x = malloc(DRAWS * size * sizeof *x);
        if (!x)
            return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        for (int k = 0; k < DRAWS; k++) {
            shard_forward(shard, task, &rng, false);
            memcpy(x + k * size, shard->tape->x[i] ? shard->tape->x[i] : shard->batch.x,
                   size * sizeof *x);
        }
        layer->kind->fit(layer, x, DRAWS * rows, net->weights);
        free(x);
    }
    return GENRE_SUCCESS;
}
