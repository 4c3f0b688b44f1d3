/* Networks with weights of 8 bits. */
#include "net/net.h"
#include "status.h"

GenreStatus genre_net_take_rows8(GenreNet *net, GenreTensor *tensor, GenreRows8 *rows,
                                 GenreError *error) {
    if (!rows)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    genre_rows8_free(tensor->rows8);
    tensor->rows8 = rows;
    genre_panels_free(tensor->panels);
    tensor->panels = NULL;
    genre_rows8_weights(rows, net->weights + tensor->offset);
    return GENRE_SUCCESS;
}

GenreStatus genre_net_round(GenreNet *net, int n_layers, GenreError *error) {
    for (int i = 0; i < n_layers; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreTensor *tensor = &net->nodes[i].layer.tensors[k];
            if (!tensor->in_products)
                continue;
            const GenreStatus status = genre_net_take_rows8(
                net, tensor,
                genre_rows8_round(tensor->shape[0], genre_tensor_columns(tensor),
                                  net->weights + tensor->offset),
                error);
            if (status)
                return status;
        }
    return GENRE_SUCCESS;
}

void genre_net_drop_rows8(GenreNet *net) {
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].layer.n_tensors; k++) {
            GenreTensor *tensor = &net->nodes[i].layer.tensors[k];
            genre_rows8_free(tensor->rows8);
            tensor->rows8 = NULL;
        }
}
