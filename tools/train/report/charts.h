/* The report's pictures, each of one protocol of a run unless it says otherwise. A picture that
 * there is nothing to draw for is left out; each returns whether it drew something. */
#ifndef GENRE_TRAIN_REPORT_CHARTS_H
#define GENRE_TRAIN_REPORT_CHARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "report/run.h"

/* A column of a member's logs against epochs, of training and of validation clips ("train_loss" and
 * "valid_loss" for "loss"): each job thin, their mean thick as far as all of them got. */
bool report_chart_curves(FILE *out, const ReportRun *run, const char *by, int member,
                         const char *what);

/* Confusions as shares of each row. */
bool report_chart_confusion(FILE *out, const ReportRun *run, const char *by, bool songs);

/* Accuracy against confidence, in bins of equal mass. */
bool report_chart_reliability(FILE *out, const ReportRun *run, const char *by);

/* Accuracy against seconds heard, as long as at least half of the clips last. */
bool report_chart_time(FILE *out, const ReportRun *run, const char *by);

/* How often the right genre is shown against seconds, of clips by themselves and since a change of
 * music, where that was asked (eval/segue.h). */
bool report_chart_segue(FILE *out, const ReportRun *run, const char *by);

/* Clips of each class, `merged` or before; before only where that makes a difference. */
bool report_chart_classes(FILE *out, const ReportRun *run, const char *by, bool merged);

/* Accuracies of all jobs of all protocols, beside published ones. */
bool report_chart_protocols(FILE *out, const ReportRun *run);

#endif
