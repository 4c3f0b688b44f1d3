/* The report as one HTML page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/parts.h"
#include "report/style.h"
#include "report/tables.h"

/* A picture with its heading and a sentence under it; nothing where it has nothing to show. */
typedef bool (*Draw)(FILE *out, const ReportRun *run, const char *by);

/* Ends `inner`, in which the picture may have been drawn. */
static void put_drawn(FILE *out, FILE *inner, char **picture, bool drawn, const char *heading,
                      const char *caption) {
    if (inner)
        fclose(inner);
    if (drawn) {
        fputs("<figure><h3>", out);
        html_text(out, heading);
        fprintf(out, "</h3>\n%s<figcaption>%s</figcaption></figure>\n", *picture, caption);
    }
    free(*picture);
}

static void put_figure(FILE *out, const ReportRun *run, const char *by, Draw draw,
                       const char *heading, const char *caption) {
    char *picture = NULL;
    size_t size = 0;
    FILE *inner = open_memstream(&picture, &size);
    put_drawn(out, inner, &picture, inner && draw(inner, run, by), heading, caption);
}

/* Curves of one member's training, under its name where it has one. */
static void put_curves(FILE *out, const ReportRun *run, const char *by, int member,
                       const char *what, const char *title) {
    char *picture = NULL, heading[80];
    const char *name = report_member(run, member);
    size_t size = 0;
    FILE *inner = open_memstream(&picture, &size);
    snprintf(heading, sizeof heading, "%s%s%s", title, *name ? ": " : "", name);
    put_drawn(out, inner, &picture, inner && report_chart_curves(inner, run, by, member, what),
              heading, "Each job thin, their mean thick as far as all of them got.");
}

static bool draw_confusion(FILE *out, const ReportRun *run, const char *by) {
    return report_chart_confusion(out, run, by, false);
}

static bool draw_song_confusion(FILE *out, const ReportRun *run, const char *by) {
    return report_has_songs(run, by) && report_chart_confusion(out, run, by, true);
}

static bool draw_before(FILE *out, const ReportRun *run, const char *by) {
    return report_chart_classes(out, run, by, false);
}

static bool draw_after(FILE *out, const ReportRun *run, const char *by) {
    return report_chart_classes(out, run, by, true);
}

static bool draw_protocols(FILE *out, const ReportRun *run, const char *by) {
    (void)by;
    return report_chart_protocols(out, run);
}

static void put_warnings(FILE *out, const ReportRun *run, const char *by) {
    json_t *warnings = report_warnings(run, by), *warning;
    size_t i;
    if (json_array_size(warnings) > 0) {
        fputs("<div class=\"warn\"><strong>To mind about these clips", out);
        if (*by) {
            fputs(" split by ", out);
            html_text(out, by);
        }
        fputs(":</strong><ul>\n", out);
        json_array_foreach(warnings, i, warning) {
            fputs("<li>", out);
            html_text(out, json_string_value(warning));
            fputs("</li>\n", out);
        }
        fputs("</ul></div>\n", out);
    }
    json_decref(warnings);
}

static void put_unfinished(FILE *out, const ReportRun *run) {
    size_t n = 0;
    for (size_t i = 0; i < run->n; i++)
        n += !run->jobs[i].json;
    if (n > 0)
        fprintf(out,
                "<div class=\"warn\"><strong>%zu of %zu jobs %s no part in this report.</strong> "
                "They are unfinished or damaged, as the list of jobs says.</div>\n",
                n, run->n, n == 1 ? "has" : "have");
}

static void put_split(FILE *out, const ReportRun *run, const char *by) {
    char *words = NULL;
    size_t size = 0;
    FILE *inner = open_memstream(&words, &size);
    if (!inner)
        return;
    report_split_words(inner, run, by);
    fclose(inner);
    fputs("<p>", out);
    html_text(out, words);
    fputs("</p>\n", out);
    free(words);
}

