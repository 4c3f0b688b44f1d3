/* What an evaluation found, as text and as JSON. */
#include <stdio.h>
#include <string.h>

#include "eval/evaluate.h"
#include "model/model.h"

static bool counts(const Evaluation *evaluation, int label) {
    return label < genre_model_n_labels(evaluation->model) && evaluation->allowed[label];
}

static void print_share(FILE *out, double share, Interval interval) {
    fprintf(out, "%5.1f %%  (%.1f to %.1f, 95 %%)", 100 * share, 100 * interval.low,
            100 * interval.high);
}

/* The labels that count as answers, where not all of them do. */
static void print_asked(const Evaluation *evaluation, FILE *out) {
    const GenreModel *model = evaluation->model;
    int n = 0;
    for (int i = 0; i < genre_model_n_labels(model); i++)
        n += counts(evaluation, i);
    if (n == genre_model_n_labels(model))
        return;
    fprintf(out, "answers   only %d of the model's %d labels count:", n,
            genre_model_n_labels(model));
    for (int i = 0, k = 0; i < genre_model_n_labels(model); i++)
        if (counts(evaluation, i))
            fprintf(out, "%s %s", k++ ? "," : "", genre_model_label(model, i));
    fputc('\n', out);
}

/* What the intervals are of. */
static void print_drawn(const Evaluation *evaluation, bool by_song, FILE *out) {
    const int n_songs = evaluation->n_groups - evaluation->n_artists;
    const char *songs = by_song ? "songs" : "clips";
    if (evaluation->clips.n == (size_t)evaluation->n_groups)
        fprintf(out, "intervals Wilson's, each clip by itself; of macro F1 by drawing clips\n");
    else if (evaluation->n_artists == 0)
        fprintf(out, "intervals by drawing %d %s\n", n_songs, songs);
    else if (n_songs == 0)
        fprintf(out, "intervals by drawing %d artists\n", evaluation->n_artists);
    else
        fprintf(out, "intervals by drawing %d artists, and %d %s whose artist is not known\n",
                evaluation->n_artists, n_songs, songs);
}

static void print_summary(const Figures *figures, FILE *out) {
    fprintf(out, "right     ");
    print_share(out, figures->top[0], figures->accuracy);
    fprintf(out, "\ntop 2, 3  %5.1f %%, %.1f %%\n", 100 * figures->top[1], 100 * figures->top[2]);
    fprintf(out, "macro F1  ");
    print_share(out, figures->macro.f1, figures->macro_f1);
    fprintf(out, "\nbalanced  %5.1f %%, macro precision %.1f %%\n", 100 * figures->macro.balanced,
            100 * figures->macro.precision);
    fprintf(out, "ECE       %5.3f (by chance %.3f)\n", figures->ece, figures->ece_by_chance);
}

/* Labels may be longer than the column's heading. */
static int label_width(const GenreModel *model) {
    int width = 12;
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const int n = (int)strlen(genre_model_label(model, i));
        width = n > width ? n : width;
    }
    return width;
}

static void print_classes(const Evaluation *evaluation, const Figures *figures, FILE *out) {
    const GenreModel *model = evaluation->model;
    const int width = label_width(model);
    fprintf(out, "%-*s %5s %9s %9s %9s\n", width, "after 30 s", "clips", "precision", "recall",
            "F1");
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const ClassFigures *class = &figures->labels[i];
        if (counts(evaluation, i))
            fprintf(out, "%-*s %5zu %9.2f %9.2f %9.2f\n", width, genre_model_label(model, i),
                    class->n, class->precision, class->recall, class->f1);
    }
}

static void print_confusion(const Evaluation *evaluation, const Figures *figures, FILE *out) {
    const GenreModel *model = evaluation->model;
    const int width = label_width(model);
    fprintf(out, "\n%-*s", width, "true \\ said");
    for (int i = 0; i < genre_model_n_labels(model); i++)
        if (counts(evaluation, i))
            fprintf(out, " %5.5s", genre_model_label(model, i));
    fputc('\n', out);
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        if (!counts(evaluation, i))
            continue;
        fprintf(out, "%-*s", width, genre_model_label(model, i));
        for (int k = 0; k < genre_model_n_labels(model); k++)
            if (counts(evaluation, k))
                fprintf(out, " %5zu", figures->confusion[i][k]);
        fputc('\n', out);
    }
}

