/* The LV2 plugin with real threads: run() on one, the worker on another, and a host that saves and
 * restores at any time on a third. ThreadSanitizer watches over it (see tools/check). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_host.h"
#include "plugin_models.h"
#include "run.h"
#include "sound.h"

enum { RATE_HZ = 48000, BLOCK = 256, N = RATE_HZ * 4 / BLOCK * BLOCK };

static Host *host;
static float *music;
static char model_path[] = "/tmp/genrecast-test-XXXXXX";
static char window_path[] = "/tmp/genrecast-test-XXXXXX";
static atomic_bool stop;
/* Work is done by one thread at a time, as the worker extension has it. */
static pthread_mutex_t working = PTHREAD_MUTEX_INITIALIZER;

static void *audio_thread(void *unused) {
    (void)unused;
    const char *const models[] = {model_path, window_path, ""};
    for (unsigned i = 0; i < 4 * N / BLOCK; i++) {
        memcpy(host->in[0], music + i * BLOCK % N, BLOCK * sizeof *music);
        memcpy(host->in[1], music + i * BLOCK % N, BLOCK * sizeof *music);
        if (i % 200 == 50)
            host_set_text(host, MODEL, "http://lv2plug.in/ns/ext/atom#Path", models[i / 200 % 3]);
        if (i % 300 == 70)
            host_set_text(host, OSC, "http://lv2plug.in/ns/ext/atom#String",
                          i % 600 == 70 ? "osc.udp://127.0.0.1:9" : "");
        if (i % 77 == 0)
            host_get(host, NULL);
        host_run(host, BLOCK);
        usleep(100); /* much less than a block lasts, but long enough for the others to have their
                        turn */
    }
    atomic_store(&stop, true);
    return NULL;
}

static void *worker_thread(void *unused) {
    (void)unused;
    while (!atomic_load(&stop)) {
        pthread_mutex_lock(&working);
        host_work(host);
        pthread_mutex_unlock(&working);
        usleep(200);
    }
    return NULL;
}

START_TEST(threads_do_not_meet) {
    pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER, answer_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t audio, worker;
    HostState state;
    close(mkstemp(model_path));
    write_other_model(model_path);
    close(mkstemp(window_path));
    write_window_model(window_path);
    music = calloc(N, sizeof *music);
    sound_music(music, N, RATE_HZ);
    host = host_new(HOST_QUEUES, 2, RATE_HZ);
    host->work.lock = &work_lock;
    host->answers.lock = &answer_lock;
    pthread_create(&audio, NULL, audio_thread, NULL);
    pthread_create(&worker, NULL, worker_thread, NULL);
    int n_saves = 0;
    while (!atomic_load(&stop)) {
        ck_assert_int_eq(host_save(host, &state), LV2_STATE_SUCCESS);
        const char *path = host_saved(&state, MODEL);
        ck_assert(!*path || strcmp(path, model_path) == 0 ||
                  strcmp(path, window_path) == 0); /* never half of it */
        if (n_saves++ % 10 == 0) {
            pthread_mutex_lock(&working);
            ck_assert_int_eq(host_restore(host, &state, true), LV2_STATE_SUCCESS);
            pthread_mutex_unlock(&working);
        }
        usleep(1000);
    }
    pthread_join(audio, NULL);
    pthread_join(worker, NULL);
    ck_assert_int_gt(n_saves, 3);
    ck_assert_ptr_nonnull(strstr(host->log, model_path)); /* there was something to meet */
    host_free(host);
    free(music);
    unlink(model_path);
    unlink(window_path);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, threads_do_not_meet);
}
