/* Mean and deviation of numbers that come one by one; the median of some. */
#ifndef GENRE_TRAIN_MEAN_H
#define GENRE_TRAIN_MEAN_H

#include <stddef.h>

/* Begin with {0}. */
typedef struct {
    size_t n;
    double mean;    /* 0 while n = 0 */
    double squares; /* sum of the squared distances from it */
} Mean;

/* Takes a number in; one that is not finite is left out. */
void mean_add(Mean *mean, double value);

/* Of a sample (n - 1); 0 for fewer than two. */
double mean_deviation(const Mean *mean);

/* The middle of n >= 1 numbers, the upper one of two; sorts them. */
double mean_median(double *values, size_t n);

#endif
