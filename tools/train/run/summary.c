#include "run/summary.h"

#include <stdbool.h>
#include <string.h>

#include "base/mean.h"

static const char *protocol(const json_t *report) {
    const char *by = json_string_value(json_object_get(report, "by"));
    return by ? by : "";
}

static Mean mean_of(const json_t *reports, const char *by, const char *part) {
    Mean mean = {0};
    size_t i;
    json_t *report;
    json_array_foreach(reports, i, report) {
        const json_t *accuracy =
            json_object_get(json_object_get(json_object_get(report, part), "accuracy"), "30");
        if (accuracy && strcmp(protocol(report), by) == 0)
            mean_add(&mean, json_number_value(accuracy));
    }
    return mean;
}

static void print_share(FILE *out, const json_t *reports, const char *by, const char *part) {
    const Mean mean = mean_of(reports, by, part);
    if (mean.n > 1)
        fprintf(out, "  %6.1f +- %4.1f %%", 100 * mean.mean, 100 * mean_deviation(&mean));
    else if (mean.n == 1)
        fprintf(out, "  %6.1f %%        ", 100 * mean.mean);
    else
        fprintf(out, "  %6s          ", "-");
}

void run_summary_print(const json_t *reports, FILE *out) {
    size_t i;
    json_t *report;
    fprintf(out, "%-10s %5s  %-16s  %s\n", "split by", "jobs", "right on valid", "on test");
    json_array_foreach(reports, i, report) {
        const char *by = protocol(report);
        int n_jobs = 0;
        bool first = true;
        for (size_t k = 0; k < json_array_size(reports); k++) {
            const bool same = strcmp(protocol(json_array_get(reports, k)), by) == 0;
            n_jobs += same;
            first = first && (!same || k >= i);
        }
        if (!first)
            continue;
        fprintf(out, "%-10s %5d", by, n_jobs);
        print_share(out, reports, by, "valid");
        print_share(out, reports, by, "test");
        fputc('\n', out);
    }
}
