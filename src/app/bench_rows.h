/* The parts of the benchmark: each measures its figures and puts them into the table. */
#ifndef GENRE_APP_BENCH_ROWS_H
#define GENRE_APP_BENCH_ROWS_H

#include "app/bench_table.h"

typedef struct {
    GenreTable table;
    const GenreModel *model;
    const GenreMath *math; /* the kernel in use */
    GenreBenchStart start; /* measured before */
} GenreBench;

void genre_rows_network(GenreBench *bench);
void genre_rows_features(GenreBench *bench);
void genre_rows_pipe(GenreBench *bench);
void genre_rows_streams(GenreBench *bench);
void genre_rows_growth(GenreBench *bench);
void genre_rows_cores(GenreBench *bench);
void genre_rows_reading(GenreBench *bench);
void genre_rows_start(GenreBench *bench);

#endif
