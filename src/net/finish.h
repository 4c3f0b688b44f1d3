/* Convolutions of 8 bits that do what the layers behind them would. */
#ifndef GENRE_NET_FINISH_H
#define GENRE_NET_FINISH_H

#include "net/net.h"

/* Has each of them take over the normalisation and the relu that it alone feeds, so that values
 * need not go through memory again: they come out the same to the bit. In training each layer does
 * its own work. GENRE_ERR_NO_MEMORY, or 0. [set-up] */
GenreStatus genre_net_take_over(GenreNet *net);

/* Has every layer do its own work again. [set-up] */
void genre_net_give_back(GenreNet *net);

#endif
