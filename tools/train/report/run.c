#include "report/run.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mean.h"
#include "base/path.h"
#include "recipe/recipe.h"
#include "report/log.h"
#include "status.h"

static bool is_there(const char *folder, const char *name) {
    struct stat about;
    char *path = path_in(folder, name);
    const bool there = path && stat(path, &about) == 0;
    free(path);
    return there;
}

/* The JSON object in a file; NULL where there is none, and then *note says why, a sentence. */
static json_t *read_object(const char *folder, const char *name, char **note) {
    json_error_t json_error = {.text = "out of memory"};
    char *path = path_in(folder, name);
    json_t *json = path ? json_load_file(path, JSON_REJECT_DUPLICATES, &json_error) : NULL;
    free(path);
    if (json_is_object(json))
        return json;
    if (json)
        snprintf(json_error.text, sizeof json_error.text, "not an object");
    json_decref(json);
    if (asprintf(note, "%s cannot be read: %s", name, json_error.text) < 0)
        *note = NULL;
    return NULL;
}

/* What a finished job's report.json must have for the report to count it. */
static const char *find_fault(const json_t *json) {
    const json_t *test = json_object_get(json, "test"), *valid = json_object_get(json, "valid");
    if (!json_is_string(json_object_get(json, "by")))
        return "report.json does not say what it was split by";
    if (!json_is_object(test) && !json_is_object(valid))
        return "report.json has no evaluation";
    return NULL;
}

const char *report_member(const ReportRun *run, int member) {
    const json_t *members = json_object_get(run->recipe, "members");
    const char *name =
        json_string_value(json_object_get(json_array_get(members, (size_t)member), "name"));
    return name ? name : "";
}

/* The first member's log is log.csv, each other's log.NAME.csv. */
static void read_log(const ReportRun *run, ReportJob *job, const char *folder, int member) {
    char name[64] = "log.csv";
    if (member > 0)
        snprintf(name, sizeof name, "log.%s.csv", report_member(run, member));
    char *path = strchr(name, '/') ? NULL : path_in(folder, name);
    const bool has_log = path && report_log_read(&job->logs[member], path);
    if (!has_log && !job->note &&
        asprintf(&job->note, "%s is missing or has no epoch in it, so there are no curves", name) <
            0)
        job->note = NULL;
    free(path);
}

_Static_assert((int)RECIPE_MAX_MEMBERS <= (int)REPORT_MAX_MEMBERS, "every member has its curves");

static void read_job(const ReportRun *run, ReportJob *job, const char *folder) {
    if (!is_there(folder, "report.json")) {
        job->note = strdup("not finished");
    } else if ((job->json = read_object(folder, "report.json", &job->note))) {
        const char *fault = find_fault(job->json);
        if (fault) {
            job->note = strdup(fault);
            json_decref(job->json);
            job->json = NULL;
        }
    }
    for (int i = 0; i < run->n_members; i++)
        read_log(run, job, folder, i);
}

/* A folder that a job has left something in. */
static bool is_job(const char *folder) {
    static const char *const traces[] = {"report.json",         "log.csv",
                                         "model.safetensors",   "checkpoint",
                                         "teacher.safetensors", "log.teacher.csv",
                                         "checkpoint.teacher",  "model.safetensors.checkpoint"};
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++)
        if (is_there(folder, traces[i]))
            return true;
    return false;
}

static int not_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

