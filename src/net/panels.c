#include "net/panels.h"

#include <stdlib.h>

GenrePanels *genre_panels_new(int n_rows, int n_columns, const GenreReal *weights) {
    GenrePanels *panels = calloc(1, sizeof *panels);
    if (!panels)
        return NULL;
    panels->n_panels = n_rows / GENRE_PANEL;
    panels->n_columns = n_columns;
    const size_t n = (size_t)panels->n_panels * GENRE_PANEL * n_columns;
    panels->block = malloc(n * sizeof *panels->packed + GENRE_LINE);
    if (!panels->block) {
        free(panels);
        return NULL;
    }
    panels->packed = genre_line_in(panels->block);
    GenreReal *to = panels->packed;
    for (int p = 0; p < panels->n_panels; p++)
        for (int k = 0; k < n_columns; k++)
            for (int r = 0; r < GENRE_PANEL; r++)
                *to++ = weights[((size_t)p * GENRE_PANEL + r) * n_columns + k];
    return panels;
}

void genre_panels_free(GenrePanels *panels) {
    if (!panels)
        return;
    free(panels->block);
    free(panels);
}
