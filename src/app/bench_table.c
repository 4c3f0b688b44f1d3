#include "app/bench_table.h"

#include <stdio.h>
#include <string.h>

enum { WHAT = 48 }; /* columns */

void genre_table_clear(GenreTable *table) {
    if (table->shown)
        fputs("\r\033[K", stderr);
    table->shown = false;
}

void genre_table_doing(GenreTable *table, const char *what) {
    if (!table->watched)
        return;
    fprintf(stderr, "\r\033[K%s: %s ...", table->part, what);
    fflush(stderr);
    table->shown = true;
}

void genre_table_heading(GenreTable *table, const char *text, int n_columns) {
    static const char *const columns[] = {"median", "best", "floor"};
    if (table->json)
        return;
    genre_table_clear(table);
    printf("\n%-*s", n_columns > 1 ? WHAT : 0, text);
    for (int i = 0; n_columns > 1 && i < n_columns && i < 3; i++)
        printf(" %9s", columns[i]);
    putchar('\n');
}

static void number(double value, int decimals) {
    if (value > 0)
        printf(" %9.*f", decimals, value);
    else
        printf(" %9s", "");
}

void genre_table_row(GenreTable *table, const GenreRow *row) {
    if (table->json) {
        json_object_set_new(table->json, row->key, json_real(row->median));
        if (row->floor_key && row->floor > 0)
            json_object_set_new(table->json, row->floor_key, json_real(row->floor));
        return;
    }
    const int decimals = row->median < 10 ? 2 : row->median < 100 ? 1 : 0;
    genre_table_clear(table);
    printf("%-*s %9.*f", WHAT, row->what, decimals, row->median);
    number(row->best, decimals);
    number(row->floor, decimals);
    printf("  %s\n", row->unit);
    fflush(stdout);
}

/* "lstm_step_ns" -> "lstm_step_floor_ns" */
static void name_floor(const char *key, char name[160]) {
    const char *unit = strrchr(key, '_');
    const int n = unit ? (int)(unit - key) : (int)strlen(key);
    snprintf(name, 160, "%.*s_floor%s", n, key, unit ? unit : "");
}

void genre_table_timing(GenreTable *table, const char *key, const char *what, GenreTiming timing,
                        double floor_s, double scale, const char *unit) {
    char floor_key[160];
    name_floor(key, floor_key);
    genre_table_row(table, &(GenreRow){.key = key,
                                       .what = what,
                                       .unit = unit,
                                       .median = timing.median_s * scale,
                                       .best = timing.minimum_s * scale,
                                       .floor = floor_s * scale,
                                       .floor_key = floor_key});
}

void genre_table_remark(GenreTable *table, const char *text) {
    if (table->json)
        return;
    genre_table_clear(table);
    puts(text);
}

void genre_table_json(GenreTable *table, const char *key, json_t *value) {
    if (table->json)
        json_object_set_new(table->json, key, value);
    else
        json_decref(value);
}
