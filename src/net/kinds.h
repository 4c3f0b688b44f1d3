/* Every kind of layer there is; net.c has the table that finds them by name. */
#ifndef GENRE_NET_KINDS_H
#define GENRE_NET_KINDS_H

#include "net/layer.h"

extern const GenreLayerKind genre_layer_affine;
extern const GenreLayerKind genre_layer_dct;
extern const GenreLayerKind genre_layer_delta;
extern const GenreLayerKind genre_layer_dense;
extern const GenreLayerKind genre_layer_dropout;
extern const GenreLayerKind genre_layer_floor;
extern const GenreLayerKind genre_layer_lstm;
extern const GenreLayerKind genre_layer_norm;
extern const GenreLayerKind genre_layer_relu;
extern const GenreLayerKind genre_layer_stats;

#endif
