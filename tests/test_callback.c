/* The audio thread's functions under guard: no allocation, no lock, no system call, whatever the
 * block size and whatever comes in. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "app/stream.h"
#include "genrecast.h"
#include "guard.h"
#include "run.h"
#include "sound.h"

enum { SECONDS = 5 };

static const size_t blocks[] = {0, 1, 64, 512, 8192};
enum { N_BLOCKS = sizeof blocks / sizeof *blocks };

/* A compiler may leave out what nobody looks at. */
static void *volatile sink;

/* ---- The guard itself: a test that cannot fail is none ------------------------------------- */

#define CAUGHT_AS(call, expected)                                                                  \
    do {                                                                                           \
        guard_arm();                                                                               \
        call;                                                                                      \
        const char *caught = guard_disarm();                                                       \
        ck_assert_msg(caught &&strcmp(caught, expected) == 0, "%s: %s", #call,                     \
                      caught ? caught : "not caught");                                             \
    } while (0)

START_TEST(guard_catches_memory) {
    CAUGHT_AS(sink = malloc(100), "malloc");
    CAUGHT_AS(sink = realloc(sink, 200), "realloc");
    CAUGHT_AS(free(sink), "free");
    CAUGHT_AS(sink = calloc(2, 100), "calloc");
    free(sink);
    CAUGHT_AS(sink = strdup("within a shared library"), "malloc");
    free(sink);
    CAUGHT_AS(sink = aligned_alloc(64, 128), "aligned_alloc");
    free(sink);
}
END_TEST

START_TEST(guard_catches_locks) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    CAUGHT_AS(pthread_mutex_lock(&lock), "pthread_mutex_lock");
    CAUGHT_AS(pthread_mutex_trylock(&lock), "pthread_mutex_trylock");
    CAUGHT_AS(pthread_cond_signal(&condition), "pthread_cond_signal");
    CAUGHT_AS(sem_post(&semaphore), "sem_post");
    CAUGHT_AS(sem_wait(&semaphore), "sem_wait");
}
END_TEST

static bool caught_a_system_call(void) {
    const char *caught = guard_disarm();
    return caught && strncmp(caught, "system call", 11) == 0;
}

START_TEST(guard_catches_system_calls) {
    if (!guard_sees_system_calls()) {
        fprintf(stderr, "this kernel does not tell of system calls: they go unchecked\n");
        return;
    }
    guard_arm();
    const pid_t parent = getppid();
    ck_assert(caught_a_system_call());
    ck_assert_int_eq(parent, getppid()); /* it was done all the same */
    guard_arm();
    nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
    ck_assert(caught_a_system_call());
    guard_arm();
    const int fd = open("/dev/null", O_WRONLY);
    ck_assert(caught_a_system_call());
    guard_arm();
    const ssize_t n = write(fd, "x", 1);
    ck_assert(caught_a_system_call());
    ck_assert_int_eq(n, 1);
    guard_arm();
    sink = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(caught_a_system_call());
    close(fd);
}
END_TEST

START_TEST(guard_lets_arithmetic_pass) {
    float x[1000];
    GUARDED(sound_tone(x, 1000, 48000, 440, 0.5));
    GUARDED(sink = memset(x, 0, sizeof x));
}
END_TEST

/* ---- The capture callback ------------------------------------------------------------------ */

typedef enum { MUSIC, NANS, INFINITIES, DENORMALS, SILENCE, N_KINDS } Kind;

static float *make_sound(Kind kind, size_t n, double rate_hz) {
    float *x = malloc((n + 1) * sizeof *x);
    ck_assert_ptr_nonnull(x);
    /* A second, over and over: making it takes longer than listening to it. */
    const size_t second = n < (size_t)rate_hz ? n : (size_t)rate_hz;
    sound_music(x, second, rate_hz);
    for (size_t i = second; i < n; i++)
        x[i] = x[i - second];
    for (size_t i = 0; i < n; i++)
        switch (kind) {
        case NANS:
            x[i] = i % 3 ? x[i] : NAN;
            break;
        case INFINITIES:
            x[i] = i % 5 ? x[i] : i % 2 ? INFINITY : -INFINITY;
            break;
        case DENORMALS:
            x[i] *= 1e-40f;
            break;
        case SILENCE:
            x[i] = 0;
            break;
        default:
            break;
        }
    return x;
}

/* The program's side: takes out what has come in, unguarded. */
static size_t drain(GenreStream *stream) {
    float out[4096];
    size_t n, sum = 0;
    while ((n = genre_ring_read(&stream->ring, out, 4096)) > 0)
        sum += n;
    return sum;
}

START_TEST(capture_callback_is_clean) {
    const size_t block = blocks[_i];
    GenreError error;
    int fd;
    GenreStream *stream = genre_stream_new(&fd, &error);
    ck_assert_msg(stream != NULL, "%s", error.text);
    genre_stream_prepare(stream, 48000, 2, "test", "");
    const size_t n = 48000;
    float *x = make_sound(MUSIC, 2 * n, 48000);
    size_t given = 0, taken = 0, calls = 0;
    for (size_t at = 0; at + block <= n && calls < 5000; at += block, calls++) {
        GUARDED(genre_stream_take(stream, x + 2 * at, block, calls % 7 == 0));
        given += 2 * block;
        taken += drain(stream);
    }
    ck_assert_uint_eq(taken, given);
    ck_assert_uint_eq(genre_stream_dropped(stream), 0);
    ck_assert_uint_eq(atomic_load(&stream->n_calls), calls);
    /* Without a reader: full, and everything else dropped; and input that is missing. */
    for (int i = 0; i < 300; i++) {
        GUARDED(genre_stream_take(stream, x, block, false));
        GUARDED(genre_stream_take(stream, NULL, block, true));
    }
    if (block == 8192)
        ck_assert_uint_gt(genre_stream_dropped(stream), 0);
    free(x);
    close(fd);
    genre_stream_close(stream);
}
END_TEST