GenreStatus report_run_read(ReportRun *run, const char *folder, GenreError *error) {
    struct dirent **entries = NULL;
    const char *base = basename(folder); /* a mailed report has no use for the rest */
    *run = (ReportRun){0};
    const int n = scandir(folder, &entries, not_hidden, versionsort); /* seed2 before seed10 */
    if (n < 0)
        return genre_fail(error, GENRE_ERR_OPEN, "%s: %s", folder, strerror(errno));
    char *note = NULL;
    run->recipe = read_object(folder, "recipe.json", &note); /* a run can do without */
    free(note);
    const size_t n_members = json_array_size(json_object_get(run->recipe, "members"));
    run->n_members = n_members < 1                    ? 1
                     : n_members < REPORT_MAX_MEMBERS ? (int)n_members
                                                      : REPORT_MAX_MEMBERS;
    run->jobs = calloc((size_t)n + 1, sizeof *run->jobs);
    run->title = strdup(*base ? base : "report");
    for (int i = 0; i < n; i++) {
        char *path = path_in(folder, entries[i]->d_name);
        if (path && run->jobs && is_job(path)) {
            run->jobs[run->n].name = strdup(entries[i]->d_name);
            read_job(run, &run->jobs[run->n++], path);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (!run->jobs || !run->title)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (run->n == 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "%s has no job in it: it is not the folder of a run", folder);
    const char *name = json_string_value(json_object_get(run->recipe, "name"));
    if (name) {
        free(run->title);
        run->title = strdup(name);
    }
    return GENRE_SUCCESS;
}

void report_run_clear(ReportRun *run) {
    for (size_t i = 0; i < run->n; i++) {
        for (int k = 0; k < REPORT_MAX_MEMBERS; k++)
            report_log_clear(&run->jobs[i].logs[k]);
        json_decref(run->jobs[i].json);
        free(run->jobs[i].note);
        free(run->jobs[i].name);
    }
    json_decref(run->recipe);
    free(run->jobs);
    free(run->title);
    *run = (ReportRun){0};
}

const char *report_job_by(const ReportJob *job) {
    const char *by = json_string_value(json_object_get(job->json, "by"));
    return by ? by : "";
}

json_t *report_job_evaluation(const ReportJob *job) {
    json_t *test = json_object_get(job->json, "test"), *valid = json_object_get(job->json, "valid");
    return json_is_object(test) ? test : json_is_object(valid) ? valid : NULL;
}

const json_t *report_published(const ReportRun *run, size_t i) {
    const json_t *published = json_object_get(run->recipe, "published");
    const size_t n = json_is_array(published) ? json_array_size(published) : 1;
    for (size_t k = 0; k < n; k++) {
        const json_t *one = json_is_array(published) ? json_array_get(published, k) : published;
        if (isfinite(report_number(one, "accuracy")) && i-- == 0)
            return one;
    }
    return NULL;
}

static bool is_of(const ReportJob *job, const char *by) {
    return job->json && strcmp(report_job_by(job), by) == 0;
}

bool report_is_test(const ReportRun *run, const char *by) {
    for (size_t i = 0; i < run->n; i++)
        if (is_of(&run->jobs[i], by) && !json_is_object(json_object_get(run->jobs[i].json, "test")))
            return false;
    return true;
}

int report_protocols(const ReportRun *run, const char **by, int room) {
    int n = 0;
    for (size_t i = 0; i < run->n; i++) {
        bool known = !run->jobs[i].json;
        for (int k = 0; k < n && !known; k++)
            known = strcmp(by[k], report_job_by(&run->jobs[i])) == 0;
        if (!known && n < room)
            by[n++] = report_job_by(&run->jobs[i]);
    }
    return n;
}

double report_number(const json_t *evaluation, const char *path) {
    const json_t *at = evaluation;
    while (at && *path) {
        char key[32];
        const size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
                               : json_object_get(at, key);
        path += n + (path[n] == '.');
    }
    const double value = json_is_number(at) ? json_number_value(at) : NAN;
    return fabs(value) < 1e15 ? value
                              : NAN; /* nothing here is as large, and sums must not overflow */
}

double report_count(const json_t *count) {
    return fmin(1e15, fmax(0, json_number_value(count)));
}

/* Mean and deviation over a protocol's jobs of what `find` finds in their evaluations. */
static ReportMean mean_of(const ReportRun *run, const char *by,
                          double (*find)(const json_t *evaluation, const char *what,
                                         const char *label),
                          const char *what, const char *label) {
    Mean mean = {0};
    for (size_t i = 0; i < run->n; i++)
        if (is_of(&run->jobs[i], by))
            mean_add(&mean, find(report_job_evaluation(&run->jobs[i]), what, label));
    return (ReportMean){mean.n, mean.n ? mean.mean : NAN, mean_deviation(&mean)};
}

static double find_number(const json_t *evaluation, const char *path, const char *label) {
    (void)label;
    return report_number(evaluation, path);
}

ReportMean report_mean(const ReportRun *run, const char *by, const char *path) {
    return path ? mean_of(run, by, find_number, path, NULL) : (ReportMean){.mean = NAN};
}

static double find_class(const json_t *evaluation, const char *key, const char *label) {
    const json_t *classes = json_object_get(evaluation, "per_class");
    return report_number(json_object_get(classes, label), key);
}

ReportMean report_class_mean(const ReportRun *run, const char *by, const char *label,
                             const char *key) {
    return mean_of(run, by, find_class, key, label);
}

const json_t *report_labels(const ReportRun *run, const char *by) {
    for (size_t i = 0; i < run->n; i++) {
        const json_t *labels = json_object_get(report_job_evaluation(&run->jobs[i]), "labels");
        if (is_of(&run->jobs[i], by) && json_is_array(labels))
            return labels;
    }
    return NULL;
}

double *report_confusion(const ReportRun *run, const char *by, bool songs, const json_t **labels,
                         size_t *n) {
    double *counts = NULL;
    *labels = NULL;
    *n = 0;
    for (size_t i = 0; i < run->n; i++) {
        const json_t *evaluation =
            is_of(&run->jobs[i], by) ? report_job_evaluation(&run->jobs[i]) : NULL;
        const json_t *of = songs ? json_object_get(evaluation, "songs") : evaluation;
        const json_t *rows = json_object_get(of, "confusion");
        const json_t *names = json_object_get(evaluation, "labels");
        if (!json_is_array(rows) || json_array_size(rows) != json_array_size(names) ||
            json_array_size(rows) > GENRE_MAX_LABELS)
            continue;
        if (!*labels) {
            *n = json_array_size(names);
            counts = *n ? calloc(*n * *n, sizeof *counts) : NULL;
            if (!counts)
                return NULL;
            *labels = names;
        }
        if (!json_equal(*labels, names))
            continue;
        for (size_t k = 0; k < *n * *n; k++)
            counts[k] += report_count(json_array_get(json_array_get(rows, k / *n), k % *n));
    }
    return counts;
}
