#include "report/tables.h"

#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/parts.h"

/* "63.3 ± 1.8", in a cell of its own. */
static void put_mean(FILE *out, ReportMean mean, double scale, int decimals) {
    if (mean.n == 0)
        fputs("<td>&ndash;</td>", out);
    else if (mean.n == 1)
        fprintf(out, "<td>%.*f</td>", decimals, scale * mean.mean);
    else
        fprintf(out, "<td>%.*f &plusmn; %.*f</td>", decimals, scale * mean.mean, decimals,
                scale * mean.deviation);
}

/* An interval in percent, from the path of its list. */
static void put_interval(FILE *out, const ReportRun *run, const char *by, const char *path) {
    char low[64], high[64];
    snprintf(low, sizeof low, "%s.0", path);
    snprintf(high, sizeof high, "%s.1", path);
    const ReportMean from = report_mean(run, by, low), to = report_mean(run, by, high);
    if (from.n == 0 || to.n == 0)
        fputs("<td>&ndash;</td>", out);
    else
        fprintf(out, "<td>%.1f to %.1f</td>", 100 * from.mean, 100 * to.mean);
}

static void put_heading(FILE *out, const char *name) {
    fputs("<th scope=\"row\">", out);
    html_text(out, name);
    fputs("</th>", out);
}

static void put_text(FILE *out, const char *text) {
    fputs("<td class=\"text long\">", out);
    html_text(out, text);
    fputs("</td>", out);
}

