#include "eval/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "app/cli.h"
#include "clips/frames.h"
#include "eval/groups.h"
#include "eval/hear.h"
#include "model/model.h"
#include "status.h"

typedef struct {
    const Evaluation *evaluation;
    const EvaluateClip *clips;
    Heard *answers;
} Job;

static void hear_clip(void *context, int i) {
    const Job *job = context;
    GenreError error;
    if (hear(&job->answers[i], job->evaluation->model, &job->clips[i], job->evaluation->degradation,
             &error))
        genre_complain("left out: %s", error.text);
}

static bool was_heard(const GenreEstimate *estimate) {
    return estimate->sequence > 0 && estimate->heard_s > 0;
}

/* The clip's label; of several, the one with the highest score. */
static int find_truth(const Evaluation *evaluation, const float *scores, const EvaluateClip *clip) {
    int truth = clip->label;
    for (int i = 0; i < evaluation->model->n_labels; i++)
        if (clip->labels >> i & 1 && scores[i] > scores[truth])
            truth = i;
    return truth;
}

/* What scores (the model's labels) say: the leading label among the allowed ones, with its share of
 * the allowed labels' scores; of independent labels its score. */
static Verdict judge(const Evaluation *evaluation, const float *scores, bool is_heard,
                     const EvaluateClip *clip, int group) {
    const int truth = find_truth(evaluation, scores, clip);
    Verdict verdict = {.truth = truth, .said = -1, .group = group};
    const int n_labels = evaluation->model->n_labels;
    double sum = 0;
    for (int i = 0; i < n_labels; i++) {
        if (!evaluation->allowed[i])
            continue;
        sum += scores[i];
        verdict.rank += scores[i] > scores[truth] || (scores[i] == scores[truth] && i < truth);
        if (verdict.said < 0 || scores[i] > scores[verdict.said])
            verdict.said = i;
    }
    if (evaluation->model->independent)
        sum = 1; /* each score is a probability by itself */
    verdict.confidence = verdict.said >= 0 && sum > 0 ? scores[verdict.said] / sum : 0;
    if (!is_heard) {
        verdict.said = -1;
        verdict.rank = GENRE_MAX_LABELS;
    }
    return verdict;
}

/* A song's clips: their scores summed, later their mean. */
typedef struct {
    const EvaluateClip *clip; /* one of them */
    int group, n_heard;
    float scores[GENRE_MAX_LABELS];
} Song;

/* Which song each clip is of, and which group, by which intervals are drawn. */
typedef struct {
    int *song_of, *group_of; /* (n) */
    int n_songs, n_groups;
} Parts;

static GenreStatus compute(Figures *figures, Verdict *verdicts, size_t n, int n_groups,
                           GenreError *error) {
    size_t right = 0;
    *figures = (Figures){.n = n, .macro = metrics_macro(verdicts, n)};
    for (int k = 0; k < METRICS_TOP; k++)
        figures->top[k] = metrics_top(verdicts, n, k + 1);
    for (int label = 0; label < GENRE_MAX_LABELS; label++) {
        figures->labels[label] = metrics_class(verdicts, n, label);
        right += figures->labels[label].right;
    }
    for (size_t i = 0; i < n; i++)
        if (verdicts[i].said >= 0)
            figures->confusion[verdicts[i].truth][verdicts[i].said]++;
    const GenreStatus status =
        metrics_bootstrap(verdicts, n, n_groups, &figures->accuracy, &figures->macro_f1, error);
    if (n == (size_t)n_groups)
        figures->accuracy = metrics_wilson(right, n);
    figures->n_bins = metrics_reliability(verdicts, n, figures->bins);
    figures->ece = metrics_ece(figures->bins, figures->n_bins);
    figures->ece_by_chance = metrics_ece_by_chance(verdicts, n);
    return status;
}

/* The answers after the k-th time, into verdicts (n); returns how many there are. */
static size_t judge_clips(const Evaluation *evaluation, const EvaluateClip *clips,
                          const Heard *answers, const int *group_of, size_t n, int k,
                          Verdict *verdicts) {
    size_t n_verdicts = 0;
    for (size_t i = 0; i < n; i++)
        if (!answers[i].failed)
            verdicts[n_verdicts++] = judge(evaluation, answers[i].at[k].scores,
                                           was_heard(&answers[i].at[k]), &clips[i], group_of[i]);
    return n_verdicts;
}

