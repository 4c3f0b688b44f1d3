/* What reports are put together from. */
#ifndef GENRE_TRAIN_REPORT_PARTS_H
#define GENRE_TRAIN_REPORT_PARTS_H

#include <stdio.h>

#include "report/run.h"

enum { REPORT_MAX_PROTOCOLS = 16 };

/* A figure of reports: where an evaluation has it, and how to show it. */
typedef struct {
    const char *name;  /* as people read it; left out where no job has it */
    const char *key;   /* in report.json */
    const char *path;  /* in an evaluation */
    const char *songs; /* the same of songs; NULL: none */
    double scale;      /* shown as percent: 100 */
    int decimals;
} ReportFigure;

extern const ReportFigure report_figures[];
extern const int report_n_figures;

/* Whether clips of one song were scored apart from each other, so that songs are a matter of their
 * own. */
bool report_has_songs(const ReportRun *run, const char *by);

/* The description of the split of a protocol's first job that has one; NULL: none. */
const json_t *report_split(const ReportRun *run, const char *by);

/* How many of the split's folds a protocol's jobs are of. */
int report_n_folds(const ReportRun *run, const char *by);

/* Says in a sentence or two what was on which side, as plain text. */
void report_split_words(FILE *out, const ReportRun *run, const char *by);

/* The warnings of a protocol's jobs, a new list of strings. Of those that differ only by what is in
 * brackets, as from fold to fold, there is the first. */
json_t *report_warnings(const ReportRun *run, const char *by);

void report_html(FILE *out, const ReportRun *run);
void report_text(FILE *out, const ReportRun *run);
json_t *report_json(const ReportRun *run);

#endif
