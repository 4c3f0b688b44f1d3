/* How good a job's model is, written where people and programs look for it. */
#ifndef GENRE_TRAIN_JOB_REPORT_H
#define GENRE_TRAIN_JOB_REPORT_H

#include "run/job.h"

/* Reads the finished model back and scores it on the job's validation and test clips; adds "valid"
 * and "test" to `report` and writes report_text, then report_json (last and at once: where it
 * stands, the job is done). */
GenreStatus job_report(const Job *job, json_t *report, GenreError *error);

#endif
