/* bench_plugin [RUNS [BLOCK [RATE_HZ]]]: how long run() of the stereo LV2 plugin takes on the
 * audio thread, in CPU time of that thread: by default a million times 64 frames at 48 kHz.
 *
 * bench_plugin --only RUNS: that many blocks and nothing else, to count instructions
 * (plugin_budget.sh). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugin_host.h"
#include "sound.h"

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int by_size(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void show(const char *what, float *us, size_t n, double block_us) {
    static const double shares[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
    double sum = 0;
    qsort(us, n, sizeof *us, by_size);
    for (size_t i = 0; i < n; i++)
        sum += us[i];
    printf("%s: mean %.2f us (%.2f %% of a core)\n", what, sum / (double)n,
           100 * sum / (double)n / block_us);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        printf("  %6.2f %%  %8.2f us\n", 100 * shares[i], us[(size_t)(shares[i] * (double)n)]);
    printf("  longest   %8.2f us\n", us[n - 1]);
}

static void play(Host *host, const float *music, size_t n_music, size_t *at, uint32_t block) {
    if (*at + block > n_music)
        *at = 0;
    memcpy(host->in[0], music + *at, block * sizeof *music);
    memcpy(host->in[1], music + *at, block * sizeof *music);
    *at += block;
}

static bool only;
static size_t n_runs = 1000000;
static uint32_t block = 64;
static double rate_hz = 48000;

/* A Check test in form only: the host's assertions want one. */
START_TEST(bench) {
    enum { PASSES = 3 };
    const size_t n_music = only ? n_runs * block : (size_t)(30 * rate_hz);
    float *music = malloc(n_music * sizeof *music), *us = malloc(n_runs * sizeof *us),
          *best = malloc(n_runs * sizeof *best);
    sound_music(music, n_music, rate_hz);
    Host *host = host_new(HOST_QUEUES, 2, rate_hz);
    double overhead_us = 1e9;
    for (int i = 0; i < 1000; i++) {
        const double start = now_us(), took = now_us() - start;
        overhead_us = took < overhead_us ? took : overhead_us;
    }
    if (!only)
        printf("run() of %u frames at %.0f Hz, stereo, %zu times; a block lasts %.0f us\n", block,
               rate_hz, n_runs, block / rate_hz * 1e6);
    for (int pass = 0; pass < (only ? 1 : PASSES); pass++) {
        size_t at = 0;
        host->plugin->activate(host->instance);
        for (size_t i = 0; i < n_runs; i++) {
            play(host, music, n_music, &at, block);
            const double start = now_us();
            host_run(host, block);
            us[i] = (float)(now_us() - start - overhead_us);
            best[i] = pass == 0 || us[i] < best[i] ? us[i] : best[i];
        }
        if (!only && pass == 0)
            show("CPU time of the thread", us, n_runs, block / rate_hz * 1e6);
    }
    /* An interrupt counts as the thread's time, and what else runs takes its caches. Each pass is
     * the same work, so its best time is what the work itself takes. */
    if (!only)
        show("best of three for each block", best, n_runs, block / rate_hz * 1e6);
    host_free(host);
    free(music);
    free(us);
    free(best);
}
END_TEST

int main(int argc, char **argv) {
    only = argc == 3 && strcmp(argv[1], "--only") == 0;
    if (argc > 1)
        n_runs = strtoul(argv[only ? 2 : 1], NULL, 10);
    if (!only && argc > 2)
        block = (uint32_t)strtoul(argv[2], NULL, 10);
    if (!only && argc > 3)
        rate_hz = strtod(argv[3], NULL);
    if (n_runs < 1 || block < 1 || block > HOST_MAX_BLOCK || !(rate_hz >= 8000))
        return 2;
    Suite *suite = suite_create("bench");
    TCase *tests = tcase_create("bench");
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, bench);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed;
}