/* What the product shows at a few of the times, and how steadily. */
static void print_shown(const Evaluation *evaluation, FILE *out) {
    static const int times[] = {2, 3, 4, EVALUATE_N_TIMES - 1}; /* 3, 5, 10, 30 s */
    const Steadiness *steadiness = &evaluation->steadiness;
    fprintf(out, "\nAs shown   right   wrong unknown silence  (%%)\n");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (evaluation->lasting[times[i]] > 0)
            shown_print(&evaluation->shown[times[i]], evaluation->clips.n,
                        evaluate_times_s[times[i]], out);
    if (steadiness->minutes > 0)
        fprintf(out, "changes   %5.2f a minute after the first %d s\n",
                steadiness_changes_per_minute(steadiness), SHOWN_FROM_S);
    if (steadiness->hours > 0)
        fprintf(out, "noticed   %5.2f times an hour that other music began, where none did\n",
                steadiness_anew_per_hour(steadiness));
    steadiness_print_settled(steadiness, out);
}

void evaluation_print(const Evaluation *evaluation, FILE *out) {
    const Figures *clips = &evaluation->clips;
    const bool by_song = evaluation->songs.n < clips->n;
    fprintf(out, "%-9s %zu\n", by_song ? "segments" : "clips", clips->n);
    if (clips->n == 0) {
        not_music_print(&evaluation->not_music, out);
        return;
    }
    print_asked(evaluation, out);
    print_drawn(evaluation, by_song, out);
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        if (evaluation->lasting[k] == 0)
            continue;
        fprintf(out, "after     %2d s ", evaluate_times_s[k]);
        print_share(out, (double)evaluation->right[k] / (double)clips->n, evaluation->accuracy[k]);
        fprintf(out, "  ECE %.3f (by chance %.3f)\n", evaluation->ece[k],
                evaluation->ece_by_chance[k]);
    }
    print_shown(evaluation, out);
    not_music_print(&evaluation->not_music, out);
    fprintf(out, "\nAfter 30 s or a clip's end:\n");
    print_summary(clips, out);
    if (by_song) {
        fprintf(out, "\nThe %zu songs that they are of:\n", evaluation->songs.n);
        print_summary(&evaluation->songs, out);
    }
    if (evaluation->model->independent) {
        multilabel_print(&evaluation->multilabel, evaluation->model, out);
        return;
    }
    fputc('\n', out);
    print_classes(evaluation, clips, out);
    print_confusion(evaluation, clips, out);
}

static json_t *interval_json(Interval interval) {
    return json_pack("[ff]", interval.low, interval.high);
}

/* Sets the figures that clips and songs have alike. */
static void set_figures(json_t *json, const Evaluation *evaluation, const Figures *figures) {
    const GenreModel *model = evaluation->model;
    json_t *classes = json_object(), *confusion = json_array(), *reliability = json_array();
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const ClassFigures *class = &figures->labels[i];
        if (!counts(evaluation, i))
            continue;
        json_object_set_new(classes, genre_model_label(model, i),
                            json_pack("{sIsfsfsf}", "clips", (json_int_t) class->n, "precision",
                                      class->precision, "recall", class->recall, "f1", class->f1));
        json_t *row = json_array();
        for (int k = 0; k < genre_model_n_labels(model); k++)
            if (counts(evaluation, k))
                json_array_append_new(row, json_integer((json_int_t)figures->confusion[i][k]));
        json_array_append_new(confusion, row);
    }
    for (int i = 0; i < figures->n_bins; i++)
        json_array_append_new(reliability,
                              json_pack("{sIsfsf}", "clips", (json_int_t)figures->bins[i].n,
                                        "confidence", figures->bins[i].confidence, "accuracy",
                                        figures->bins[i].accuracy));
    json_object_set_new(
        json, "top",
        json_pack("{sfsfsf}", "1", figures->top[0], "2", figures->top[1], "3", figures->top[2]));
    json_object_set_new(json, "interval", interval_json(figures->accuracy));
    json_object_set_new(json, "macro",
                        json_pack("{sfsfsfso}", "precision", figures->macro.precision, "recall",
                                  figures->macro.recall, "f1", figures->macro.f1, "f1_interval",
                                  interval_json(figures->macro_f1)));
    json_object_set_new(json, "balanced_accuracy", json_real(figures->macro.balanced));
    json_object_set_new(json, "ece", json_real(figures->ece));
    json_object_set_new(json, "ece_by_chance", json_real(figures->ece_by_chance));
    json_object_set_new(json, "reliability", reliability);
    json_object_set_new(json, "per_class", classes);
    json_object_set_new(json, "confusion", confusion);
}

