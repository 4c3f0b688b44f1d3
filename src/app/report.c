#include "app/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/json.h"
#include "out/text.h"

enum { N_BEST = 3 };

/* Columns of printable UTF-8, taking one for each character: near enough for names. */
static int text_width(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

int genre_report_width(const char *path) {
    char *shown = genre_text_printable(path);
    const int width = shown ? text_width(shown) : 0;
    free(shown);
    return width;
}

static void write_best(FILE *out, const GenreModel *model, const GenreEstimate *estimate) {
    bool used[GENRE_MAX_LABELS] = {false};
    for (int k = 0; k < N_BEST && k < estimate->n_labels; k++) {
        int best = -1;
        for (int i = 0; i < estimate->n_labels; i++)
            if (!used[i] && (best < 0 || estimate->scores[i] > estimate->scores[best]))
                best = i;
        used[best] = true;
        fprintf(out, "%s%s %.0f %%", k ? ", " : "   ", genre_model_label(model, best),
                100 * (double)estimate->scores[best]);
    }
}

static int label_width(const GenreModel *model) {
    int widest = (int)strlen("unknown");
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const int width = (int)strlen(genre_model_label(model, i));
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* Rounded before it is parted: 59.97 s are "1:00.0", not "0:60.0". */
static void write_time(FILE *out, double time_s) {
    const long tenths = lround(10 * time_s);
    fprintf(out, "%3ld:%02ld.%ld  ", tenths / 600, tenths / 10 % 60, tenths % 10);
}

static void write_text(FILE *out, const GenreReport *report, const GenreModel *model,
                       const GenreEstimate *estimate, const char *path, bool final) {
    char *shown = genre_text_printable(path);
    if (shown) {
        const int pad = report->path_width - text_width(shown);
        fprintf(out, "%s%*s  ", shown, pad > 0 ? pad : 0, "");
    }
    free(shown);
    if (report->with_time && final)
        fprintf(out, "%8s  ", "end");
    else if (report->with_time)
        write_time(out, estimate->time_s);
    const char *genre = genre_model_label(model, estimate->genre);
    const char *answer = genre ? genre : genre_state_name(estimate->state);
    if (estimate->state == GENRE_STATE_SILENCE) {
        fprintf(out, "%s", answer);
    } else {
        if (genre)
            fprintf(out, "%-*s %3.0f %%", label_width(model), answer,
                    100 * (double)estimate->confidence);
        else /* "unknown 23 %" would read as 23 % sure that it is unknown */
            fprintf(out, "%-*s     -", label_width(model), answer);
        write_best(out, model, estimate);
    }
    fputc('\n', out);
}

/* A CSV field after RFC 4180. */
static void write_field(FILE *out, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_csv(FILE *out, const GenreModel *model, const GenreEstimate *estimate,
                      const char *path, bool final) {
    char *shown = genre_text_utf8(path);
    const char *genre = genre_model_label(model, estimate->genre);
    int millionths[GENRE_MAX_LABELS];
    genre_score_millionths(model, estimate, millionths);
    write_field(out, shown ? shown : path);
    free(shown);
    fprintf(out, ",%.3f,%s,%s,%.6f", estimate->time_s, genre_state_name(estimate->state),
            genre ? genre : "", genre_confidence_millionths(model, estimate) / 1e6);
    for (int i = 0; i < estimate->n_labels; i++)
        fprintf(out, ",%.6f", millionths[i] / 1e6);
    fprintf(out, ",%s\n", final ? "true" : "false");
}

static void write_json(FILE *out, const GenreModel *model, const GenreEstimate *estimate,
                       const char *path, bool final) {
    char *line = genre_json_estimate(model, estimate, path, final, -1);
    if (line)
        fprintf(out, "%s\n", line);
    free(line);
}

char *genre_report_line(const GenreReport *report, const GenreModel *model,
                        const GenreEstimate *estimate, const char *path, bool final) {
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    switch (report->kind) {
    case GENRE_REPORT_TEXT:
        write_text(out, report, model, estimate, path, final);
        break;
    case GENRE_REPORT_JSON:
        write_json(out, model, estimate, path, final);
        break;
    case GENRE_REPORT_CSV:
        write_csv(out, model, estimate, path, final);
        break;
    }
    if (fclose(out) != 0) {
        free(line);
        return NULL;
    }
    return line;
}

char *genre_report_csv_header(const GenreModel *model) {
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    fputs("path,time_s,state,genre,confidence", out);
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        fputc(',', out);
        write_field(out, genre_model_label(model, i));
    }
    fputs(",final\n", out);
    fclose(out);
    return line;
}
