#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/whole_file.h"
#include "report/parts.h"
#include "status.h"

/* Writes what `put` puts. */
static GenreStatus write_with(const char *path, void (*put)(FILE *out, const ReportRun *run),
                              const ReportRun *run, GenreError *error) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    GenreStatus status = GENRE_SUCCESS;
    if (out)
        put(out, run);
    if (!out || fclose(out) != 0)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status)
        status = whole_file_write(path, text, error);
    free(text);
    return status;
}

static void put_json(FILE *out, const ReportRun *run) {
    json_t *json = report_json(run);
    json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    fputc('\n', out);
    json_decref(json);
}

GenreStatus report_write(const char *run_folder, GenreError *error) {
    static const struct {
        const char *name;
        void (*put)(FILE *out, const ReportRun *run);
    } files[] = {
        {"report.html", report_html}, {"report.json", put_json}, {"report.txt", report_text}};
    ReportRun run;
    GenreStatus status = report_run_read(&run, run_folder, error);
    for (size_t i = 0; i < sizeof files / sizeof *files && !status; i++) {
        char *path = path_in(run_folder, files[i].name);
        status = path ? write_with(path, files[i].put, &run, error)
                      : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        free(path);
    }
    report_run_clear(&run);
    return status;
}

GenreStatus report_write_evaluation(const char *path, const char *title, const json_t *evaluation,
                                    const json_t *split, GenreError *error) {
    const char *by = json_string_value(json_object_get(split, "by"));
    json_t *copy = json_deep_copy(evaluation), *split_copy = json_deep_copy(split);
    ReportJob job = {
        .json = json_pack("{ss so so*}", "by", by ? by : "", "test", copy, "split", split_copy)};
    ReportRun run = {.title = strdup(title), .jobs = &job, .n = 1};
    GenreStatus status = job.json && run.title
                             ? write_with(path, report_html, &run, error)
                             : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    json_decref(job.json);
    free(run.title);
    return status;
}
