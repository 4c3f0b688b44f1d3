/* An estimate of a file as a line of text, JSON or CSV. */
#ifndef GENRE_APP_REPORT_H
#define GENRE_APP_REPORT_H

#include "genrecast.h"

typedef enum { GENRE_REPORT_TEXT, GENRE_REPORT_JSON, GENRE_REPORT_CSV } GenreReportKind;

typedef struct {
    GenreReportKind kind;
    bool with_time; /* text: a column that tells the time */
    int path_width; /* text: columns for the path */
} GenreReport;

/* One line with its newline; free() it. NULL: out of memory. Any thread. */
char *genre_report_line(const GenreReport *report, const GenreModel *model,
                        const GenreEstimate *estimate, const char *path, bool final);

/* The CSV's first line; free() it. */
char *genre_report_csv_header(const GenreModel *model);

/* Columns that `path` takes in text. */
int genre_report_width(const char *path);

#endif
