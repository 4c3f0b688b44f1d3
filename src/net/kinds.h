/* Every kind of layer there is: the table that net.c finds them in by name. */
#ifndef GENRE_NET_KINDS_H
#define GENRE_NET_KINDS_H

#include "net/layer.h"

/* One line per kind: net/NAME.c defines genre_layer_NAME. */
#define GENRE_LAYER_KINDS(KIND)                                                                    \
    KIND(affine)                                                                                   \
    KIND(bands)                                                                                    \
    KIND(dct)                                                                                      \
    KIND(delta)                                                                                    \
    KIND(dense)                                                                                    \
    KIND(dropout)                                                                                  \
    KIND(floor)                                                                                    \
    KIND(lstm)                                                                                     \
    KIND(norm)                                                                                     \
    KIND(relu)                                                                                     \
    KIND(stats)

#define GENRE_DECLARE_LAYER(name) extern const GenreLayerKind genre_layer_##name;
GENRE_LAYER_KINDS(GENRE_DECLARE_LAYER)

#endif
