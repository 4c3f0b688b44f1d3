#include "eval/multilabel.h"

#include <stdlib.h>
#include <string.h>

#include "status.h"

typedef struct {
    float score;
    bool true_;
} Answer;

static int by_falling_score(const void *a, const void *b) {
    const float l = ((const Answer *)a)->score, r = ((const Answer *)b)->score;
    return (l < r) - (l > r);
}

/* Sum over the thresholds, from the highest score down, of the precision there times the recall
 * that it adds; equal scores are one threshold. */
static double average_precision(Answer *answers, size_t n, size_t n_true) {
    double sum = 0;
    size_t found = 0, before = 0;
    qsort(answers, n, sizeof *answers, by_falling_score);
    for (size_t i = 0; i < n; i++) {
        found += answers[i].true_;
        if (i + 1 < n && answers[i + 1].score == answers[i].score)
            continue;
        sum += (double)(found - before) * (double)found / (double)(i + 1);
        before = found;
    }
    return n_true ? sum / (double)n_true : 0;
}

static double ratio(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

GenreStatus multilabel_figures(Multilabel *figures, const float *scores, const uint64_t *truth,
                               size_t n, int n_labels, GenreError *error) {
    size_t n_right = 0, n_said = 0, n_true = 0, n_occurring = 0, n_exact = 0;
    Answer *answers = calloc(n + 1, sizeof *answers);
    *figures = (Multilabel){.n = n};
    if (!answers)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (int label = 0; label < n_labels; label++) {
        LabelFigures *of = &figures->labels[label];
        size_t said = 0, right = 0;
        for (size_t i = 0; i < n; i++) {
            answers[i] =
                (Answer){scores[i * (size_t)n_labels + (size_t)label], truth[i] >> label & 1};
            of->n += answers[i].true_;
            said += answers[i].score >= 0.5f;
            right += answers[i].true_ && answers[i].score >= 0.5f;
        }
        of->average_precision = average_precision(answers, n, of->n);
        of->precision = ratio((double)right, (double)said);
        of->recall = ratio((double)right, (double)of->n);
        of->f1 = ratio(2 * (double)right, (double)(said + of->n));
        n_right += right;
        n_said += said;
        n_true += of->n;
        if (of->n == 0)
            continue;
        n_occurring++;
        figures->mean_average_precision += of->average_precision;
        figures->macro_f1 += of->f1;
    }
    for (size_t i = 0; i < n; i++) {
        bool exact = true;
        for (int label = 0; label < n_labels; label++)
            exact = exact && (scores[i * (size_t)n_labels + (size_t)label] >= 0.5f) ==
                                 (truth[i] >> label & 1);
        n_exact += exact;
    }
    figures->mean_average_precision = ratio(figures->mean_average_precision, (double)n_occurring);
    figures->macro_f1 = ratio(figures->macro_f1, (double)n_occurring);
    figures->micro_f1 = ratio(2 * (double)n_right, (double)(n_said + n_true));
    figures->exact = ratio((double)n_exact, (double)n);
    free(answers);
    return GENRE_SUCCESS;
}

void multilabel_print(const Multilabel *figures, const GenreModel *model, FILE *out) {
    fprintf(out, "\nEach label by itself, said where its score is at least 0.5:\n");
    fprintf(out, "mAP       %5.3f\n", figures->mean_average_precision);
    fprintf(out, "F1        %5.3f macro, %.3f micro\n", figures->macro_f1, figures->micro_f1);
    fprintf(out, "all right %5.1f %% of the clips\n\n", 100 * figures->exact);
    int width = 12;
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const int n = (int)strlen(genre_model_label(model, i));
        width = n > width ? n : width;
    }
    fprintf(out, "%-*s %5s %6s %9s %9s %9s\n", width, "", "clips", "AP", "precision", "recall",
            "F1");
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const LabelFigures *of = &figures->labels[i];
        if (of->n == 0) /* no clip to be right or wrong about */
            fprintf(out, "%-*s %5d %6s %9s %9s %9s\n", width, genre_model_label(model, i), 0, "-",
                    "-", "-", "-");
        else
            fprintf(out, "%-*s %5zu %6.3f %9.2f %9.2f %9.2f\n", width, genre_model_label(model, i),
                    of->n, of->average_precision, of->precision, of->recall, of->f1);
    }
}

json_t *multilabel_json(const Multilabel *figures, const GenreModel *model) {
    json_t *labels = json_object();
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        const LabelFigures *of = &figures->labels[i];
        json_object_set_new(labels, genre_model_label(model, i),
                            json_pack("{sIsfsfsfsf}", "clips", (json_int_t)of->n, "ap",
                                      of->average_precision, "precision", of->precision, "recall",
                                      of->recall, "f1", of->f1));
    }
    return json_pack("{sIsfsfsfsfso}", "clips", (json_int_t)figures->n, "map",
                     figures->mean_average_precision, "macro_f1", figures->macro_f1, "micro_f1",
                     figures->micro_f1, "exact", figures->exact, "per_label", labels);
}
