#include "net/finish.h"

#include <stdlib.h>

#include "net/kinds.h"
#include "net/tape.h"

/* The layer that takes a node's output as it is and alone; -1: none. */
static int follower(const GenreNet *net, int index) {
    for (int i = index + 1; i < net->n_nodes; i++)
        if (genre_net_feeder(net, &net->nodes[i]) == index)
            return i;
    return -1;
}

/* What a layer does to each channel, for the one before it to do. */
static GenreStatus take_channels(GenreLayer *layer, GenreLayer *next) {
    const size_t n = (size_t)layer->n_channels;
    GenreReal *const scale = calloc(2 * n, sizeof *scale);
    if (!scale)
        return GENRE_ERR_NO_MEMORY;
    next->kind->channels(next, scale, scale + n);
    next->done_before = true;
    layer->finish.scale = scale;
    layer->finish.shift = scale + n;
    return GENRE_SUCCESS;
}

GenreStatus genre_net_take_over(GenreNet *net) {
    genre_net_give_back(net);
    for (int i = 0; i < net->n_nodes; i++) {
        GenreLayer *layer = &net->nodes[i].layer;
        if (!layer->kind->finishes8 || !layer->tensors[0].rows8)
            continue;
        int next = follower(net, i);
        if (next >= 0 && net->nodes[next].layer.kind->channels) {
            if (take_channels(layer, &net->nodes[next].layer))
                return GENRE_ERR_NO_MEMORY;
            next = follower(net, next);
        }
        if (next >= 0 && net->nodes[next].layer.kind == &genre_layer_relu) {
            net->nodes[next].layer.done_before = true;
            layer->finish.cut = true;
        }
    }
    return GENRE_SUCCESS;
}

void genre_net_give_back(GenreNet *net) {
    for (int i = 0; i < net->n_nodes; i++) {
        GenreLayer *layer = &net->nodes[i].layer;
        free((void *)layer->finish.scale);
        layer->finish = (GenreFinish){0};
        layer->done_before = false;
    }
}
