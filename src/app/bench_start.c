/* What a start costs in time and memory. */
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/bench.h"
#include "app/cli.h"
#include "machine.h"

static double resident_mb(void) {
    long total = 0, resident = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    const bool ok = in && fscanf(in, "%ld %ld", &total, &resident) == 2;
    if (in)
        fclose(in);
    return ok ? (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6 : 0;
}

size_t genre_heap_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

size_t genre_classifier_bytes(const GenreModel *model, double rate_hz, int n_channels) {
    const size_t before = genre_heap_bytes();
    GenreClassifier *classifier = genre_classifier_new(model, rate_hz, n_channels, NULL, NULL);
    const size_t after = genre_heap_bytes();
    genre_classifier_free(classifier);
    return classifier && after > before ? after - before : 0;
}

/* This program from its being started to its end where it has nothing to do: all but a hair of it
 * is the loading of libraries. */
static double one_program_ms(void) {
    static char *const arguments[] = {"genrecast", "--version", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const double start_s = genre_now_s();
    if (posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environ) == 0)
        waitpid(pid, &status, 0);
    const double took_s = genre_now_s() - start_s;
    posix_spawn_file_actions_destroy(&actions);
    return status == 0 ? 1e3 * took_s : 0;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double genre_bench_program_ms(void) {
    enum { N = 15 };
    double ms[N];
    for (int i = 0; i < N; i++)
        ms[i] = one_program_ms();
    qsort(ms, N, sizeof *ms, ascending);
    return ms[N / 2];
}

GenreModel *genre_bench_start(const char *model_path, GenreBenchStart *start) {
    const double start_s = genre_now_s();
    GenreModel *model = genre_open_model(model_path);
    const double loaded_s = genre_now_s();
    if (!model)
        return NULL;
    GenreClassifier *classifier = genre_classifier_new(model, 48000, 2, NULL, NULL);
    const double created_s = genre_now_s();
    start->load_ms = 1e3 * (loaded_s - start_s);
    start->create_ms = 1e3 * (created_s - loaded_s);
    start->resident_mb = resident_mb();
    genre_classifier_free(classifier);
    start->instance_bytes = genre_classifier_bytes(model, 48000, 2);
    return model;
}
