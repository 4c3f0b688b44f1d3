#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

#include "out/text.h"

const ReportFigure report_figures[] = {
    {"accuracy", "accuracy", "top.1", "songs.top.1", 100, 1},
    {"macro F1", "macro_f1", "macro.f1", "songs.macro.f1", 100, 1},
    {"balanced accuracy", "balanced_accuracy", "balanced_accuracy", "songs.balanced_accuracy", 100,
     1},
    {"macro precision", "macro_precision", "macro.precision", "songs.macro.precision", 100, 1},
    {"macro recall", "macro_recall", "macro.recall", "songs.macro.recall", 100, 1},
    {"top 2", "top_2", "top.2", "songs.top.2", 100, 1},
    {"top 3", "top_3", "top.3", "songs.top.3", 100, 1},
    {"calibration error", "ece", "ece", "songs.ece", 1, 3},
    {"calibration error after 3 s", "ece_3", "ece_by_time.3", NULL, 1, 3},
    {"calibration error after 5 s", "ece_5", "ece_by_time.5", NULL, 1, 3},
    {"calibration error after 10 s", "ece_10", "ece_by_time.10", NULL, 1, 3},
    {"shown: right genre", "shown_right", "shown.30.right", NULL, 100, 1},
    {"shown: wrong genre", "shown_wrong", "shown.30.wrong", NULL, 100, 1},
    {"shown: unknown", "shown_unknown", "shown.30.unknown", NULL, 100, 1},
    {"shown: silence", "shown_silence", "shown.30.silence", NULL, 100, 1},
    {"not music, shown as no genre", "not_music", "not_music.accuracy.30", NULL, 100, 1},
    {"changes shown, per minute", "changes_per_minute", "steadiness.changes_per_minute", NULL, 1,
     2},
    {"right from second", "settled_s", "steadiness.settled_s", NULL, 1, 1},
    {"right genre shown 10 s after a change of music", "segue_10", "segue.shown.10.right", NULL,
     100, 1},
    {"right genre shown 20 s after a change of music", "segue_20", "segue.shown.20.right", NULL,
     100, 1},
    {"right from second, after a change of music", "segue_settled_s", "segue.settled_s", NULL, 1,
     1},
    {"mean average precision", "map", "multilabel.map", NULL, 1, 3},
    {"F1, each label by itself", "multilabel_f1", "multilabel.macro_f1", NULL, 100, 1},
    {"all labels right", "exact", "multilabel.exact", NULL, 100, 1},
};
const int report_n_figures = sizeof report_figures / sizeof *report_figures;

bool report_has_songs(const ReportRun *run, const char *by) {
    const ReportMean clips = report_mean(run, by, "clips");
    const ReportMean songs = report_mean(run, by, "songs.clips");
    return songs.n > 0 && songs.mean < clips.mean;
}

const json_t *report_split(const ReportRun *run, const char *by) {
    for (size_t i = 0; i < run->n; i++) {
        const json_t *split = json_object_get(run->jobs[i].json, "split");
        if (json_is_object(split) && strcmp(report_job_by(&run->jobs[i]), by) == 0)
            return split;
    }
    return NULL;
}

int report_n_folds(const ReportRun *run, const char *by) {
    int n = 0;
    double before = 0;
    for (size_t i = 0; i < run->n; i++) { /* sorted by fold */
        const double fold = report_number(run->jobs[i].json, "split.fold");
        if (strcmp(report_job_by(&run->jobs[i]), by) == 0 && fold > 0 && fold != before) {
            n++;
            before = fold;
        }
    }
    return n;
}

void report_split_words(FILE *out, const ReportRun *run, const char *by) {
    const json_t *split = report_split(run, by);
    static const struct {
        const char *by, *words;
    } kinds[] = {
        {"given", "Clips are split as the list of clips says."},
        {"segment",
         "Segments are split at random: segments of one song may be on both sides, which "
         "makes any model look better than it is on music it has not heard."},
        {"song", "Songs are split at random: all segments of a song are on one side; songs of one "
                 "artist may be on both."},
        {"artist", "Artists are split at random: all songs of an artist are on one side."},
        {"lists", "Clips are split by lists."},
        {"dataset",
         "One dataset after the other is held out to test on, and the model is asked about "
         "the genres that the others have too."},
        {"", "Whether the model was trained on any of these clips is not known here."},
    };
    const char *words = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].by, by) == 0)
            words = kinds[i].words;
    char *shown = words ? NULL : genre_text_printable(by); /* a file may say anything */
    if (words)
        fputs(words, out);
    else
        fprintf(out, "Split by %s.", shown ? shown : "");
    free(shown);
    const double folds = report_number(split, "folds");
    const double segment_s = report_number(split, "segment_s");
    const double overlap = report_number(split, "overlap");
    if (segment_s > 0) {
        fprintf(out, " Songs are cut into segments of %g s", segment_s);
        if (overlap > 0)
            fprintf(out, ", each overlapping the next by %.0f %%", 100 * overlap);
        fputc('.', out);
    } else if (report_number(split, "data.segments") > 1) {
        fprintf(out, " Songs are cut into %.0f equal segments.",
                report_number(split, "data.segments"));
    }
    if (folds > 1 && report_n_folds(run, by) == 1)
        fprintf(out, " This is fold %.0f of %.0f.", report_number(split, "fold"), folds);
    else if (folds > 1)
        fprintf(out, " There are %.0f folds: each part is the test part once.", folds);
    if ((strcmp(by, "segment") == 0 || strcmp(by, "song") == 0 || strcmp(by, "artist") == 0) &&
        json_object_get(split, "seed"))
        fprintf(out, " The split's seed is %.0f.", report_number(split, "seed"));
}

/* Whether two sentences are the same but for what is in brackets. */
static bool same_but_brackets(const char *a, const char *b) {
    const size_t n = strcspn(a, "(");
    const char *a_end = strrchr(a, ')'), *b_end = strrchr(b, ')');
    return strcmp(a, b) == 0 || (strcspn(b, "(") == n && strncmp(a, b, n) == 0 && a_end && b_end &&
                                 strcmp(a_end, b_end) == 0);
}

json_t *report_warnings(const ReportRun *run, const char *by) {
    json_t *all = json_array();
    for (size_t i = 0; i < run->n; i++) {
        const json_t *split = json_object_get(run->jobs[i].json, "split");
        size_t k, known;
        json_t *warning, *other;
        if (strcmp(report_job_by(&run->jobs[i]), by) != 0)
            continue;
        json_array_foreach(json_object_get(split, "warnings"), k, warning) {
            bool is_new = json_is_string(warning);
            json_array_foreach(all, known, other) is_new =
                is_new && !same_but_brackets(json_string_value(warning), json_string_value(other));
            if (is_new)
                json_array_append(all, warning);
        }
    }
    return all;
}
