/* The report as plain text and as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "out/text.h"
#include "report/parts.h"

static void put(FILE *out, const char *text) {
    char *clean = text ? genre_text_printable(text) : NULL;
    fputs(clean ? clean : "", out);
    free(clean);
}

static void put_mean(FILE *out, const ReportFigure *figure, ReportMean mean) {
    if (mean.n == 0)
        fprintf(out, " %14s", "-");
    else if (mean.n == 1)
        fprintf(out, " %14.*f", figure->decimals, figure->scale * mean.mean);
    else
        fprintf(out, " %6.*f +- %4.*f", figure->decimals, figure->scale * mean.mean,
                figure->decimals, figure->scale * mean.deviation);
}

static void put_protocol(FILE *out, const ReportRun *run, const char *by) {
    const bool has_songs = report_has_songs(run, by);
    const ReportMean clips = report_mean(run, by, "clips");
    json_t *warnings = report_warnings(run, by), *warning;
    size_t i;
    put(out, *by ? by : "evaluation");
    fprintf(out, ": %zu %s, %.0f %s %s each\n", clips.n, clips.n == 1 ? "job" : "jobs", clips.mean,
            report_is_test(run, by) ? "test" : "validation", has_songs ? "segments" : "clips");
    report_split_words(out, run, by);
    fputc('\n', out);
    json_array_foreach(warnings, i, warning) {
        fputs("WARNING: ", out);
        put(out, json_string_value(warning));
        fputc('\n', out);
    }
    json_decref(warnings);
    fprintf(out, "%-24s %14s%s\n", "", has_songs ? "by segment" : "",
            has_songs ? "        by song" : "");
    for (int k = 0; k < report_n_figures; k++) {
        const ReportFigure *figure = &report_figures[k];
        if (report_mean(run, by, figure->path).n == 0)
            continue;
        fprintf(out, "%-24s", figure->name);
        put_mean(out, figure, report_mean(run, by, figure->path));
        if (has_songs)
            put_mean(out, figure, report_mean(run, by, figure->songs));
        fputs(figure->scale == 100 ? " %\n" : "\n", out);
    }
    fputc('\n', out);
}

void report_text(FILE *out, const ReportRun *run) {
    const char *by[REPORT_MAX_PROTOCOLS];
    const int n = report_protocols(run, by, REPORT_MAX_PROTOCOLS);
    put(out, run->title);
    fputs("\n\n", out);
    for (int i = 0; i < n; i++)
        put_protocol(out, run, by[i]);
    for (size_t i = 0; report_published(run, i); i++) {
        const json_t *published = report_published(run, i);
        fprintf(out, "published: %.1f %% ", 100 * report_number(published, "accuracy"));
        put(out, json_string_value(json_object_get(published, "split")));
        fputs("; ", out);
        put(out, json_string_value(json_object_get(published, "source")));
        fputc('\n', out);
    }
    for (size_t i = 0; i < run->n; i++) {
        if (!run->jobs[i].note)
            continue;
        put(out, run->jobs[i].name);
        fputs(": ", out);
        put(out, run->jobs[i].note);
        fputc('\n', out);
    }
}

static void set_figure(json_t *figures, const char *key, ReportMean mean) {
    if (mean.n)
        json_object_set_new(figures, key,
                            json_pack("{sfsfsI}", "mean", mean.mean, "deviation", mean.deviation,
                                      "jobs", (json_int_t)mean.n));
}

static json_t *protocol_json(const ReportRun *run, const char *by) {
    json_t *figures = json_object();
    for (int k = 0; k < report_n_figures; k++) {
        char key[64];
        set_figure(figures, report_figures[k].key, report_mean(run, by, report_figures[k].path));
        snprintf(key, sizeof key, "songs_%s", report_figures[k].key);
        set_figure(figures, key, report_mean(run, by, report_figures[k].songs));
    }
    json_t *json = json_pack("{sIsssoso}", "jobs", (json_int_t)report_mean(run, by, "clips").n,
                             "part", report_is_test(run, by) ? "test" : "valid", "figures", figures,
                             "warnings", report_warnings(run, by));
    const json_t *split = report_split(run, by);
    json_object_set_new(json, "split", split ? json_deep_copy(split) : json_null());
    return json;
}

/* A string that is text as JSON wants it, whatever a folder is called. */
static json_t *clean_string(const char *text) {
    char *clean = genre_text_utf8(text);
    json_t *json = json_string(clean ? clean : "");
    free(clean);
    return json;
}

json_t *report_json(const ReportRun *run) {
    const char *by[REPORT_MAX_PROTOCOLS];
    const int n = report_protocols(run, by, REPORT_MAX_PROTOCOLS);
    json_t *protocols = json_object(), *jobs = json_array();
    for (int i = 0; i < n; i++)
        json_object_set_new(protocols, by[i], protocol_json(run, by[i]));
    for (size_t i = 0; i < run->n; i++) {
        static const char *const kept[] = {"by", "fold", "seed"};
        const ReportJob *job = &run->jobs[i];
        json_t *json = json_object();
        json_object_set_new(json, "name", clean_string(job->name));
        for (int k = 0; k < 3; k++)
            if (json_object_get(job->json, kept[k]))
                json_object_set(json, kept[k], json_object_get(job->json, kept[k]));
        json_object_set_new(json, "state", json_string(job->json ? "finished" : "unfinished"));
        if (job->note)
            json_object_set_new(json, "note", clean_string(job->note));
        json_array_append_new(jobs, json);
    }
    json_t *json = json_object();
    json_object_set_new(json, "recipe", clean_string(run->title));
    json_object_set_new(json, "protocols", protocols);
    if (report_published(run, 0))
        json_object_set(json, "published", json_object_get(run->recipe, "published"));
    json_object_set_new(json, "jobs", jobs);
    return json;
}
