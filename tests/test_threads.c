/* The capture callback on one thread, the worker with its classifier on another: for
 * ThreadSanitizer, under which tools/check runs this, and for losing no frame uncounted. */
#include <pthread.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/player.h"
#include "app/stream.h"
#include "genrecast.h"
#include "run.h"
#include "sound.h"

enum { BLOCK = 480, N_BLOCKS = 2000, N_CHANNELS = 2, N_HEARD = 10 * 22050 };

static void nap(long ns) {
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void *capture(void *argument) {
    GenreStream *stream = argument;
    float block[BLOCK * N_CHANNELS];
    sound_music(block, BLOCK * N_CHANNELS, 48000);
    genre_stream_run(stream);
    for (int i = 0; i < N_BLOCKS; i++) {
        genre_stream_take(stream, i % 50 ? block : NULL, BLOCK, i % 100 == 0);
        if (i % 20 == 0)
            nap(1000000);
    }
    genre_stream_end(stream, NULL);
    return NULL;
}

START_TEST(capture_and_worker) {
    GenreError error;
    int fd;
    GenreStream *stream = genre_stream_new(&fd, &error);
    GenreModel *model = genre_model_default(&error);
    ck_assert(stream && model);
    GenreClassifier *c = genre_classifier_new(model, 48000, N_CHANNELS, NULL, &error);
    ck_assert_ptr_nonnull(c);
    genre_stream_prepare(stream, 48000, N_CHANNELS, "test", "");
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, capture, stream), 0);
    uint64_t n_read = 0;
    for (bool over = false; !over || genre_ring_available(&stream->ring) > 0;) {
        float block[4096];
        over = atomic_load_explicit(&stream->state, memory_order_acquire) == GENRE_STREAM_ENDED;
        const size_t n = genre_ring_read(&stream->ring, block, 4096);
        genre_classifier_push(c, block, n / N_CHANNELS);
        n_read += n;
        if (n == 0)
            nap(500000);
    }
    ck_assert_int_eq(stream->error.status, GENRE_SUCCESS);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(n_read / N_CHANNELS + genre_stream_dropped(stream), BLOCK * N_BLOCKS);
    ck_assert_uint_eq(atomic_load(&stream->n_overflows), N_BLOCKS / 100);
    close(fd);
    genre_stream_close(stream);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

static const char *played;

static void *play(void *argument) {
    GenreError error = {.status = GENRE_SUCCESS};
    genre_player_run(argument, played, false, &error);
    genre_stream_end(argument, &error);
    return NULL;
}

/* However long the program takes to get ready, none of a file is lost: it is played from when
 * somebody listens. */
START_TEST(a_file_waits_for_its_reader) {
    enum { N = 4800 };
    char path[] = "/tmp/genrecast-test-XXXXXX";
    float sound[N], block[N];
    SF_INFO info = {.samplerate = 48000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    GenreError error;
    int fd;
    close(mkstemp(path));
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    sound_music(sound, N, 48000);
    ck_assert_int_eq(sf_writef_float(file, sound, N), N);
    sf_close(file);
    GenreStream *stream = genre_stream_new(&fd, &error);
    ck_assert_ptr_nonnull(stream);
    played = path;
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, play, stream), 0);
    while (atomic_load_explicit(&stream->state, memory_order_acquire) == GENRE_STREAM_STARTING)
        nap(1000000);
    nap(150000000); /* more than all of it takes */
    ck_assert_uint_eq(genre_ring_available(&stream->ring), 0);
    atomic_store(&stream->is_read, true);
    pthread_join(thread, NULL);
    ck_assert_int_eq(atomic_load(&stream->state), GENRE_STREAM_ENDED);
    ck_assert_uint_eq(genre_ring_read(&stream->ring, block, N), N);
    ck_assert_mem_eq(block, sound, sizeof sound);
    /* Nor does it wait for a reader that never comes. */
    atomic_store(&stream->is_read, false);
    atomic_store(&stream->stop, true);
    ck_assert_int_eq(pthread_create(&thread, NULL, play, stream), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(genre_ring_available(&stream->ring), 0);
    unlink(path);
    close(fd);
    genre_stream_close(stream);
}
END_TEST

typedef struct {
    GenreClassifier *classifier;
    const float *sound;
    GenreEstimate estimate;
} Listener;

static void *listen_to(void *argument) {
    Listener *listener = argument;
    genre_classifier_push(listener->classifier, listener->sound, N_HEARD);
    genre_classifier_finish(listener->classifier);
    listener->estimate = *genre_classifier_estimate(listener->classifier);
    return NULL;
}

/* Classifiers of one model share its tables, which they only read. */
START_TEST(two_of_one_model) {
    static float sounds[2][N_HEARD];
    GenreModel *model = genre_model_default(NULL);
    Listener alone[2], both[2];
    pthread_t threads[2];
    sound_music(sounds[0], N_HEARD, 22050);
    sound_noise(sounds[1], N_HEARD, 0.5, 4);
    for (int i = 0; i < 2; i++) {
        alone[i] = (Listener){genre_classifier_new(model, 22050, 1, NULL, NULL), sounds[i], {0}};
        both[i] = (Listener){genre_classifier_new(model, 22050, 1, NULL, NULL), sounds[i], {0}};
        ck_assert(alone[i].classifier && both[i].classifier);
        listen_to(&alone[i]);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, listen_to, &both[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_mem_eq(&both[i].estimate, &alone[i].estimate, sizeof both[i].estimate);
        genre_classifier_free(alone[i].classifier);
        genre_classifier_free(both[i].classifier);
    }
    genre_model_free(model);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, capture_and_worker);
    tcase_add_test(tests, a_file_waits_for_its_reader);
    tcase_add_test(tests, two_of_one_model);
}