static GenreStatus judge_times(Evaluation *evaluation, const EvaluateClip *clips,
                               const Heard *answers, const Parts *parts, size_t n,
                               Verdict *verdicts, GenreError *error) {
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        const size_t scored =
            judge_clips(evaluation, clips, answers, parts->group_of, n, k, verdicts);
        Interval f1;
        for (size_t i = 0; i < scored; i++)
            evaluation->right[k] += verdicts[i].said == verdicts[i].truth;
        for (size_t i = 0; i < n; i++)
            evaluation->lasting[k] +=
                !answers[i].failed && answers[i].lasted_s >= evaluate_times_s[k] - frames_short_s;
        evaluation->accuracy[k] = metrics_wilson(evaluation->right[k], scored);
        if (scored != (size_t)parts->n_groups &&
            metrics_bootstrap(verdicts, scored, parts->n_groups, &evaluation->accuracy[k], &f1,
                              error))
            return GENRE_ERR_NO_MEMORY;
        ReliabilityBin bins[METRICS_BINS];
        const int n_bins = metrics_reliability(verdicts, scored, bins);
        evaluation->ece[k] = metrics_ece(bins, n_bins);
        evaluation->ece_by_chance[k] = metrics_ece_by_chance(verdicts, scored);
    }
    return GENRE_SUCCESS;
}

static size_t judge_songs(const Evaluation *evaluation, const EvaluateClip *clips,
                          const Heard *answers, const Parts *parts, size_t n, Song *songs,
                          Verdict *verdicts) {
    for (size_t i = 0; i < n; i++) {
        const GenreEstimate *estimate = &answers[i].at[EVALUATE_N_TIMES - 1];
        if (answers[i].failed)
            continue;
        Song *song = &songs[parts->song_of[i]];
        song->clip = &clips[i];
        song->group = parts->group_of[i];
        if (!was_heard(estimate))
            continue;
        song->n_heard++;
        for (int label = 0; label < estimate->n_labels; label++)
            song->scores[label] += estimate->scores[label];
    }
    for (int i = 0; i < parts->n_songs; i++) {
        for (int label = 0; label < GENRE_MAX_LABELS && songs[i].n_heard > 0; label++)
            songs[i].scores[label] /= (float)songs[i].n_heard;
        verdicts[i] =
            judge(evaluation, songs[i].scores, songs[i].n_heard > 0, songs[i].clip, songs[i].group);
    }
    return (size_t)parts->n_songs;
}

static GenreStatus find_parts(Evaluation *evaluation, const EvaluateClip *clips, size_t n,
                              Parts *parts, GenreError *error) {
    parts->n_songs = groups_by_song(clips, n, parts->song_of);
    parts->n_groups = groups_by_artist(clips, n, parts->group_of, &evaluation->n_artists);
    evaluation->n_groups = parts->n_groups;
    return parts->n_songs < 0 || parts->n_groups < 0
               ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory")
               : GENRE_SUCCESS;
}

static GenreStatus judge_all(Evaluation *evaluation, const EvaluateClip *clips,
                             const Heard *answers, size_t n, GenreError *error) {
    Verdict *verdicts = calloc(n + 1, sizeof *verdicts);
    Song *songs = calloc(n + 1, sizeof *songs);
    Parts parts = {.song_of = calloc(n + 1, sizeof(int)), .group_of = calloc(n + 1, sizeof(int))};
    GenreStatus status = GENRE_SUCCESS;
    if (!verdicts || !songs || !parts.song_of || !parts.group_of)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    size_t n_failed = 0;
    for (size_t i = 0; i < n; i++) {
        n_failed += answers[i].failed;
        if (!status && answers[i].failed)
            parts.song_of[i] = parts.group_of[i] = -1;
    }
    evaluation->n_failed += n_failed;
    if (!status && n_failed == n)
        status = genre_fail(error, GENRE_ERR_FORMAT, "not one clip could be scored");
    if (!status)
        status = find_parts(evaluation, clips, n, &parts, error);
    if (!status) {
        status = judge_times(evaluation, clips, answers, &parts, n, verdicts, error);
        size_t scored = judge_clips(evaluation, clips, answers, parts.group_of, n,
                                    EVALUATE_N_TIMES - 1, verdicts);
        if (!status)
            status = compute(&evaluation->clips, verdicts, scored, parts.n_groups, error);
        scored = judge_songs(evaluation, clips, answers, &parts, n, songs, verdicts);
        if (!status)
            status = compute(&evaluation->songs, verdicts, scored, parts.n_groups, error);
    }
    free(songs);
    free(parts.song_of);
    free(parts.group_of);
    free(verdicts);
    return status;
}

