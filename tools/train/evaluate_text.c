/* What an evaluation found, as text and as JSON. */
#include <stdio.h>

#include "evaluate.h"
#include "model/model.h"

static bool shown(const Evaluation *evaluation, int label) {
    return label < genre_model_n_labels(evaluation->model) && evaluation->allowed[label];
}

static void print_share(FILE *out, double share, Interval interval) {
    fprintf(out, "%5.1f %%  (%.1f to %.1f, 95 %%)", 100 * share, 100 * interval.low,
            100 * interval.high);
}

static void print_summary(const Figures *figures, FILE *out) {
    fprintf(out, "right     ");
    print_share(out, figures->top[0], figures->accuracy);
    fprintf(out, "\ntop 2, 3  %5.1f %%, %.1f %%\n", 100 * figures->top[1], 100 * figures->top[2]);
    fprintf(out, "macro F1  ");
    print_share(out, figures->macro.f1, figures->macro_f1);
    fprintf(out, "\nbalanced  %5.1f %%, macro precision %.1f %%\n", 100 * figures->macro.balanced,
            100 * figures->macro.precision);
    fprintf(out, "ECE       %5.3f\n", figures->ece);
}

static void print_classes(const Evaluation *evaluation, const Figures *figures, FILE *out) {
    const GenreModel *model = evaluation->model;
    fprintf(out, "%-12s %5s %9s %9s %9s\n", "after 30 s", "clips", "precision", "recall", "F1");
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const ClassFigures *class = &figures->labels[i];
        if (shown(evaluation, i))
            fprintf(out, "%-12s %5zu %9.2f %9.2f %9.2f\n", genre_model_label(model, i), class->n,
                    class->precision, class->recall, class->f1);
    }
}

static void print_confusion(const Evaluation *evaluation, const Figures *figures, FILE *out) {
    const GenreModel *model = evaluation->model;
    fprintf(out, "\n%-12s", "true \\ said");
    for (int i = 0; i < genre_model_n_labels(model); i++)
        if (shown(evaluation, i))
            fprintf(out, " %5.5s", genre_model_label(model, i));
    fputc('\n', out);
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        if (!shown(evaluation, i))
            continue;
        fprintf(out, "%-12s", genre_model_label(model, i));
        for (int k = 0; k < genre_model_n_labels(model); k++)
            if (shown(evaluation, k))
                fprintf(out, " %5zu", figures->confusion[i][k]);
        fputc('\n', out);
    }
}

void evaluation_print(const Evaluation *evaluation, FILE *out) {
    const Figures *clips = &evaluation->clips;
    const bool by_song = evaluation->songs.n < clips->n;
    fprintf(out, "clips     %zu\n", clips->n);
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        if (evaluation->lasting[k] == 0)
            continue;
        fprintf(out, "after     %2d s ", evaluate_times_s[k]);
        print_share(out, (double)evaluation->right[k] / (double)clips->n, evaluation->accuracy[k]);
        fputc('\n', out);
    }
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
        if (!shown(evaluation, i))
            continue;
        json_object_set_new(classes, genre_model_label(model, i),
                            json_pack("{sIsfsfsf}", "clips", (json_int_t) class->n, "precision",
                                      class->precision, "recall", class->recall, "f1", class->f1));
        json_t *row = json_array();
        for (int k = 0; k < genre_model_n_labels(model); k++)
            if (shown(evaluation, k))
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
    json_object_set_new(json, "reliability", reliability);
    json_object_set_new(json, "per_class", classes);
    json_object_set_new(json, "confusion", confusion);
}

json_t *evaluation_json(const Evaluation *evaluation) {
    const GenreModel *model = evaluation->model;
    json_t *accuracy = json_object(), *intervals = json_object(), *lasting = json_object();
    json_t *labels = json_array();
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        char key[16];
        snprintf(key, sizeof key, "%d", evaluate_times_s[k]);
        json_object_set_new(accuracy, key,
                            json_real((double)evaluation->right[k] / (double)evaluation->clips.n));
        json_object_set_new(intervals, key, interval_json(evaluation->accuracy[k]));
        json_object_set_new(lasting, key, json_integer((json_int_t)evaluation->lasting[k]));
    }
    for (int i = 0; i < genre_model_n_labels(model); i++)
        if (shown(evaluation, i))
            json_array_append_new(labels, json_string(genre_model_label(model, i)));
    json_t *json = json_pack("{sIsIsosososo}", "clips", (json_int_t)evaluation->clips.n, "failed",
                             (json_int_t)evaluation->n_failed, "accuracy", accuracy,
                             "accuracy_intervals", intervals, "lasting", lasting, "labels", labels);
    if (evaluation->model->independent)
        json_object_set_new(json, "multilabel",
                            multilabel_json(&evaluation->multilabel, evaluation->model));
    json_t *songs = json_pack("{sI}", "clips", (json_int_t)evaluation->songs.n);
    set_figures(json, evaluation, &evaluation->clips);
    set_figures(songs, evaluation, &evaluation->songs);
    json_object_set_new(json, "songs", songs);
    return json;
}
