/* How right a model is, after how much music: the product's own classifier over labelled clips. */
#ifndef GENRE_TRAIN_EVALUATE_H
#define GENRE_TRAIN_EVALUATE_H

#include <jansson.h>
#include <stdio.h>

#include "base/pool.h"
#include "eval/degrade.h"
#include "eval/metrics.h"
#include "eval/multilabel.h"
#include "eval/not_music.h"
#include "eval/shown.h"
#include "genrecast.h"

enum { EVALUATE_N_TIMES = 8 };
extern const int evaluate_times_s[EVALUATE_N_TIMES]; /* 1, 2, 3, 5, 10, 15, 20, 30 */

/* A clip to score: a sound file, or frames in memory. */
typedef struct EvaluateClip {
    int label;           /* of independent labels, counted from 0, one that it has; -1: not music */
    const char *path;    /* NULL: use the frames */
    const float *frames; /* (n_frames, the model's bands) */
    int n_frames;
    const char *song;                  /* which song it is a segment of; NULL: a song of its own */
    const char *artist;                /* "" or NULL: not known */
    uint64_t labels;                   /* those that it has, a bit each; 0: the one above */
    const struct EvaluateClip *before; /* what plays before it, without a pause (segue.h); NULL */
} EvaluateClip;

/* What was said of clips, or of songs, after 30 s or at the clip's end. */
typedef struct {
    size_t n;
    double top[METRICS_TOP]; /* share whose truth is the leading label, among the first two ... */
    Interval accuracy;       /* of top[0] */
    MacroFigures macro;
    Interval macro_f1; /* of macro.f1 */
    ClassFigures labels[GENRE_MAX_LABELS];
    size_t confusion[GENRE_MAX_LABELS][GENRE_MAX_LABELS]; /* [truth][answer] */
    int n_bins;
    ReliabilityBin bins[METRICS_BINS];
    double ece, ece_by_chance; /* that of a perfectly calibrated model */
} Figures;

typedef struct {
    const GenreModel *model;
    bool allowed[GENRE_MAX_LABELS]; /* labels that count as answers */
    Degradation degradation;        /* what sound files are heard through */
    int *said;                      /* NULL, or (n) for each clip's last answer: its label, -1 where
                                     * nothing was heard, -2 where it could not be read; of what is
                                     * not music the genre shown, -1 where there is none */
    size_t n_failed;                /* clips that could not be read */
    /* After each time; a clip that has ended keeps its last answer. */
    size_t right[EVALUATE_N_TIMES];
    size_t lasting[EVALUATE_N_TIMES]; /* clips that last as long */
    Interval accuracy[EVALUATE_N_TIMES];
    double ece[EVALUATE_N_TIMES], ece_by_chance[EVALUATE_N_TIMES];
    Shown shown[EVALUATE_N_TIMES];
    Steadiness steadiness; /* of the first 30 s */
    /* What intervals are drawn by, as neither an artist's clips nor a song's segments tell of music
     * as so many independent ones would: artists, and songs whose artist is not known. Those of
     * accuracy are Wilson's where each has but one clip. */
    int n_groups, n_artists; /* artists among them */
    /* A song's scores are the mean of its clips'. */
    Figures clips, songs;
    NotMusic not_music;    /* clips of which figures above say nothing */
    Multilabel multilabel; /* of a model whose labels are independent */
} Evaluation;

/* Lets only labels that clips have count as answers, for clips of a dataset that was held out: what
 * it does not have, nobody asks of it. */
void evaluate_ask_theirs(Evaluation *evaluation, const EvaluateClip *clips, size_t n);

/* Scores all clips. Where a clip has several labels, what counts as its truth is the one with the
 * highest score. The answer is the leading score among the allowed labels, be the state music
 * or unknown; nothing heard is a wrong answer. */
GenreStatus evaluate(Evaluation *evaluation, const EvaluateClip *clips, size_t n, Pool *pool,
                     GenreError *error);

/* As text. */
void evaluation_print(const Evaluation *evaluation, FILE *out);

/* As JSON, a new reference. Shares are 0 to 1, intervals [low, high] of 95 %:
 *
 *   clips, failed        how many were scored; how many could not be read
 *   drawn                {"artists", "songs"}: by how many intervals are drawn, songs being those
 *                        whose artist is not known
 *   accuracy             {"1": ..., "2", "3", "5", "10", "15", "20", "30"} by seconds heard; a clip
 *                        that has ended keeps its last answer
 *   accuracy_intervals   the same times -> [low, high]
 *   lasting              the same times -> how many clips last as long
 *   ece_by_time          the same times -> expected calibration error
 *   ece_by_chance_by_time  the same times -> that of a perfectly calibrated model on so few clips
 *   shown                the same times -> {"right", "wrong", "unknown", "silence"}: shares of the
 *                        clips by what the product shows of them, whatever labels count
 *   steadiness           {"changes_per_minute", "settled_s", "settled", "anew_per_hour"}: how often
 *                        what is shown changes after the first 5 s (null: no clip lasts that long);
 *                        the median time after which clips that end with a right genre shown keep
 *                        showing it (null: there is none), and the share of those clips; how often
 *                        other music is noticed, though there is none (null: nothing was heard)
 *   labels               those that count, in the order of the confusions
 *   and, after 30 s or at the clip's end:
 *   top                  {"1", "2", "3"}: the truth is among so many leading labels
 *   interval             of top 1
 *   macro                {"precision", "recall", "f1", "f1_interval"}, means over the labels
 *   balanced_accuracy    mean recall of the labels that occur
 *   ece, ece_by_chance, reliability  as by time; ten bins of equal mass, each {"clips",
 *                        "confidence", "accuracy"}
 *   per_class            label -> {"clips", "precision", "recall", "f1"}
 *   confusion            (labels, labels) of counts: a row per truth, a column per answer
 *   not_music            only where there are such clips, which no other figure counts: as
 *                        not_music_json has it
 *   multilabel           only where labels are independent: as multilabel_json has it
 *   songs                {"clips": how many songs, ...}: all from "top" on once more, for songs
 */
json_t *evaluation_json(const Evaluation *evaluation);

#endif
