#include "base/mean.h"

#include <math.h>
#include <stdlib.h>

/* After Welford (1962): sums of squares would lose what is left of two large numbers. */
void mean_add(Mean *mean, double value) {
    if (!isfinite(value))
        return;
    const double off = value - mean->mean;
    mean->mean += off / (double)++mean->n;
    mean->squares += off * (value - mean->mean);
}

double mean_deviation(const Mean *mean) {
    return mean->n > 1 ? sqrt(mean->squares / (double)(mean->n - 1)) : 0;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double mean_median(double *values, size_t n) {
    qsort(values, n, sizeof *values, ascending);
    return values[n / 2];
}
