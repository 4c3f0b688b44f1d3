/* run() of both plugin formats under guard: no allocation, no lock, no system call, whatever the
 * block size, the rate and the input, while settings change, models are swapped and messages
 * flow. */
#include <dlfcn.h>
#ifdef LADSPA_MODULE
#include <ladspa.h>
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "plugin_host.h"
#include "plugin_models.h"
#include "run.h"
#include "sound.h"

static const uint32_t blocks[] = {0, 1, 16, 64, 1024, 8192};
static const double rates_hz[] = {8000, 22050, 44100, 48000, 96000, 192000};
enum { N_BLOCKS = 6, N_RATES = 6 };

static char model_path[] = "/tmp/genrecast-test-XXXXXX";
static char window_path[] = "/tmp/genrecast-test-XXXXXX";

static void set_up(void) {
    close(mkstemp(model_path));
    write_other_model(model_path);
    close(mkstemp(window_path));
    write_window_model(window_path);
}

static void tear_down(void) {
    unlink(model_path);
    unlink(window_path);
}

/* Three seconds of sound, and of what is none; small blocks get less of it, and it shows as much.
 */
static float *make_input(double rate_hz, uint32_t block, size_t *n) {
    const size_t whole = (size_t)(3 * rate_hz);
    *n = block >= 16 ? whole : block ? whole / 8 : 1000;
    float *x = calloc(whole + HOST_MAX_BLOCK, sizeof *x);
    sound_music(x, whole, rate_hz);
    for (size_t i = whole / 2; i < whole; i++) {
        static const float bad[] = {NAN, INFINITY, -INFINITY, 1e-40f, -1e-42f, 3e38f, 0};
        x[i] = i * 16 / whole % 2 ? bad[i % 7] : x[i] * 1e-38f;
    }
    return x;
}

/* An LV2 run(), and work_response() before it, both on the audio thread. */
static void guarded_run(Host *host, uint32_t n) {
    GUARDED(host_run(host, n));
}

static void change_something(Host *host, unsigned step) {
    const char *const models[] = {window_path, "", model_path};
    switch (step % 8) {
    case 0:
        host_set_text(host, MODEL, LV2_ATOM__Path, models[step / 8 % 3]);
        break;
    case 1:
        host->control[GENRE_IN_SMOOTHING] = step % 3 ? NAN : (float)(step % 60);
        host->control[GENRE_IN_INTERVAL] = 0.1f;
        break;
    case 2:
        host_get(host, NULL);
        break;
    case 3:
        host->control[GENRE_IN_RESET] = step % 3 == 0;
        break;
    case 4:
        host->control[GENRE_IN_ENABLED] = step % 5 != 0;
        break;
    case 5:
        host_set_text(host, MODEL, LV2_ATOM__Path, "/no/such/model");
        break;
    case 6:
        host->queue_is_full = step % 3 == 0;
        host->notify_room = step % 5 * 500;
        break;
    case 7:
        host_set_text(host, OSC, LV2_ATOM__String, step % 3 ? "osc.udp://127.0.0.1:9" : "");
        break;
    }
}

START_TEST(lv2_is_clean) {
    const uint32_t block = blocks[_i % N_BLOCKS];
    const double rate_hz = rates_hz[_i / N_BLOCKS];
    size_t n;
    float *x = make_input(rate_hz, block, &n);
    Host *host = host_new(HOST_QUEUES, _i % 2 + 1, rate_hz);
    const size_t n_runs = block ? n / block : n, every = n_runs / 40 + 1;
    for (size_t i = 0; i < n_runs; i++) {
        if (i % every == 0)
            change_something(host, (unsigned)(i / every));
        memcpy(host->in[0], x + i * block, block * sizeof *x);
        memcpy(host->in[1], x + i * block, block * sizeof *x);
        guarded_run(host, block);
        host_work(host);
    }
    GUARDED(host->plugin->activate(host->instance));
    host_free(host);
    free(x);
}
END_TEST

#ifdef LADSPA_MODULE
START_TEST(ladspa_is_clean) {
    const uint32_t block = blocks[_i % N_BLOCKS];
    const double rate_hz = rates_hz[_i / N_BLOCKS];
    static float ports[GENRE_N_CONTROLS], out[2][HOST_MAX_BLOCK];
    size_t n;
    float *x = make_input(rate_hz, block, &n);
    void *library = dlopen(LADSPA_MODULE, RTLD_NOW);
    ck_assert_msg(library != NULL, "%s", dlerror());
    LADSPA_Descriptor_Function function;
    *(void **)&function = dlsym(library, "ladspa_descriptor");
    const LADSPA_Descriptor *d = function(1);
    LADSPA_Handle handle = d->instantiate(d, (unsigned long)rate_hz);
    for (unsigned i = 0; i < GENRE_N_CONTROLS; i++)
        d->connect_port(handle, i, &ports[i]);
    d->connect_port(handle, (unsigned)GENRE_PORT_AUDIO_OUT(0, 2), out[0]);
    d->connect_port(handle, (unsigned)GENRE_PORT_AUDIO_OUT(1, 2), out[1]);
    GUARDED(d->activate(handle));
    const size_t n_runs = block ? n / block : n;
    for (size_t i = 0; i < n_runs; i++) {
        ports[i % GENRE_N_INPUTS] = (float)(i % 100) / 50;
        d->connect_port(handle, (unsigned)GENRE_PORT_AUDIO_IN(0), x + i * block);
        d->connect_port(handle, (unsigned)GENRE_PORT_AUDIO_IN(1), x + i * block);
        GUARDED(d->run(handle, block));
    }
    d->cleanup(handle);
    free(x);
}
END_TEST
#endif

/* A test that cannot fail is none: the guard sees into the plugin. */
START_TEST(the_guard_sees_into_plugins) {
    Host *host = host_new(HOST_AT_ONCE, 1, 48000);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    guard_arm();
    host_run(host, 64); /* such a host has models loaded in run() */
    const char *caught = guard_disarm();
    ck_assert_msg(caught != NULL, "nothing caught");
    host_free(host);
}
END_TEST

void add_tests(TCase *tests) {
    if (!guard_works()) {
        fprintf(stderr, "skipped: a sanitizer has taken the places of the guard\n");
        exit(77);
    }
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_guard_sees_into_plugins);
    tcase_add_loop_test(tests, lv2_is_clean, 0, N_BLOCKS * N_RATES);
#ifdef LADSPA_MODULE
    tcase_add_loop_test(tests, ladspa_is_clean, 0, N_BLOCKS * N_RATES);
#endif
}
