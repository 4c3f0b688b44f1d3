/* Reports: what a run or an evaluation found, for people to read and to mail. */
#ifndef GENRE_TRAIN_REPORT_H
#define GENRE_TRAIN_REPORT_H

#include <jansson.h>

#include "genrecast.h"

/* Writes report.html, report.json and report.txt into a run's folder, from the report.json and
 * log.csv of each job folder in it and from recipe.json. The HTML is one file that needs nothing
 * else, and no script. Jobs that are not finished or damaged are listed as that. May be repeated at
 * any time. GENRE_ERR_OPEN, GENRE_ERR_FORMAT: it is no run's folder; GENRE_ERR_WRITE.
 *
 * report.json is
 *   {"recipe", "protocols": {by: {"jobs", "part": "test" or "valid", "figures": {name: {"mean",
 *    "deviation", "jobs"}}, "split", "warnings": [...]}}, "published", "jobs": [{"name", "by",
 *    "fold", "seed", "state": "finished" or "unfinished", "note"}]} */
GenreStatus report_write(const char *run_folder, GenreError *error);

/* Writes the HTML of a single evaluation (evaluation_json). `title` says of what; `split` is a
 * description by split_cache, or NULL. */
GenreStatus report_write_evaluation(const char *path, const char *title, const json_t *evaluation,
                                    const json_t *split, GenreError *error);

#endif
