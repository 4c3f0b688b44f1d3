/* Networks with weights of 8 bits. */
#include "net/finish.h"
#include "net/net.h"
#include "status.h"

/* A layer whose first tensor comes to be of 8 bits, or ceases to be, may remember otherwise. */
static void swap_state(GenreNet *net, GenreLayer *layer) {
    const int n = layer->n_state8;
    if (n == 0)
        return;
    net->n_state += n - layer->n_state;
    layer->n_state8 = layer->n_state;
    layer->n_state = n;
}

GenreStatus genre_net_take_rows8(GenreNet *net, GenreLayer *layer, GenreTensor *tensor,
                                 GenreRows8 *rows, GenreError *error) {
    if (!rows)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (tensor == layer->tensors && !tensor->rows8)
        swap_state(net, layer);
    genre_rows8_free(tensor->rows8);
    tensor->rows8 = rows;
    genre_panels_free(tensor->panels);
    tensor->panels = NULL;
    genre_rows8_weights(rows, net->weights + tensor->offset);
    if (net->n_state > GENRE_MAX_WEIGHTS)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "layer \"%s\": the network remembers too much in 8 bits", layer->name);
    return GENRE_SUCCESS;
}

GenreStatus genre_net_round(GenreNet *net, int n_layers, GenreError *error) {
    for (int i = 0; i < n_layers; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreLayer *layer = &net->nodes[i].layer;
            GenreTensor *tensor = &layer->tensors[k];
            if (!tensor->in_products)
                continue;
            const GenreStatus status = genre_net_take_rows8(
                net, layer, tensor,
                genre_rows8_round(tensor->shape[0], genre_tensor_columns(tensor),
                                  net->weights + tensor->offset),
                error);
            if (status)
                return status;
        }
    return GENRE_SUCCESS;
}

void genre_net_drop_rows8(GenreNet *net) {
    genre_net_give_back(net);
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreTensor *tensor = &net->nodes[i].layer.tensors[k];
            if (k == 0 && tensor->rows8)
                swap_state(net, &net->nodes[i].layer);
            genre_rows8_free(tensor->rows8);
            tensor->rows8 = NULL;
        }
}
