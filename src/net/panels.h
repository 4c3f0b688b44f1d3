/* A matrix of weights laid out for products with few vectors: rows by the panel of 64, and in a
 * panel the first column of all its rows, then the next. So a product reads it from end to end and
 * adds nothing up across a register. Rows beyond the last whole panel are not in it. Immutable, as
 * the model that it belongs to.
 */
#ifndef GENRE_NET_PANELS_H
#define GENRE_NET_PANELS_H

#include "net/real.h"

enum { GENRE_PANEL = 64 /* rows */ };

typedef struct {
    int n_panels, n_columns;
    GenreReal *packed; /* (n_panels, n_columns, 64) */
    void *block;       /* what it lies in */
} GenrePanels;

/* From weights (n_rows, n_columns) of 64 rows or more. NULL: out of memory. [set-up] */
GenrePanels *genre_panels_new(int n_rows, int n_columns, const GenreReal *weights);
void genre_panels_free(GenrePanels *panels);

#endif
