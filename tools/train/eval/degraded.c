#include "eval/degraded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/groups.h"
#include "status.h"

static const int last = EVALUATE_N_TIMES - 1;

double degraded_lost(const DegradedGroup *groups, int n_groups, Interval *interval) {
    double n = 0, lost = 0, squares = 0;
    for (int i = 0; i < n_groups; i++) {
        n += (double)groups[i].n;
        lost += (double)groups[i].lost;
    }
    lost = n > 0 ? lost / n : 0;
    for (int i = 0; i < n_groups; i++) {
        const double off = (double)groups[i].lost - lost * (double)groups[i].n;
        squares += off * off;
    }
    const double half = n > 0 ? 1.959964 * sqrt(squares) / n : 0;
    *interval = (Interval){lost - half, lost + half};
    return lost;
}

static bool is_right(const EvaluateClip *clip, int said) {
    return said >= 0 && (said == clip->label || clip->labels >> said & 1);
}

/* How the k-th kind compares to the clean sound; said is (DEGRADE_N, n). */
static GenreStatus compare(Degraded *degraded, const EvaluateClip *clips, const int *clean,
                           const int *said, size_t n, GenreError *error) {
    DegradedGroup *groups = calloc(n + 1, sizeof *groups);
    int *group_of = calloc(n + 1, sizeof *group_of);
    int n_groups = -1, n_artists;
    for (size_t i = 0; group_of && i < n; i++)
        group_of[i] = clean[i] == -2 || said[i] == -2 ? -1 : 0;
    if (groups && group_of)
        n_groups = groups_by_artist(clips, n, group_of, &n_artists);
    for (size_t i = 0; n_groups > 0 && i < n; i++) {
        if (group_of[i] < 0)
            continue;
        groups[group_of[i]].n++;
        groups[group_of[i]].lost += is_right(&clips[i], clean[i]) - is_right(&clips[i], said[i]);
    }
    if (n_groups > 0)
        degraded->lost = degraded_lost(groups, n_groups, &degraded->lost_interval);
    free(groups);
    free(group_of);
    return n_groups < 0 ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory") : GENRE_SUCCESS;
}

GenreStatus degraded_evaluate(Degraded *each, const Evaluation *clean, const EvaluateClip *clips,
                              size_t n, Pool *pool, GenreError *error) {
    EvaluateClip *heard = calloc(n + 1, sizeof *heard);
    int *said = calloc(DEGRADE_N * n + 1, sizeof *said);
    size_t n_heard = 0;
    GenreStatus status = GENRE_SUCCESS;
    for (size_t i = 0; heard && i < n; i++)
        if (clips[i].path && clips[i].label >= 0 && clean->said[i] != -2)
            heard[n_heard++] = clips[i];
    if (!heard || !said)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else if (n_heard == 0)
        status = genre_fail(error, GENRE_ERR_BAD_ARG,
                            "no clip is a sound file that could be degraded: clips of a cache, and "
                            "those cut or split here, are frames");
    for (int k = 0; k < DEGRADE_N && !status; k++) {
        Evaluation *evaluation = &each[k].evaluation;
        *evaluation = (Evaluation){.model = clean->model,
                                   .degradation = (Degradation)k,
                                   .said = said + (size_t)k * n_heard};
        memcpy(evaluation->allowed, clean->allowed, sizeof clean->allowed);
        status = evaluate(evaluation, heard, n_heard, pool, error);
        if (!status)
            status = compare(&each[k], heard, said, evaluation->said, n_heard, error);
        evaluation->said = NULL;
    }
    free(heard);
    free(said);
    return status;
}

static double share(size_t part, const Evaluation *evaluation) {
    return (double)part / (double)evaluation->clips.n;
}

void degraded_print(const Degraded *each, FILE *out) {
    static const int times[] = {2, 3, 4, EVALUATE_N_TIMES - 1}; /* 3, 5, 10, 30 s */
    fprintf(out,
            "\nDegraded: the %zu sound files among them; right after so many seconds, points lost\n"
            "after 30 s (+- 95 %%, an artist's clips together), what is shown then, and changes a\n"
            "minute\n",
            each[0].evaluation.clips.n);
    fprintf(out, "%-9s    3 s    5 s   10 s   30 s         lost    ECE  unknown silence changes\n",
            "");
    for (int k = 0; k < DEGRADE_N; k++) {
        const Evaluation *evaluation = &each[k].evaluation;
        const Interval *interval = &each[k].lost_interval;
        fprintf(out, "%-9s", degrade_name((Degradation)k));
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
            fprintf(out, " %6.1f", 100 * share(evaluation->right[times[i]], evaluation));
        if (k == DEGRADE_NOT)
            fprintf(out, " %12s", "");
        else
            fprintf(out, " %5.1f +- %3.1f", 100 * each[k].lost,
                    50 * (interval->high - interval->low));
        fprintf(out, "  %.3f   %6.1f  %6.1f", evaluation->ece[last],
                100 * share(evaluation->shown[last].unknown, evaluation),
                100 * share(evaluation->shown[last].silence, evaluation));
        if (evaluation->steadiness.minutes > 0)
            fprintf(out, "  %6.2f", steadiness_changes_per_minute(&evaluation->steadiness));
        fputc('\n', out);
    }
    for (int k = DEGRADE_NOT + 1; k < DEGRADE_N; k++)
        fprintf(out, "%s%-9s %s", k > 1 ? "\n" : "", degrade_name((Degradation)k),
                degrade_about((Degradation)k));
    fputc('\n', out);
}

json_t *degraded_json(const Degraded *each) {
    static const char *const kept[] = {"accuracy", "ece"};
    json_t *all = json_pack("{sI}", "clips", (json_int_t)each[0].evaluation.clips.n);
    for (int k = 0; k < DEGRADE_N; k++) {
        json_t *whole = evaluation_json(&each[k].evaluation), *json = json_object();
        const json_t *steadiness = json_object_get(whole, "steadiness");
        json_object_set_new(json, "about", json_string(degrade_about((Degradation)k)));
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            json_object_set(json, kept[i], json_object_get(whole, kept[i]));
        json_object_set_new(json, "lost", json_real(each[k].lost));
        json_object_set_new(
            json, "lost_interval",
            json_pack("[ff]", each[k].lost_interval.low, each[k].lost_interval.high));
        json_object_set(json, "shown", json_object_get(json_object_get(whole, "shown"), "30"));
        json_object_set(json, "changes_per_minute",
                        json_object_get(steadiness, "changes_per_minute"));
        json_object_set_new(all, degrade_name((Degradation)k), json);
        json_decref(whole);
    }
    return all;
}
