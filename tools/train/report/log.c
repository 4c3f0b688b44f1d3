#include "report/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clips/csv.h"
#include "model/safetensors.h"

const double *report_log_column(const ReportLog *log, const char *name) {
    for (int i = 0; i < log->n_columns; i++)
        if (strcmp(log->names[i], name) == 0)
            return log->values[i];
    return NULL;
}

void report_log_clear(ReportLog *log) {
    for (int i = 0; i < REPORT_MAX_COLUMNS; i++)
        free(log->values[i]);
    *log = (ReportLog){0};
}

static double number(const char *text) {
    char *end;
    const double value = strtod(text, &end);
    return end != text && *end == '\0' ? value : NAN;
}

bool report_log_read(ReportLog *log, const char *path) {
    size_t size, n_rows = 0;
    char *fields[CSV_MAX_FIELDS];
    GenreError error;
    *log = (ReportLog){0};
    char *text = genre_read_file(path, 64 << 20, &size, &error);
    if (!text)
        return false;
    for (size_t i = 0; i < size; i++)
        n_rows += text[i] == '\n';
    char *cursor = text;
    const int n = csv_record(&cursor, ',', fields);
    bool ok = n > 0 && n_rows > 1;
    for (int i = 0; ok && i < n && i < REPORT_MAX_COLUMNS; i++) {
        snprintf(log->names[i], sizeof log->names[i], "%s", fields[i]);
        ok = (log->values[i] = calloc(n_rows, sizeof(double))) != NULL;
        log->n_columns = i + 1;
    }
    while (ok && log->n + 1 < n_rows && csv_record(&cursor, ',', fields) == n) {
        for (int i = 0; i < log->n_columns; i++)
            log->values[i][log->n] = number(fields[i]);
        log->n++;
    }
    free(text);
    return ok && log->n > 0;
}