/* ---- The classifier ------------------------------------------------------------------------ */

typedef struct {
    double rate_hz;
    int n_channels;
    Kind kind;
    size_t block;
} Case;

static void run_case(const GenreModel *model, const Case *k) {
    GenreError error;
    GenreSettings settings = genre_settings_default();
    GenreClassifier *c = genre_classifier_new(model, k->rate_hz, k->n_channels, &settings, &error);
    ck_assert_msg(c != NULL, "%s", error.text);
    /* One sample at a time takes long, and a tenth of it shows as much. */
    const size_t channels = (size_t)k->n_channels,
                 n = (size_t)(k->rate_hz * SECONDS) / (k->block <= 1 ? 10 : 1);
    float *x = make_sound(k->kind, n * channels, k->rate_hz);
    const float *planes[64];
    const GenreEstimate *estimate = NULL;
    float level = 0;
    size_t calls = 0;
    for (size_t at = 0; at + k->block <= n && calls < n; at += k->block, calls++) {
        const float *here = x + at * channels;
        for (size_t i = 0; i < channels; i++)
            planes[i] = x + i * n + at;
        if (calls % 2)
            GUARDED(genre_classifier_push(c, here, k->block));
        else
            GUARDED(genre_classifier_push_planar(c, planes, k->block));
        GUARDED(estimate = genre_classifier_estimate(c));
        GUARDED(level = genre_classifier_level_db(c));
        if (calls % 1000 == 999) {
            settings.interval_s = (float)(calls % 5);
            settings.smoothing_s = calls % 3 ? NAN : INFINITY;
            GUARDED(genre_classifier_configure(c, &settings));
        }
        if (calls == n / 2)
            GUARDED(genre_classifier_reset(c));
        if (k->block == 0 && calls == 1000)
            break;
    }
    if (k->kind == MUSIC && k->block >= 64)
        ck_assert_uint_gt(estimate->sequence, 0); /* all of the pipe did run */
    ck_assert(isfinite(level));
    GUARDED(genre_classifier_finish(c));
    GUARDED(genre_classifier_reset(c));
    GUARDED(sink = (void *)genre_classifier_model(c));
    free(x);
    genre_classifier_free(c);
}

START_TEST(classifier_is_clean) {
    static const struct {
        double rate_hz;
        int n_channels;
    } forms[] = {{48000, 2}, {8000, 1}, {22050, 2}, {44100, 2}, {96000, 6}, {192000, 1}};
    GenreError error;
    GenreModel *model = genre_model_default(&error);
    ck_assert_msg(model != NULL, "%s", error.text);
    for (int form = 0; form < (int)(sizeof forms / sizeof *forms); form++)
        for (int kind = 0; kind < (form ? NANS + 1 : N_KINDS); kind++)
            run_case(model, &(Case){.rate_hz = forms[form].rate_hz,
                                    .n_channels = forms[form].n_channels,
                                    .kind = kind,
                                    .block = blocks[_i]});
    genre_model_free(model);
}
END_TEST

/* ---- Many streams at once ------------------------------------------------------------------ */

START_TEST(group_is_clean) {
    enum { N_STREAMS = 20, N = 48000 * 3 };
    static const double rates_hz[] = {22050, 48000};
    GenreModel *model = genre_model_default(NULL);
    GenreGroup *group = genre_group_new(model, N_STREAMS, rates_hz[_i], 1, NULL, NULL);
    ck_assert_ptr_nonnull(group);
    const GenreSettings settings = genre_settings_default();
    const GenreEstimate *estimate = NULL;
    float *x = make_sound(MUSIC, N, rates_hz[_i]), level = 0;
    for (size_t at = 0; at < N; at += 4000) {
        bool more = true;
        for (int i = 0; i < N_STREAMS; i++)
            if (i % 2)
                GUARDED(genre_group_push(group, i, x + at, 4000));
            else
                GUARDED(genre_group_push_planar(group, i, (const float *[]){x + at}, 4000));
        while (more)
            GUARDED(more = genre_group_step(group));
        GUARDED(estimate = genre_group_estimate(group, 5));
        GUARDED(level = genre_group_level_db(group, 5));
        GUARDED(genre_group_configure(group, 5, &settings));
    }
    ck_assert_uint_gt(estimate->sequence, 0);
    ck_assert(isfinite(level));
    GUARDED(genre_group_finish(group, 5));
    GUARDED(genre_group_reset(group, 5));
    free(x);
    genre_group_free(group);
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    if (!guard_works()) {
        fprintf(stderr, "skipped: a sanitizer has taken the places of the guard\n");
        exit(77);
    }
    tcase_add_test(tests, guard_catches_memory);
    tcase_add_test(tests, guard_catches_locks);
    tcase_add_test(tests, guard_catches_system_calls);
    tcase_add_test(tests, guard_lets_arithmetic_pass);
    tcase_add_loop_test(tests, capture_callback_is_clean, 0, N_BLOCKS);
    tcase_add_loop_test(tests, classifier_is_clean, 0, N_BLOCKS);
    tcase_add_loop_test(tests, group_is_clean, 0, 2);
}
