/* How the jobs of a run went, all in all. */
#ifndef GENRE_TRAIN_RUN_SUMMARY_H
#define GENRE_TRAIN_RUN_SUMMARY_H

#include <jansson.h>
#include <stdio.h>

/* For each way in which the clips were divided: jobs, and the mean and deviation over them of the
 * share of right answers on validation and test clips. `reports` is a list of those of the jobs. */
void run_summary_print(const json_t *reports, FILE *out);

#endif
