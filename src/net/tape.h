/* What the layout of tapes and the passes over them have in common. */
#ifndef GENRE_NET_TAPE_H
#define GENRE_NET_TAPE_H

#include "net/net.h"

/* Steps that come out of each layer; 0 behind one that gets too few. [any] */
void genre_net_steps(const GenreNet *net, int n_steps, int steps[GENRE_MAX_LAYERS]);

/* The layer whose output a node takes as it is and alone; -1: none. [any] */
int genre_net_feeder(const GenreNet *net, const GenreNode *node);

#endif
