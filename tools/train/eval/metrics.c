#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "status.h"

/* Per label: how often true, said, and both. */
typedef struct {
    size_t truth[GENRE_MAX_LABELS], said[GENRE_MAX_LABELS], right[GENRE_MAX_LABELS];
} Counts;

static void count(Counts *counts, const Verdict *verdict, size_t times) {
    counts->truth[verdict->truth] += times;
    if (verdict->said >= 0)
        counts->said[verdict->said] += times;
    if (verdict->said == verdict->truth)
        counts->right[verdict->truth] += times;
}

static ClassFigures class_figures(const Counts *counts, int label) {
    ClassFigures figures = {
        counts->truth[label], counts->said[label], counts->right[label], 0, 0, 0};
    const double right = (double)figures.right;
    if (figures.said)
        figures.precision = right / (double)figures.said;
    if (figures.n)
        figures.recall = right / (double)figures.n;
    if (figures.said + figures.n)
        figures.f1 = 2 * right / (double)(figures.said + figures.n);
    return figures;
}

static MacroFigures macro_figures(const Counts *counts) {
    MacroFigures macro = {0};
    int n = 0, n_true = 0;
    for (int label = 0; label < GENRE_MAX_LABELS; label++) {
        const ClassFigures figures = class_figures(counts, label);
        n += figures.n + figures.said > 0;
        n_true += figures.n > 0;
        macro.precision += figures.precision;
        macro.recall += figures.recall;
        macro.f1 += figures.f1;
    }
    macro.balanced = n_true ? macro.recall / n_true : 0;
    if (n) {
        macro.precision /= n;
        macro.recall /= n;
        macro.f1 /= n;
    }
    return macro;
}

double metrics_top(const Verdict *verdicts, size_t n, int k) {
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        right += verdicts[i].said >= 0 && verdicts[i].rank < k;
    return n ? (double)right / (double)n : 0;
}

ClassFigures metrics_class(const Verdict *verdicts, size_t n, int label) {
    Counts counts = {0};
    for (size_t i = 0; i < n; i++)
        count(&counts, &verdicts[i], 1);
    return class_figures(&counts, label);
}

MacroFigures metrics_macro(const Verdict *verdicts, size_t n) {
    Counts counts = {0};
    for (size_t i = 0; i < n; i++)
        count(&counts, &verdicts[i], 1);
    return macro_figures(&counts);
}

Interval metrics_wilson(size_t right, size_t n) {
    if (n == 0)
        return (Interval){0, 1};
    const double z = 1.959964, share = (double)right / (double)n, m = (double)n;
    const double middle = share + z * z / (2 * m);
    const double half = z * sqrt(share * (1 - share) / m + z * z / (4 * m * m));
    return (Interval){fmax(0, (middle - half) / (1 + z * z / m)),
                      fmin(1, (middle + half) / (1 + z * z / m))};
}

/* Ties are broken by whether it was right, so that equal sets give equal bins in any order. */
static int by_confidence(const void *a, const void *b) {
    const Verdict *l = a, *r = b;
    if (l->confidence != r->confidence)
        return (l->confidence > r->confidence) - (l->confidence < r->confidence);
    return (l->said == l->truth) - (r->said == r->truth);
}

int metrics_reliability(Verdict *verdicts, size_t n, ReliabilityBin bins[METRICS_BINS]) {
    const size_t n_bins = n < METRICS_BINS ? n : METRICS_BINS;
    qsort(verdicts, n, sizeof *verdicts, by_confidence);
    for (size_t bin = 0; bin < n_bins; bin++) {
        const size_t first = bin * n / n_bins, end = (bin + 1) * n / n_bins;
        const double size = (double)(end - first);
        bins[bin] = (ReliabilityBin){.n = end - first};
        for (size_t i = first; i < end; i++) {
            bins[bin].confidence += verdicts[i].confidence / size;
            bins[bin].accuracy += (verdicts[i].said == verdicts[i].truth) / size;
        }
    }
    return (int)n_bins;
}

double metrics_ece(const ReliabilityBin *bins, int n_bins) {
    double sum = 0, n = 0;
    for (int i = 0; i < n_bins; i++) {
        sum += (double)bins[i].n * fabs(bins[i].confidence - bins[i].accuracy);
        n += (double)bins[i].n;
    }
    return n > 0 ? sum / n : 0;
}

double metrics_ece_by_chance(const Verdict *verdicts, size_t n) {
    const size_t n_bins = n < METRICS_BINS ? n : METRICS_BINS;
    double gaps = 0;
    for (int k = 0; k < METRICS_REPLICATES; k++) {
        GenreRng rng = genre_rng(1, (uint64_t)k);
        for (size_t bin = 0; bin < n_bins; bin++) {
            double gap = 0;
            for (size_t i = bin * n / n_bins; i < (bin + 1) * n / n_bins; i++)
                gap += verdicts[i].confidence -
                       (genre_rng_uniform(&rng) < verdicts[i].confidence ? 1 : 0);
            gaps += fabs(gap);
        }
    }
    return n > 0 ? gaps / (double)n / METRICS_REPLICATES : 0;
}

static int by_value(const void *a, const void *b) {
    const double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

static Interval percentiles(double *values) {
    qsort(values, METRICS_REPLICATES, sizeof *values, by_value);
    return (Interval){values[(int)(0.025 * METRICS_REPLICATES)],
                      values[(int)(0.975 * METRICS_REPLICATES) - 1]};
}

GenreStatus metrics_bootstrap(const Verdict *verdicts, size_t n, int n_groups, Interval *accuracy,
                              Interval *macro_f1, GenreError *error) {
    size_t *drawn = calloc((size_t)n_groups + 1, sizeof *drawn); /* how often each group */
    double *shares = calloc(METRICS_REPLICATES, sizeof *shares);
    double *f1 = calloc(METRICS_REPLICATES, sizeof *f1);
    const bool ok = drawn && shares && f1;
    for (int k = 0; ok && k < METRICS_REPLICATES; k++) {
        GenreRng rng = genre_rng(1, (uint64_t)k);
        Counts counts = {0};
        size_t right = 0, all = 0;
        for (int group = 0; group < n_groups; group++)
            drawn[group] = 0;
        for (int group = 0; group < n_groups; group++)
            drawn[genre_rng_below(&rng, (uint32_t)n_groups)]++;
        for (size_t i = 0; i < n; i++) {
            const size_t times = drawn[verdicts[i].group];
            count(&counts, &verdicts[i], times);
            all += times;
            right += times * (verdicts[i].said == verdicts[i].truth);
        }
        shares[k] = all ? (double)right / (double)all : 0;
        f1[k] = macro_figures(&counts).f1;
    }
    if (ok) {
        *accuracy = percentiles(shares);
        *macro_f1 = percentiles(f1);
    }
    free(drawn);
    free(shares);
    free(f1);
    return ok ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}