static void put_protocol(FILE *out, const ReportRun *run, const char *by) {
    fputs("<section>\n<h2>", out);
    if (*by) {
        fputs("Split by: ", out);
        html_text(out, by);
    } else {
        fputs("Figures", out);
    }
    fputs("</h2>\n", out);
    put_split(out, run, by);
    report_table_parts(out, run, by);
    report_table_figures(out, run, by);
    report_table_degraded(out, run, by);
    fputs("<div class=\"charts\">\n", out);
    put_figure(out, run, by, report_chart_time, "Accuracy by seconds heard",
               "With the 95 % interval; for several jobs the mean of each. A clip that has ended "
               "keeps its last answer.");
    put_figure(out, run, by, report_chart_segue, "A change of music: right genre shown",
               "Each clip by itself, and behind one of another genre without a pause, seconds "
               "counted from the change.");
    put_figure(out, run, by, report_chart_reliability, "Reliability",
               "Ten bins that hold equally many clips, with 95 % intervals. On the dashed line it "
               "is as often right as it is sure.");
    for (int i = 0; i < run->n_members; i++) {
        put_curves(out, run, by, i, "loss", "Loss");
        put_curves(out, run, by, i, "accuracy", "Accuracy in training");
    }
    fputs("</div>\n<div class=\"charts\">\n", out);
    put_figure(out, run, by, draw_confusion,
               report_has_songs(run, by) ? "Confusions, by segment" : "Confusions",
               "A row per truth, a column per answer, in percent of the row; several jobs "
               "are summed.");
    put_figure(out, run, by, draw_song_confusion, "Confusions, by song",
               "The same of songs: the mean of their segments&#39; scores.");
    fputs("</div>\n", out);
    report_table_classes(out, run, by);
    fputs("<div class=\"charts\">\n", out);
    put_figure(out, run, by, draw_before, "Classes before merging",
               "Clips of each genre, as the list of clips names them.");
    put_figure(out, run, by, draw_after, "Classes", "Clips of each class, in all parts together.");
    fputs("</div>\n</section>\n", out);
}

void report_html(FILE *out, const ReportRun *run) {
    const char *by[REPORT_MAX_PROTOCOLS];
    const int n = report_protocols(run, by, REPORT_MAX_PROTOCOLS);
    const char *about = json_string_value(json_object_get(run->recipe, "about"));
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
          out);
    html_text(out, run->title);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", report_style);
    html_text(out, run->title);
    fputs("</h1>\n", out);
    if (about) {
        fputs("<p>", out);
        html_text(out, about);
        fputs("</p>\n", out);
    }
    put_unfinished(out, run);
    for (int i = 0; i < n; i++)
        put_warnings(out, run, by[i]);
    if (n + (report_published(run, 0) != NULL) > 1) {
        fputs("<section>\n<h2>Side by side</h2>\n", out);
        report_table_protocols(out, run);
        fputs("<div class=\"charts\">\n", out);
        put_figure(out, run, "", draw_protocols, "Accuracy",
                   report_published(run, 0)
                       ? "A dot per job, a line at their mean; published figures in the other "
                         "colour. Figures of different splits do not measure the same thing."
                       : "A dot per job, a line at their mean. Figures of different splits do not "
                         "measure the same thing.");
        fputs("</div>\n</section>\n", out);
    }
    for (int i = 0; i < n; i++)
        put_protocol(out, run, by[i]);
    report_table_jobs(out, run);
    fputs(
        "<h2>What the figures mean</h2>\n"
        "<p class=\"soft\">All of them are of the answer after 30 s, or at a clip&#39;s end. "
        "After &plusmn; stands the deviation over jobs (seeds and folds). Intervals are of 95 %: "
        "by drawing artists, and songs whose artist is not known, with replacement, all clips of "
        "each together; Wilson&#39;s for accuracy where none has several, and for reliability. "
        "They say how far off so few artists may lead, "
        "not what another collection would give. Macro figures are means over the classes, "
        "balanced accuracy is the mean recall. Calibration error (ECE) is the mean gap between "
        "how sure it says it is and how often it is right, over ten bins. What is shown is what a "
        "user sees, steadied by the product: after 30 s; how often a minute it changes after the "
        "first 5 s; and from which second on clips that end with a right genre shown keep it, "
        "the median.</p>\n"
        "<p class=\"soft\">Made by genrecast-train " GENRE_VERSION ".</p>\n</body>\n</html>\n",
        out);
}
