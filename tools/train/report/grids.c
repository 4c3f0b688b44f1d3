/* Charts without axes: confusions, classes, protocols side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/charts.h"
#include "report/html.h"
#include "report/parts.h"

/* The first letters of a label that is too long for its place. */
static const char *shorten(const char *label, char text[64], size_t most) {
    size_t letters = 0, i = 0;
    for (; label[i] && i < 56; i++) {
        const bool begins = ((unsigned char)label[i] & 0xc0) != 0x80;
        if (begins && letters++ == most - 1 && strlen(label + i) > 1)
            break;
        text[i] = label[i];
    }
    strcpy(text + i, label[i] ? "\u2026" : "");
    return text;
}

static double row_sum(const double *counts, size_t n, size_t row) {
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += counts[row * n + k];
    return sum;
}

static void draw_cell(const Chart *chart, const json_t *labels, size_t row, size_t column,
                      double count, double share, double x, double y, double size) {
    char text[16];
    fprintf(chart->out, "<g><title>");
    html_text(chart->out, json_string_value(json_array_get(labels, row)));
    fputs(" heard as ", chart->out);
    html_text(chart->out, json_string_value(json_array_get(labels, column)));
    fprintf(chart->out,
            ": %.0f</title><rect class=\"cell %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%.1f\" fill-opacity=\"%.3f\"/>\n",
            count, row == column ? "hit" : "miss", x, y, size - 1, size - 1, share);
    if (count > 0) {
        snprintf(text, sizeof text, "%.0f", 100 * share);
        chart_text(chart, x + (size - 1) / 2, y + size / 2 + 4, "middle",
                   share > 0.55 ? "number full" : "number", text);
    }
    fputs("</g>\n", chart->out);
}

bool report_chart_confusion(FILE *out, const ReportRun *run, const char *by, bool songs) {
    const json_t *labels;
    size_t n;
    char text[64];
    double *counts = report_confusion(run, by, songs, &labels, &n);
    if (!counts)
        return false;
    const double size = n <= 16 ? 34 : 24, left = 108, top = 92;
    fputs("<div class=\"wide\">\n", out); /* to be scrolled: smaller it could not be read */
    const Chart chart =
        chart_begin_bare(out, left + size * (double)n + 30, top + size * (double)n + 4,
                         "Confusions: a row per truth, a column per answer");
    for (size_t i = 0; i < n; i++) {
        const char *label = json_string_value(json_array_get(labels, i));
        const double at = size * ((double)i + 0.5), sum = row_sum(counts, n, i);
        shorten(label ? label : "", text, 14);
        chart_text(&chart, left - 8, top + at + 4, "end", "tick", text);
        fprintf(out, "<g transform=\"translate(%.1f %.1f) rotate(-50)\">", left + at + 2, top - 8);
        chart_text(&chart, 0, 0, "start", "tick", text);
        fputs("</g>\n", out);
        for (size_t k = 0; k < n; k++)
            draw_cell(&chart, labels, i, k, counts[i * n + k],
                      sum > 0 ? counts[i * n + k] / sum : 0, left + size * (double)k,
                      top + size * (double)i, size);
    }
    chart_end(&chart);
    fputs("</div>\n", out);
    free(counts);
    return true;
}

static double largest(json_t *classes) {
    const char *name;
    json_t *count;
    double most = 0;
    json_object_foreach(classes, name, count) most = fmax(most, json_number_value(count));
    return most;
}

static void draw_bars(FILE *out, json_t *classes, double most, const char *title) {
    enum { ROW = 20, LEFT = 116, LENGTH = 270 };
    const char *name;
    json_t *count;
    char text[64];
    double y = 2;
    const Chart chart =
        chart_begin_bare(out, 460, y + ROW * (double)json_object_size(classes) + 6, title);
    json_object_foreach(classes, name, count) {
        const double value = report_count(count);
        chart_text(&chart, LEFT - 8, y + 14, "end", "tick", shorten(name, text, 15));
        fprintf(out, "<rect class=\"bar\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
                LEFT, y + 3, most > 0 ? LENGTH * value / most : 0, ROW - 6);
        snprintf(text, sizeof text, "%.0f", value);
        chart_text(&chart, LEFT + 6 + (most > 0 ? LENGTH * value / most : 0), y + 14, "start",
                   "tick", text);
        y += ROW;
    }
    chart_end(&chart);
}

