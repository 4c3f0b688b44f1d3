/* The log of a training, a line per epoch. */
#ifndef GENRE_TRAIN_REPORT_LOG_H
#define GENRE_TRAIN_REPORT_LOG_H

#include "report/run.h"

/* Reads a log; false where there is none, or no epoch in it. A last line that broke off is left
 * out. report_log_clear() in any case. */
bool report_log_read(ReportLog *log, const char *path);
void report_log_clear(ReportLog *log);

#endif