/* What a user would have seen. */
static GenreStatus judge_shown(Evaluation *evaluation, const EvaluateClip *clips,
                               const Heard *answers, size_t n, GenreError *error) {
    Showing *showings = calloc(n + 1, sizeof *showings);
    if (!showings)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    size_t n_shown = 0;
    for (size_t i = 0; i < n; i++) {
        if (answers[i].failed)
            continue;
        for (int k = 0; k < EVALUATE_N_TIMES; k++)
            shown_count(&evaluation->shown[k], &answers[i].at[k], hear_labels_of(&clips[i]));
        showings[n_shown++] = answers[i].showing;
    }
    const GenreStatus status = steadiness_of(&evaluation->steadiness, showings, n_shown, error);
    free(showings);
    return status;
}

/* Each label by itself; a clip in which nothing is heard has none. */
static GenreStatus judge_labels(Evaluation *evaluation, const EvaluateClip *clips,
                                const Heard *answers, size_t n, GenreError *error) {
    const size_t n_labels = (size_t)evaluation->model->n_labels;
    float *scores = calloc(n * n_labels + 1, sizeof *scores);
    uint64_t *truth = calloc(n + 1, sizeof *truth);
    GenreStatus status = GENRE_SUCCESS;
    size_t scored = 0;
    for (size_t i = 0; scores && truth && i < n; i++) {
        const GenreEstimate *estimate = &answers[i].at[EVALUATE_N_TIMES - 1];
        if (answers[i].failed)
            continue;
        truth[scored] = clips[i].labels ? clips[i].labels : (uint64_t)1 << clips[i].label;
        if (was_heard(estimate))
            memcpy(scores + scored * n_labels, estimate->scores, n_labels * sizeof *scores);
        scored++;
    }
    if (!scores || !truth)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else
        status = multilabel_figures(&evaluation->multilabel, scores, truth, scored, (int)n_labels,
                                    error);
    free(scores);
    free(truth);
    return status;
}

/* Counts what was shown of clips that are not music, and moves the others, with what was heard of
 * them, to the front of music (n) and answers; returns how many those are. */
static size_t set_apart(Evaluation *evaluation, const EvaluateClip *clips, Heard *answers, size_t n,
                        EvaluateClip *music) {
    NotMusic *others = &evaluation->not_music;
    size_t n_music = 0;
    for (size_t i = 0; i < n; i++) {
        const bool read = !answers[i].failed;
        if (clips[i].label >= 0) {
            music[n_music] = clips[i];
            answers[n_music++] = answers[i];
            continue;
        }
        evaluation->n_failed += !read;
        others->n += read;
        for (int k = 0; read && k < EVALUATE_N_TIMES; k++) {
            shown_count(&others->shown[k], &answers[i].at[k], 0);
            others->lasting[k] += answers[i].lasted_s >= evaluate_times_s[k] - frames_short_s;
        }
    }
    return n_music;
}

static int said_of(const Evaluation *evaluation, const EvaluateClip *clip, const Heard *answer) {
    const GenreEstimate *last = &answer->at[EVALUATE_N_TIMES - 1];
    if (answer->failed)
        return -2;
    return clip->label < 0 ? last->genre
                           : judge(evaluation, last->scores, was_heard(last), clip, 0).said;
}

void evaluate_ask_theirs(Evaluation *evaluation, const EvaluateClip *clips, size_t n) {
    uint64_t theirs = 0;
    for (size_t i = 0; i < n; i++)
        theirs |= hear_labels_of(&clips[i]);
    for (int i = 0; i < evaluation->model->n_labels; i++)
        evaluation->allowed[i] = theirs >> i & 1;
}

GenreStatus evaluate(Evaluation *evaluation, const EvaluateClip *clips, size_t n, Pool *pool,
                     GenreError *error) {
    Heard *answers = calloc(n + 1, sizeof *answers);
    EvaluateClip *music = calloc(n + 1, sizeof *music);
    if (!answers || !music) {
        free(answers);
        free(music);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    Job job = {.evaluation = evaluation, .clips = clips, .answers = answers};
    pool_run_shown(pool, (int)n, hear_clip, &job, "listening");
    for (size_t i = 0; evaluation->said && i < n; i++)
        evaluation->said[i] = said_of(evaluation, &clips[i], &answers[i]);
    const size_t n_music = set_apart(evaluation, clips, answers, n, music);
    GenreStatus status = GENRE_SUCCESS;
    if (n_music > 0 || evaluation->not_music.n == 0)
        status = judge_all(evaluation, music, answers, n_music, error);
    if (!status && n_music > 0)
        status = judge_shown(evaluation, music, answers, n_music, error);
    if (!status && n_music > 0 && evaluation->model->independent)
        status = judge_labels(evaluation, music, answers, n_music, error);
    free(answers);
    free(music);
    return status;
}
