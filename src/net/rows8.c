#include "net/rows8.h"

#include <math.h>
#include <stdlib.h>

enum { LINE = 64 }; /* bytes of a cache line, which a group of a block is */

static int8_t *place(const GenreRows8 *rows, int row, int column) {
    const size_t block = (size_t)(row / GENRE_BLOCK8) * rows->n_groups + column / GENRE_GROUP8;
    return rows->packed + (block * GENRE_BLOCK8 + row % GENRE_BLOCK8) * GENRE_GROUP8 +
           column % GENRE_GROUP8;
}

static GenreRows8 *make(int n_rows, int n_columns) {
    GenreRows8 *rows = calloc(1, sizeof *rows);
    if (!rows)
        return NULL;
    rows->n_rows = n_rows;
    rows->n_columns = n_columns;
    rows->n_blocks = (n_rows + GENRE_BLOCK8 - 1) / GENRE_BLOCK8;
    rows->n_groups = (n_columns + GENRE_GROUP8 - 1) / GENRE_GROUP8;
    const size_t n_padded = (size_t)rows->n_blocks * GENRE_BLOCK8;
    const size_t n_chunks = (n_columns + GENRE_CHUNK8 - 1) / GENRE_CHUNK8;
    const size_t n_packed = n_padded * rows->n_groups * GENRE_GROUP8;
    rows->block = calloc(1, n_packed + n_padded * sizeof *rows->scale +
                                n_chunks * n_padded * sizeof *rows->sum + LINE);
    if (!rows->block) {
        free(rows);
        return NULL;
    }
    rows->packed = (int8_t *)(((uintptr_t)rows->block + LINE - 1) / LINE * LINE);
    rows->scale = (float *)(rows->packed + n_packed);
    rows->sum = (int32_t *)(rows->scale + n_padded);
    return rows;
}

static void set(GenreRows8 *rows, int row, int column, int8_t number) {
    *place(rows, row, column) = number;
    rows->sum[(size_t)(column / GENRE_CHUNK8) * rows->n_blocks * GENRE_BLOCK8 + row] += number;
}

GenreRows8 *genre_rows8_new(int n_rows, int n_columns, const int8_t *numbers, const float *scale) {
    GenreRows8 *rows = make(n_rows, n_columns);
    for (int r = 0; rows && r < n_rows; r++) {
        rows->scale[r] = scale[r];
        for (int k = 0; k < n_columns; k++)
            set(rows, r, k, numbers[(size_t)r * n_columns + k]);
    }
    return rows;
}

GenreRows8 *genre_rows8_round(int n_rows, int n_columns, const GenreReal *weights) {
    GenreRows8 *rows = make(n_rows, n_columns);
    for (int r = 0; rows && r < n_rows; r++, weights += n_columns) {
        double largest = 0;
        for (int k = 0; k < n_columns; k++)
            largest = fmax(largest, fabs((double)weights[k]));
        rows->scale[r] = (float)(largest / 127);
        for (int k = 0; largest > 0 && k < n_columns; k++)
            set(rows, r, k, (int8_t)lrint((double)weights[k] / largest * 127));
    }
    return rows;
}

int8_t genre_rows8_at(const GenreRows8 *rows, int row, int column) {
    return *place(rows, row, column);
}

void genre_rows8_free(GenreRows8 *rows) {
    if (!rows)
        return;
    free(rows->block);
    free(rows);
}