static json_t *shown_json(const Shown *shown, size_t n) {
    const double all = (double)n;
    return json_pack("{sfsfsfsf}", "right", (double)shown->right / all, "wrong",
                     (double)shown->wrong / all, "unknown", (double)shown->unknown / all, "silence",
                     (double)shown->silence / all);
}

static json_t *steadiness_json(const Steadiness *steadiness, size_t n) {
    json_t *json = json_pack("{snsnsfsn}", "changes_per_minute", "settled_s", "settled",
                             (double)steadiness->n_settled / (double)n, "anew_per_hour");
    if (steadiness->minutes > 0)
        json_object_set_new(json, "changes_per_minute",
                            json_real(steadiness_changes_per_minute(steadiness)));
    if (steadiness->hours > 0)
        json_object_set_new(json, "anew_per_hour", json_real(steadiness_anew_per_hour(steadiness)));
    if (steadiness->n_settled > 0)
        json_object_set_new(json, "settled_s", json_real(steadiness->settled_s));
    return json;
}

json_t *evaluation_json(const Evaluation *evaluation) {
    const GenreModel *model = evaluation->model;
    const size_t n = evaluation->clips.n ? evaluation->clips.n : 1; /* all shares of none are 0 */
    json_t *accuracy = json_object(), *intervals = json_object(), *lasting = json_object();
    json_t *labels = json_array(), *ece = json_object(), *seen = json_object();
    json_t *by_chance = json_object();
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        char key[16];
        snprintf(key, sizeof key, "%d", evaluate_times_s[k]);
        json_object_set_new(accuracy, key, json_real((double)evaluation->right[k] / (double)n));
        json_object_set_new(intervals, key, interval_json(evaluation->accuracy[k]));
        json_object_set_new(lasting, key, json_integer((json_int_t)evaluation->lasting[k]));
        json_object_set_new(ece, key, json_real(evaluation->ece[k]));
        json_object_set_new(by_chance, key, json_real(evaluation->ece_by_chance[k]));
        json_object_set_new(seen, key, shown_json(&evaluation->shown[k], n));
    }
    for (int i = 0; i < genre_model_n_labels(model); i++)
        if (counts(evaluation, i))
            json_array_append_new(labels, json_string(genre_model_label(model, i)));
    json_t *json = json_pack("{sIsIsosososo}", "clips", (json_int_t)evaluation->clips.n, "failed",
                             (json_int_t)evaluation->n_failed, "accuracy", accuracy,
                             "accuracy_intervals", intervals, "lasting", lasting, "labels", labels);
    json_object_set_new(json, "drawn",
                        json_pack("{sisi}", "artists", evaluation->n_artists, "songs",
                                  evaluation->n_groups - evaluation->n_artists));
    json_object_set_new(json, "ece_by_time", ece);
    json_object_set_new(json, "ece_by_chance_by_time", by_chance);
    json_object_set_new(json, "shown", seen);
    json_object_set_new(json, "steadiness", steadiness_json(&evaluation->steadiness, n));
    if (evaluation->not_music.n > 0)
        json_object_set_new(json, "not_music", not_music_json(&evaluation->not_music));
    if (evaluation->model->independent)
        json_object_set_new(json, "multilabel",
                            multilabel_json(&evaluation->multilabel, evaluation->model));
    json_t *songs = json_pack("{sI}", "clips", (json_int_t)evaluation->songs.n);
    set_figures(json, evaluation, &evaluation->clips);
    set_figures(songs, evaluation, &evaluation->songs);
    json_object_set_new(json, "songs", songs);
    return json;
}
