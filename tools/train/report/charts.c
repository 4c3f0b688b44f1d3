/* Charts with axes: curves, reliability, accuracy against time. */
#include "report/charts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/metrics.h"
#include "report/chart.h"

enum { WIDTH = 460, HEIGHT = 300 };

static bool is_of(const ReportJob *job, const char *by) {
    return strcmp(report_job_by(job), by) == 0;
}

static Axis percent_axis(const char *label) {
    return axis_linear(0, 100, label, 5);
}

/* One of the two columns of a job's log with that name; shares in percent. NULL where there is no
 * number in it. */
static double *curve(const ReportLog *log, const char *part, const char *what) {
    char name[32];
    bool any = false;
    snprintf(name, sizeof name, "%s_%s", part, what);
    const double *column = report_log_column(log, name);
    for (size_t i = 0; column && i < log->n; i++)
        any |= isfinite(column[i]);
    double *values = any ? calloc(log->n, sizeof *values) : NULL;
    for (size_t i = 0; values && i < log->n; i++)
        values[i] = strcmp(what, "accuracy") == 0 ? 100 * column[i] : column[i];
    return values;
}

/* Epochs as the log numbers them, or from 1. */
static double *epochs(const ReportLog *log) {
    const double *column = report_log_column(log, "epoch");
    double *values = calloc(log->n + 1, sizeof *values);
    for (size_t i = 0; values && i < log->n; i++)
        values[i] = column ? column[i] : (double)i + 1;
    return values;
}

typedef struct {
    size_t n_jobs, least, most; /* jobs with curves; epochs that all of them got to, and one did */
    double low, high;
} Extent;

static Extent find_extent(const ReportRun *run, const char *by, int member, const char *what) {
    static const char *const parts[] = {"train", "valid"};
    Extent extent = {.least = (size_t)-1, .low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < run->n; i++) {
        const ReportLog *log = &run->jobs[i].logs[member];
        bool any = false;
        for (int k = 0; is_of(&run->jobs[i], by) && k < 2; k++) {
            double *values = curve(log, parts[k], what);
            for (size_t t = 0; values && t < log->n; t++) {
                if (!isfinite(values[t]))
                    continue;
                any = true;
                extent.low = fmin(extent.low, values[t]);
                extent.high = fmax(extent.high, values[t]);
            }
            free(values);
        }
        if (!any)
            continue;
        extent.n_jobs++;
        extent.least = log->n < extent.least ? log->n : extent.least;
        extent.most = log->n > extent.most ? log->n : extent.most;
    }
    return extent;
}

static void draw_curves(const Chart *chart, const ReportRun *run, const char *by, int member,
                        const char *what, const char *part, const Extent *extent) {
    double *mean = calloc(extent->least + 1, sizeof *mean), *at = NULL;
    char thin[32];
    size_t n = 0;
    snprintf(thin, sizeof thin, extent->n_jobs > 1 ? "thin %s" : "%s", part);
    for (size_t i = 0; i < run->n; i++) {
        const ReportLog *log = &run->jobs[i].logs[member];
        double *values = is_of(&run->jobs[i], by) ? curve(log, part, what) : NULL;
        if (!values)
            continue;
        free(at);
        at = epochs(log);
        if (at)
            chart_line(chart, at, values, log->n, thin);
        for (size_t t = 0; mean && t < extent->least && t < log->n; t++)
            mean[t] += values[t];
        free(values);
        n++;
    }
    for (size_t t = 0; mean && t < extent->least; t++)
        mean[t] /= (double)n;
    if (n > 1 && n == extent->n_jobs && mean && at)
        chart_line(chart, at, mean, extent->least, part);
    free(mean);
    free(at);
}

bool report_chart_curves(FILE *out, const ReportRun *run, const char *by, int member,
                         const char *what) {
    static const char *const legend[] = {"train", "training", "valid", "validation", NULL};
    const Extent extent = find_extent(run, by, member, what);
    const bool is_loss = strcmp(what, "loss") == 0;
    if (extent.n_jobs == 0)
        return false;
    const Axis x = axis_linear(0, (double)extent.most, "epoch", 6);
    const Axis y = is_loss ? axis_linear(fmin(0, extent.low), 1.04 * extent.high, "loss", 5)
                           : percent_axis("accuracy (%)");
    const Chart chart =
        chart_begin(out, WIDTH, HEIGHT, is_loss ? "Loss by epoch" : "Accuracy by epoch", x, y);
    draw_curves(&chart, run, by, member, what, "train", &extent);
    draw_curves(&chart, run, by, member, what, "valid", &extent);
    chart_legend(&chart, legend);
    chart_end(&chart);
    return true;
}

