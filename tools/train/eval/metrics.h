/* Figures of how right a set of answers is. Everything here works on verdicts alone, whoever gave
 * the answers. */
#ifndef GENRE_TRAIN_METRICS_H
#define GENRE_TRAIN_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "genrecast.h"

enum { METRICS_BINS = 10, METRICS_TOP = 3, METRICS_REPLICATES = 1000 };

/* One answer and the truth. */
typedef struct {
    int truth;         /* a label, from 0 */
    int said;          /* the leading label; -1: nothing was heard, which is wrong */
    int rank;          /* how many labels come before the truth; 0: right */
    int group;         /* number of what it is drawn with: its artist, or song; from 0 */
    double confidence; /* in what was said, 0 to 1 */
} Verdict;

/* A 95 % interval. */
typedef struct {
    double low, high;
} Interval;

typedef struct {
    size_t n, said, right;        /* truly this label; said to be; both */
    double precision, recall, f1; /* 0 where there is nothing to divide by */
} ClassFigures;

/* Means over the labels that are true of something or were said; `balanced` (accuracy) is the mean
 * recall of those that are true of something. */
typedef struct {
    double precision, recall, f1, balanced;
} MacroFigures;

/* Answers about equally sure. */
typedef struct {
    size_t n;
    double confidence, accuracy; /* means */
} ReliabilityBin;

/* Share whose truth is among the k leading labels. */
double metrics_top(const Verdict *verdicts, size_t n, int k);

ClassFigures metrics_class(const Verdict *verdicts, size_t n, int label);
MacroFigures metrics_macro(const Verdict *verdicts, size_t n);

/* Wilson's score interval (Wilson 1927) of a share `right` of n independent answers; 0 to 1 for
 * n = 0. */
Interval metrics_wilson(size_t right, size_t n);

/* Sorts the verdicts into bins that hold equally many, from the least sure to the surest, and
 * returns how many bins there are: METRICS_BINS, or n where that is less. The verdicts' order
 * changes. */
int metrics_reliability(Verdict *verdicts, size_t n, ReliabilityBin bins[METRICS_BINS]);

/* Expected calibration error: the mean gap between confidence and accuracy, bin by bin. */
double metrics_ece(const ReliabilityBin *bins, int n_bins);

/* The same of a model that is calibrated perfectly and as sure of n answers as this one: what its
 * gaps come to by chance alone, the mean over draws of which answers are right. `verdicts` as
 * metrics_reliability leaves them. */
double metrics_ece_by_chance(const Verdict *verdicts, size_t n);

/* Intervals of accuracy and macro F1 by drawing as many groups as there are, with replacement,
 * METRICS_REPLICATES times (Efron's percentiles). Whole groups, because what an artist's songs and
 * a song's segments get depends on each other. The same verdicts give the same intervals; their
 * order does not matter. GENRE_ERR_NO_MEMORY. */
GenreStatus metrics_bootstrap(const Verdict *verdicts, size_t n, int n_groups, Interval *accuracy,
                              Interval *macro_f1, GenreError *error);

#endif