void report_table_protocols(FILE *out, const ReportRun *run) {
    const char *by[REPORT_MAX_PROTOCOLS];
    const int n = report_protocols(run, by, REPORT_MAX_PROTOCOLS);
    fputs(
        "<div class=\"wide\"><table><thead><tr><th>split by</th><th>jobs</th><th>scored</th>"
        "<th>accuracy %</th><th>interval</th><th>by song %</th><th>macro F1 %</th><th>top 3 %</th>"
        "<th>ECE</th></tr></thead>\n<tbody>\n",
        out);
    for (int i = 0; i < n; i++) {
        const ReportMean clips = report_mean(run, by[i], "clips");
        fputs("<tr>", out);
        put_heading(out, *by[i] ? by[i] : "not known");
        fprintf(out, "<td>%zu</td><td>%.0f %s %s</td>", clips.n, clips.mean,
                report_is_test(run, by[i]) ? "test" : "validation",
                report_has_songs(run, by[i]) ? "segments" : "clips");
        put_mean(out, report_mean(run, by[i], "top.1"), 100, 1);
        put_interval(out, run, by[i], "interval");
        put_mean(out, report_mean(run, by[i], "songs.top.1"), 100, 1);
        put_mean(out, report_mean(run, by[i], "macro.f1"), 100, 1);
        put_mean(out, report_mean(run, by[i], "top.3"), 100, 1);
        put_mean(out, report_mean(run, by[i], "ece"), 1, 3);
        fputs("</tr>\n", out);
    }
    for (size_t i = 0; report_published(run, i); i++) {
        const json_t *published = report_published(run, i);
        fputs("<tr>", out);
        put_heading(out, "published");
        fputs("<td></td><td></td>", out);
        put_mean(out, (ReportMean){1, report_number(published, "accuracy"), 0}, 100, 1);
        fputs("<td class=\"text long\" colspan=\"5\">", out);
        html_text(out, json_string_value(json_object_get(published, "split")));
        fputs(" &ndash; ", out);
        html_text(out, json_string_value(json_object_get(published, "source")));
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void report_table_parts(FILE *out, const ReportRun *run, const char *by) {
    static const char *const names[] = {"train", "valid", "test"};
    static const char *const kinds[] = {"clips", "songs", "artists", "segments"};
    const json_t *counts = json_object_get(report_split(run, by), "counts");
    if (!json_is_object(counts))
        return;
    if (report_n_folds(run, by) > 1)
        fprintf(out, "<p class=\"soft\">The parts of fold %.0f:</p>\n",
                report_number(report_split(run, by), "fold"));
    fputs("<div class=\"wide\"><table><thead><tr><th>part</th><th>clips</th><th>songs</th>"
          "<th>artists</th><th>segments</th></tr></thead>\n<tbody>\n",
          out);
    for (int i = 0; i < 3; i++) {
        const json_t *part = json_object_get(counts, names[i]);
        if (!json_is_object(part))
            continue;
        fputs("<tr>", out);
        put_heading(out, names[i]);
        for (int k = 0; k < 4; k++) {
            const double value = report_number(part, kinds[k]);
            if (isfinite(value))
                fprintf(out, "<td>%.0f</td>", value);
            else
                fputs("<td>&ndash;</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

/* The intervals of a figure that has one. */
static const char *interval_of(const ReportFigure *figure) {
    if (strcmp(figure->key, "accuracy") == 0)
        return "interval";
    return strcmp(figure->key, "macro_f1") == 0 ? "macro.f1_interval" : NULL;
}

static void put_interval_of(FILE *out, const ReportRun *run, const char *by,
                            const ReportFigure *figure, bool songs) {
    char path[64];
    const char *of = interval_of(figure);
    snprintf(path, sizeof path, "%s%s", songs ? "songs." : "", of ? of : "");
    if (of)
        put_interval(out, run, by, path);
    else
        fputs("<td></td>", out);
}

void report_table_figures(FILE *out, const ReportRun *run, const char *by) {
    const bool has_songs = report_has_songs(run, by);
    const ReportMean clips = report_mean(run, by, "clips");
    const ReportMean songs = report_mean(run, by, "songs.clips");
    fprintf(out, "<h3>Figures</h3>\n<p class=\"soft\">Of %.0f %s%s", clips.mean,
            report_is_test(run, by) ? "test "
            : *by                   ? "validation "
                                    : "",
            has_songs ? "segments" : "clips");
    if (has_songs)
        fprintf(out, " of %.0f songs", songs.mean);
    if (clips.n > 1)
        fprintf(out, ", on average of %zu jobs", clips.n);
    fputs(".</p>\n<div class=\"wide\"><table><thead><tr><th>figure</th>", out);
    fputs(has_songs ? "<th>by segment</th><th>interval</th><th>by song</th><th>interval</th>"
                    : "<th></th><th>interval</th>",
          out);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (int k = 0; k < report_n_figures; k++) {
        const ReportFigure *figure = &report_figures[k];
        if (report_mean(run, by, figure->path).n == 0)
            continue;
        fprintf(out, "<tr><th scope=\"row\">%s%s</th>", figure->name,
                figure->scale == 100 ? " (%)" : "");
        put_mean(out, report_mean(run, by, figure->path), figure->scale, figure->decimals);
        put_interval_of(out, run, by, figure, false);
        if (has_songs) {
            put_mean(out, report_mean(run, by, figure->songs), figure->scale, figure->decimals);
            put_interval_of(out, run, by, figure, true);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void report_table_classes(FILE *out, const ReportRun *run, const char *by) {
    static const char *const keys[] = {"precision", "recall", "f1"};
    const json_t *labels = report_labels(run, by);
    if (json_array_size(labels) == 0)
        return;
    fputs("<h3>Classes</h3>\n<div class=\"wide\"><table><thead><tr><th>class</th><th>clips</th>"
          "<th>precision %</th><th>recall %</th><th>F1 %</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < json_array_size(labels); i++) {
        const char *label = json_string_value(json_array_get(labels, i));
        if (!label)
            continue;
        fputs("<tr>", out);
        put_heading(out, label);
        const ReportMean clips = report_class_mean(run, by, label, "clips");
        fprintf(out, "<td>%.0f</td>", clips.n ? clips.mean : 0);
        for (int k = 0; k < 3; k++)
            put_mean(out, report_class_mean(run, by, label, keys[k]), 100, 0);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_whole(FILE *out, const json_t *json, const char *path) {
    const double value = report_number(json, path);
    if (isfinite(value))
        fprintf(out, "<td>%.0f</td>", value);
    else
        fputs("<td>&ndash;</td>", out);
}

void report_table_jobs(FILE *out, const ReportRun *run) {
    bool any = false;
    for (size_t i = 0; i < run->n; i++)
        any |= run->jobs[i].name != NULL;
    if (!any)
        return;
    fputs("<h2>Jobs</h2>\n<div class=\"wide\"><table><thead><tr><th>job</th><th>seed</th>"
          "<th>fold</th><th>epochs</th><th>best</th><th>weights</th><th>validation %</th>"
          "<th>test %</th><th></th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < run->n; i++) {
        const ReportJob *job = &run->jobs[i];
        static const char *const whole[] = {"seed", "fold", "training.epochs",
                                            "training.best_epoch", "weights"};
        static const char *const shares[] = {"valid.top.1", "test.top.1"};
        fputs("<tr>", out);
        put_heading(out, job->name);
        for (int k = 0; k < 5; k++)
            put_whole(out, job->json, whole[k]);
        for (int k = 0; k < 2; k++) {
            const double value = report_number(job->json, shares[k]);
            put_mean(out, (ReportMean){isfinite(value), value, 0}, 100, 1);
        }
        put_text(out, job->note);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}