bool report_chart_classes(FILE *out, const ReportRun *run, const char *by, bool merged) {
    const json_t *classes = json_object_get(report_split(run, by), "classes");
    json_t *before = json_object_get(classes, "before"), *after = json_object_get(classes, "after");
    const double most = fmax(largest(before), largest(after)); /* both to one scale */
    if (json_object_size(merged ? after : before) == 0 || (!merged && json_equal(before, after)))
        return false;
    draw_bars(out, merged ? after : before, most,
              merged ? "Clips of each class" : "Clips of each class before merging");
    return true;
}

bool report_chart_protocols(FILE *out, const ReportRun *run) {
    enum { ROW = 34, LEFT = 120, TOP = 22, LENGTH = 300 };
    const char *by[REPORT_MAX_PROTOCOLS];
    char text[64];
    const int n = report_protocols(run, by, REPORT_MAX_PROTOCOLS);
    size_t n_published = 0;
    while (report_published(run, n_published))
        n_published++;
    if (n + (int)n_published < 2)
        return false;
    Chart chart = chart_begin_bare(out, 460, TOP + ROW * (n + (double)n_published) + 40,
                                   "Accuracy of each protocol");
    chart.left = LEFT;
    chart.right = LEFT + LENGTH;
    chart.top = TOP;
    chart.bottom = chart.height - 40;
    chart.x = axis_linear(0, 100, "", 5);
    chart.y = (Axis){.low = chart.bottom - TOP, .high = 0}; /* pixels from the top */
    for (int i = 0; i < chart.x.n_ticks; i++) {
        const double at = chart.x.ticks[i].at;
        chart_line(&chart, (double[]){at, at}, (double[]){0, chart.y.low}, 2, "rule");
        chart_text(&chart, chart_x(&chart, at), chart.bottom + 16, "middle", "tick",
                   chart.x.ticks[i].text);
    }
    chart_text(&chart, LEFT + LENGTH / 2, chart.height - 6, "middle", "label", "accuracy (%)");
    for (int i = 0; i < n; i++) {
        const double y = ROW * (i + 0.5);
        const ReportMean mean = report_mean(run, by[i], "top.1");
        chart_text(&chart, LEFT - 10, TOP + y + 4, "end", "tick", shorten(by[i], text, 15));
        for (size_t k = 0; k < run->n; k++)
            if (strcmp(report_job_by(&run->jobs[k]), by[i]) == 0)
                chart_dot(&chart,
                          100 * report_number(report_job_evaluation(&run->jobs[k]), "top.1"), y, 4,
                          "thin valid");
        const double x = 100 * mean.mean;
        chart_line(&chart, (double[]){x, x}, (double[]){y - 9, y + 9}, 2, "valid");
        snprintf(text, sizeof text, "%.1f", x);
        if (mean.n)
            chart_text(&chart, LEFT + LENGTH + 8, TOP + y + 4, "start", "tick", text);
    }
    for (size_t i = 0; i < n_published; i++) {
        const double y = ROW * (n + (double)i + 0.5);
        const double x = 100 * report_number(report_published(run, i), "accuracy");
        chart_text(&chart, LEFT - 10, TOP + y + 4, "end", "tick", "published");
        chart_line(&chart, (double[]){x, x}, (double[]){y - 9, y + 9}, 2, "train");
        snprintf(text, sizeof text, "%.1f", x);
        chart_text(&chart, LEFT + LENGTH + 8, TOP + y + 4, "start", "tick", text);
    }
    chart_end(&chart);
    return true;
}
