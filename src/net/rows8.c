#include "net/rows8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int piece_of(const GenreRows8 *rows, int column) {
    const GenreColumns8 of = rows->columns;
    return of.of_kernel ? column / of.bands % of.steps : column / GENRE_PIECE8;
}

/* Where a number is, from the packed ones' start: what its column and its row add. All of a matrix
 * is best taken column by column, as the columns' share takes some divisions. */
static size_t place_of_column(const GenreRows8 *rows, int column) {
    const GenreColumns8 of = rows->columns;
    const int step = column / of.bands % of.steps;
    const int at = column % of.bands * of.channels + column / of.bands / of.steps;
    const size_t group = (size_t)step * rows->step_groups + at / GENRE_GROUP8;
    return group * GENRE_BLOCK8 * GENRE_GROUP8 + at % GENRE_GROUP8;
}

static size_t place_of_row(const GenreRows8 *rows, int row) {
    const size_t block = (size_t)(row / GENRE_BLOCK8) * rows->n_groups;
    return (block * GENRE_BLOCK8 + row % GENRE_BLOCK8) * GENRE_GROUP8;
}

static GenreRows8 *make(int n_rows, GenreColumns8 columns) {
    GenreRows8 *rows = calloc(1, sizeof *rows);
    if (!rows)
        return NULL;
    rows->n_rows = n_rows;
    rows->n_columns = columns.channels * columns.steps * columns.bands;
    rows->columns = columns;
    rows->n_blocks = (n_rows + GENRE_BLOCK8 - 1) / GENRE_BLOCK8;
    rows->step_groups = (columns.channels * columns.bands + GENRE_GROUP8 - 1) / GENRE_GROUP8;
    rows->n_groups = columns.steps * rows->step_groups;
    const size_t n_padded = (size_t)rows->n_blocks * GENRE_BLOCK8;
    const size_t n_pieces = (size_t)piece_of(rows, rows->n_columns - 1) + 1; /* the last one's */
    const size_t n_packed = n_padded * rows->n_groups * GENRE_GROUP8;
    rows->block = calloc(1, n_packed + n_padded * sizeof *rows->scale +
                                n_pieces * n_padded * sizeof *rows->sum + GENRE_LINE);
    if (!rows->block) {
        free(rows);
        return NULL;
    }
    rows->packed = genre_line_in(rows->block);
    rows->scale = (float *)(rows->packed + n_packed);
    rows->sum = (int32_t *)(rows->scale + n_padded);
    return rows;
}

/* numbers (n_rows, n_columns) */
static void set(GenreRows8 *rows, const int8_t *numbers) {
    for (int k = 0; k < rows->n_columns; k++) {
        int8_t *const column = rows->packed + place_of_column(rows, k);
        int32_t *const sum = rows->sum + (size_t)piece_of(rows, k) * rows->n_blocks * GENRE_BLOCK8;
        for (int r = 0; r < rows->n_rows; r++) {
            const int8_t number = numbers[(size_t)r * rows->n_columns + k];
            column[place_of_row(rows, r)] = number;
            sum[r] += number;
        }
    }
}

GenreRows8 *genre_rows8_new(int n_rows, GenreColumns8 columns, const int8_t *numbers,
                            const float *scale) {
    GenreRows8 *rows = make(n_rows, columns);
    if (!rows)
        return NULL;
    memcpy(rows->scale, scale, (size_t)n_rows * sizeof *scale);
    set(rows, numbers);
    return rows;
}

GenreRows8 *genre_rows8_round(int n_rows, GenreColumns8 columns, const GenreReal *weights) {
    const size_t n_columns = (size_t)columns.channels * columns.steps * columns.bands;
    int8_t *numbers = calloc(n_rows * n_columns, 1);
    float *scale = calloc((size_t)n_rows, sizeof *scale);
    for (int r = 0; numbers && scale && r < n_rows; r++, weights += n_columns) {
        double largest = 0;
        for (size_t k = 0; k < n_columns; k++)
            largest = fmax(largest, fabs((double)weights[k]));
        scale[r] = (float)(largest / 127);
        for (size_t k = 0; largest > 0 && k < n_columns; k++)
            numbers[r * n_columns + k] = (int8_t)lrint((double)weights[k] / largest * 127);
    }
    GenreRows8 *rows = numbers && scale ? genre_rows8_new(n_rows, columns, numbers, scale) : NULL;
    free(numbers);
    free(scale);
    return rows;
}

int8_t genre_rows8_at(const GenreRows8 *rows, int row, int column) {
    return rows->packed[place_of_column(rows, column) + place_of_row(rows, row)];
}

void genre_rows8_weights(const GenreRows8 *rows, GenreReal *weights) {
    for (int k = 0; k < rows->n_columns; k++) {
        const int8_t *column = rows->packed + place_of_column(rows, k);
        for (int r = 0; r < rows->n_rows; r++)
            weights[(size_t)r * rows->n_columns + k] =
                rows->scale[r] * (GenreReal)column[place_of_row(rows, r)];
    }
}

void genre_rows8_free(GenreRows8 *rows) {
    if (!rows)
        return;
    free(rows->block);
    free(rows);
}
