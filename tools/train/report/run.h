/* A run folder as the report sees it: its jobs with what they left, and figures over them. */
#ifndef GENRE_TRAIN_REPORT_RUN_H
#define GENRE_TRAIN_REPORT_RUN_H

#include <jansson.h>

#include "genrecast.h"

enum { REPORT_MAX_COLUMNS = 16, REPORT_MAX_MEMBERS = 8 };

/* A log.csv of numbers; what is empty or no number is NaN. */
typedef struct {
    int n_columns;
    char names[REPORT_MAX_COLUMNS][32];
    size_t n; /* rows */
    double *values[REPORT_MAX_COLUMNS];
} ReportLog;

typedef struct {
    char *name;                         /* the folder's */
    char *note;                         /* what is missing or wrong, a sentence; NULL: nothing */
    json_t *json;                       /* its report.json; NULL: not finished, or unreadable */
    ReportLog logs[REPORT_MAX_MEMBERS]; /* of each member's training */
} ReportJob;

typedef struct {
    char *title;
    json_t *recipe; /* recipe.json; NULL: none */
    int n_members;  /* of the network that jobs train; at least 1 */
    ReportJob *jobs;
    size_t n;
} ReportRun;

/* Mean and deviation (n - 1) over jobs. n = 0: no job has it. */
typedef struct {
    size_t n;
    double mean, deviation;
} ReportMean;

/* Reads every job folder in `folder`, in the order of their names. A job that is unfinished or
 * damaged is there, with a note. GENRE_ERR_OPEN where there is no such folder, GENRE_ERR_FORMAT
 * where it has no job in it. report_run_clear() in any case. */
GenreStatus report_run_read(ReportRun *run, const char *folder, GenreError *error);
void report_run_clear(ReportRun *run);

/* A member's name; "" where the recipe has no members. */
const char *report_member(const ReportRun *run, int member);

/* The column of a log, NULL where it has none of that name. */
const double *report_log_column(const ReportLog *log, const char *name);

/* What a job was split by ("" where it does not say), and its evaluation: of the test clips, else
 * of the validation clips; NULL where there is neither. */
const char *report_job_by(const ReportJob *job);
json_t *report_job_evaluation(const ReportJob *job);

/* The i-th published figure to compare with, {"accuracy", "split", "source"}, of the recipe's
 * "published", which is one or a list of them; NULL behind the last. One without an accuracy does
 * not count. */
const json_t *report_published(const ReportRun *run, size_t i);

/* Whether the evaluations of a protocol's jobs are all of test clips. */
bool report_is_test(const ReportRun *run, const char *by);

/* The protocols, ways of splitting, of the jobs that have an evaluation, in the order in which they
 * come: up to `room` of them into by. Returns how many. */
int report_protocols(const ReportRun *run, const char **by, int room);

/* A number in an evaluation, found by keys joined by dots ("macro.f1", "songs.top.1"); NaN where
 * there is none. */
double report_number(const json_t *evaluation, const char *path);

/* A number that counts something: 0 to 1e15, whatever a file says. */
double report_count(const json_t *count);

/* A number over the jobs of a protocol; none for a path that is NULL. */
ReportMean report_mean(const ReportRun *run, const char *by, const char *path);

/* The labels of a protocol's first evaluation; NULL: none. */
const json_t *report_labels(const ReportRun *run, const char *by);

/* A figure of one label ("clips", "precision", "recall", "f1") over the jobs of a protocol. */
ReportMean report_class_mean(const ReportRun *run, const char *by, const char *label,
                             const char *key);

/* Confusions summed over the jobs of a protocol that have the labels of its first one, (n, n) from
 * calloc; *labels is borrowed. `songs`: of songs. NULL where there are none. */
double *report_confusion(const ReportRun *run, const char *by, bool songs, const json_t **labels,
                         size_t *n);

#endif