bool report_chart_reliability(FILE *out, const ReportRun *run, const char *by) {
    double x[METRICS_BINS], y[METRICS_BINS];
    size_t n = 0;
    for (; n < METRICS_BINS; n++) {
        char path[48];
        snprintf(path, sizeof path, "reliability.%zu.confidence", n);
        const ReportMean confidence = report_mean(run, by, path);
        snprintf(path, sizeof path, "reliability.%zu.accuracy", n);
        const ReportMean accuracy = report_mean(run, by, path);
        if (confidence.n == 0 || accuracy.n == 0)
            break;
        x[n] = 100 * confidence.mean;
        y[n] = 100 * accuracy.mean;
    }
    if (n == 0)
        return false;
    const Chart chart =
        chart_begin(out, WIDTH, HEIGHT, "Reliability", percent_axis("how sure it says it is (%)"),
                    percent_axis("how often it is right (%)"));
    chart_line(&chart, (double[]){0, 100}, (double[]){0, 100}, 2, "ideal");
    for (size_t bin = 0; bin < n; bin++) {
        char path[48];
        snprintf(path, sizeof path, "reliability.%zu.clips", bin);
        /* In one job; no more than can be counted, whatever the file says. */
        const double clips = fmin(1e9, fmax(0, rint(report_mean(run, by, path).mean)));
        const double right = fmin(clips, fmax(0, rint(y[bin] / 100 * clips)));
        const Interval interval = metrics_wilson((size_t)right, (size_t)clips);
        chart_line(&chart, (double[]){x[bin], x[bin]},
                   (double[]){100 * interval.low, 100 * interval.high}, 2, "thin valid");
    }
    chart_line(&chart, x, y, n, "valid");
    for (size_t bin = 0; bin < n; bin++)
        chart_dot(&chart, x[bin], y[bin], 4, "valid");
    chart_end(&chart);
    return true;
}

enum { MOST_TIMES = 32 };

/* The times at which at least half of the clips still last, rising, into times. */
static int find_times(const ReportRun *run, const char *by, int *times) {
    int n = 0;
    for (int t = 1; t <= 60 && n < MOST_TIMES; t++) {
        char path[32];
        snprintf(path, sizeof path, "lasting.%d", t);
        const ReportMean lasting = report_mean(run, by, path),
                         clips = report_mean(run, by, "clips");
        if (lasting.n > 0 && lasting.mean >= clips.mean / 2)
            times[n++] = t;
    }
    return n;
}

bool report_chart_time(FILE *out, const ReportRun *run, const char *by) {
    int times[MOST_TIMES];
    double x[MOST_TIMES], low[MOST_TIMES], high[MOST_TIMES], y[MOST_TIMES];
    const int n = find_times(run, by, times);
    if (n < 2)
        return false;
    const Chart chart =
        chart_begin(out, WIDTH, HEIGHT, "Accuracy by seconds heard",
                    axis_linear(0, times[n - 1], "seconds heard", 6), percent_axis("accuracy (%)"));
    for (int i = 0; i < n; i++) {
        char path[48];
        x[i] = times[i];
        snprintf(path, sizeof path, "accuracy.%d", times[i]);
        y[i] = 100 * report_mean(run, by, path).mean;
        snprintf(path, sizeof path, "accuracy_intervals.%d.0", times[i]);
        low[i] = 100 * report_mean(run, by, path).mean;
        snprintf(path, sizeof path, "accuracy_intervals.%d.1", times[i]);
        high[i] = 100 * report_mean(run, by, path).mean;
    }
    chart_band(&chart, x, low, high, (size_t)n, "valid");
    chart_line(&chart, x, y, (size_t)n, "valid");
    for (int i = 0; i < n; i++)
        chart_dot(&chart, x[i], y[i], 3.5, "valid");
    chart_end(&chart);
    return true;
}

/* How often the right genre is shown at these times, found in `shown`, as a line with dots; returns
 * whether it is known at every one of them. */
static bool draw_right(const Chart *chart, const ReportRun *run, const char *by, const char *shown,
                       const int *times, int n, const char *class) {
    double x[MOST_TIMES] = {0}, y[MOST_TIMES] = {0};
    for (int i = 0; i < n; i++) {
        char path[48];
        snprintf(path, sizeof path, "%s.%d.right", shown, times[i]);
        const ReportMean share = report_mean(run, by, path);
        if (share.n == 0)
            return false;
        x[i] = times[i];
        y[i] = 100 * share.mean;
    }
    chart_line(chart, x, y, (size_t)n, class);
    for (int i = 0; i < n; i++)
        chart_dot(chart, x[i], y[i], 3.5, class);
    return true;
}

bool report_chart_segue(FILE *out, const ReportRun *run, const char *by) {
    static const char *const legend[] = {"valid", "by itself", "train", "since a change of music",
                                         NULL};
    int times[MOST_TIMES];
    const int n = find_times(run, by, times);
    if (n < 2 || report_mean(run, by, "segue.clips").n == 0)
        return false;
    const Chart chart = chart_begin(out, WIDTH, HEIGHT, "A change of music: right genre shown",
                                    axis_linear(0, times[n - 1], "seconds heard", 6),
                                    percent_axis("right genre shown (%)"));
    const bool drawn = draw_right(&chart, run, by, "shown", times, n, "valid") &&
                       draw_right(&chart, run, by, "segue.shown", times, n, "train");
    chart_legend(&chart, legend);
    chart_end(&chart);
    return drawn;
}
