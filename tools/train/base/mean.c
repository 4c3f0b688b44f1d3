#include "base/mean.h"

#include <math.h>

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
