/* The tables of the HTML report. */
#ifndef GENRE_TRAIN_REPORT_TABLES_H
#define GENRE_TRAIN_REPORT_TABLES_H

#include <stdio.h>

#include "report/run.h"

/* All protocols and the published figures, a row each. */
void report_table_protocols(FILE *out, const ReportRun *run);

/* Of one protocol: how many clips, songs, artists are on each side; its figures; its classes. */
void report_table_parts(FILE *out, const ReportRun *run, const char *by);
void report_table_figures(FILE *out, const ReportRun *run, const char *by);
void report_table_classes(FILE *out, const ReportRun *run, const char *by);

/* How right it is on degraded sound, where that was asked. */
void report_table_degraded(FILE *out, const ReportRun *run, const char *by);

/* Every job, finished or not. */
void report_table_jobs(FILE *out, const ReportRun *run);

#endif
