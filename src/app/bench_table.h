/* Where the benchmark's figures go: a table on the screen, row by row as they are measured, or one
 * JSON object at the end. */
#ifndef GENRE_APP_BENCH_TABLE_H
#define GENRE_APP_BENCH_TABLE_H

#include <jansson.h>

#include "app/bench.h"

typedef struct {
    json_t *json;    /* what was measured; NULL: print */
    double budget_s; /* for each figure */
    bool alone;      /* without other programs beside it */
    bool watched;    /* what is being measured is shown on standard error, a terminal */
    bool shown;      /* it stands there now */
    const char *part;
} GenreTable;

/* A figure. `key` is its name in JSON, with the unit at the end; `what` and `unit` are for people.
 * A floor is what no implementation can get under (over, of what is to be large). */
typedef struct {
    const char *key, *what, *unit;
    double median;
    double best;           /* 0: there is only one */
    double floor;          /* 0: none is known */
    const char *floor_key; /* in JSON; NULL: left out there */
} GenreRow;

/* The title of the rows to come, with 1 to 3 columns: values, or medians and more. */
void genre_table_heading(GenreTable *table, const char *text, int n_columns);

/* Tells an impatient user what is going on. */
void genre_table_doing(GenreTable *table, const char *what);

/* Takes that away. */
void genre_table_clear(GenreTable *table);

void genre_table_row(GenreTable *table, const GenreRow *row);

/* A row of times, each by `scale`. `floor_s` 0: none is known. */
void genre_table_timing(GenreTable *table, const char *key, const char *what, GenreTiming timing,
                        double floor_s, double scale, const char *unit);

/* A line of text; not in JSON. */
void genre_table_remark(GenreTable *table, const char *text);

/* A value in JSON alone, which is taken over. */
void genre_table_json(GenreTable *table, const char *key, json_t *value);

#endif
