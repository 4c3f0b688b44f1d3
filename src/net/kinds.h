/* Every kind of layer there is: the table that net.c finds them in by name. */
#ifndef GENRE_NET_KINDS_H
#define GENRE_NET_KINDS_H

#include "net/layer.h"

/* One line per kind: net/NAME.c defines genre_layer_NAME, but for elu, relu, sigmoid and tanh,
 * which are in activation.c, and the two of pool.c. */
#define GENRE_LAYER_KINDS(KIND)                                                                    \
    KIND(affine)                                                                                   \
    KIND(avgpool)                                                                                  \
    KIND(bands)                                                                                    \
    KIND(batchnorm)                                                                                \
    KIND(beats)                                                                                    \
    KIND(bilstm)                                                                                   \
    KIND(conv2d)                                                                                   \
    KIND(dct)                                                                                      \
    KIND(delta)                                                                                    \
    KIND(dense)                                                                                    \
    KIND(dropout)                                                                                  \
    KIND(elu)                                                                                      \
    KIND(floor)                                                                                    \
    KIND(lstm)                                                                                     \
    KIND(maxpool)                                                                                  \
    KIND(noise)                                                                                    \
    KIND(norm)                                                                                     \
    KIND(pool_time)                                                                                \
    KIND(relu)                                                                                     \
    KIND(sigmoid)                                                                                  \
    KIND(stats)                                                                                    \
    KIND(tanh)

#define GENRE_DECLARE_LAYER(name) extern const GenreLayerKind genre_layer_##name;
GENRE_LAYER_KINDS(GENRE_DECLARE_LAYER)

#endif
