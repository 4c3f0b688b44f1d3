#include <stdlib.h>
#include <time.h>

#include "app/bench.h"

/* Processor time of this thread: what other programs do meanwhile hardly shows. */
static double thread_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

GenreTiming genre_bench_time(void (*run)(void *context), void *context, double budget_s) {
    enum { BATCHES = 41 };
    double seconds[BATCHES];
    int n_calls = 1;
    /* Long enough a batch, which warms up the caches as well. */
    for (double took_s = 0; took_s < budget_s / BATCHES / 2;) {
        const double start_s = thread_s();
        for (int i = 0; i < n_calls; i++)
            run(context);
        took_s = thread_s() - start_s;
        if (took_s < budget_s / BATCHES / 2)
            n_calls *= 2;
    }
    /* What takes long by itself is repeated less often. */
    const double begun_s = thread_s();
    int n = 0;
    while (n < BATCHES && (n < 3 || thread_s() - begun_s < 4 * budget_s)) {
        const double start_s = thread_s();
        for (int i = 0; i < n_calls; i++)
            run(context);
        seconds[n++] = (thread_s() - start_s) / n_calls;
    }
    qsort(seconds, (size_t)n, sizeof *seconds, ascending);
    return (GenreTiming){seconds[n / 2], seconds[0]};
}

float genre_bench_noise(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(int)*state * 0x1p-32f;
}
