/* The table of an evaluation's degraded clips (eval/degraded.h). */
#include <math.h>

#include "eval/degrade.h"
#include "report/html.h"
#include "report/tables.h"

/* A number of one kind, over the jobs of a protocol. */
static double find(const ReportRun *run, const char *by, const char *kind, const char *path) {
    char whole[96];
    snprintf(whole, sizeof whole, "degraded.%s.%s", kind, path);
    return report_mean(run, by, whole).mean;
}

static void put(FILE *out, double value, int decimals) {
    if (isfinite(value))
        fprintf(out, "<td>%.*f</td>", decimals, value);
    else
        fputs("<td>&ndash;</td>", out);
}

static void put_row(FILE *out, const ReportRun *run, const char *by, Degradation degradation) {
    static const char *const times[] = {"accuracy.3", "accuracy.5", "accuracy.10", "accuracy.30"};
    const char *kind = degrade_name(degradation);
    fputs("<tr><th scope=\"row\">", out);
    html_text(out, kind);
    fputs("</th>", out);
    for (int i = 0; i < 4; i++)
        put(out, 100 * find(run, by, kind, times[i]), 1);
    if (degradation == DEGRADE_NOT) {
        fputs("<td></td><td></td>", out);
    } else {
        put(out, 100 * find(run, by, kind, "lost"), 1);
        fprintf(out, "<td>%.1f to %.1f</td>", 100 * find(run, by, kind, "lost_interval.0"),
                100 * find(run, by, kind, "lost_interval.1"));
    }
    put(out, find(run, by, kind, "ece"), 3);
    put(out, 100 * find(run, by, kind, "shown.unknown"), 1);
    put(out, 100 * find(run, by, kind, "shown.silence"), 1);
    put(out, find(run, by, kind, "changes_per_minute"), 2);
    fputs("<td class=\"text long\">", out);
    html_text(out, degrade_about(degradation));
    fputs("</td></tr>\n", out);
}

void report_table_degraded(FILE *out, const ReportRun *run, const char *by) {
    const ReportMean clips = report_mean(run, by, "degraded.clips");
    if (clips.n == 0)
        return;
    fprintf(out,
            "<h3>Degraded</h3>\n<p class=\"soft\">The %.0f sound files among the clips, clean and "
            "degraded: right after so many seconds, points lost after 30 s with the 95 %% interval "
            "of paired shares by artist, and the rest after 30 s too.</p>\n<div "
            "class=\"wide\"><table><thead><tr><th></th><th>3 s</th><th>5 s</th><th>10 s</th>"
            "<th>30 s</th><th>lost</th><th>interval</th><th>ECE</th><th>unknown %%</th>"
            "<th>silence %%</th><th>changes a minute</th><th></th></tr></thead>\n<tbody>\n",
            clips.mean);
    for (int kind = DEGRADE_NOT; kind < DEGRADE_N; kind++)
        put_row(out, run, by, (Degradation)kind);
    fputs("</tbody></table></div>\n", out);
}
