#include "app/listener.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "status.h"

struct GenreListener {
    GenreClassifier *classifier;
    pthread_t thread;
    bool has_thread;
    atomic_bool stop;
};

/* Looks for work rather than waiting for a signal: ten milliseconds are nothing here. */
static void *run_thread(void *argument) {
    GenreListener *listener = argument;
    while (!atomic_load(&listener->stop))
        if (!genre_classifier_update(listener->classifier))
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return NULL;
}

static GenreStatus start_thread(GenreListener *listener, GenreError *error) {
    const GenreStatus status = genre_classifier_defer(listener->classifier, error);
    if (status != GENRE_SUCCESS)
        return status;
    const int failed = pthread_create(&listener->thread, NULL, run_thread, listener);
    if (failed)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "no thread for the network (%s)",
                          strerror(failed));
    listener->has_thread = true;
    return GENRE_SUCCESS;
}

GenreListener *genre_listener_new(const GenreModel *model, double rate_hz, int n_channels,
                                  const GenreSettings *settings, GenreError *error) {
    GenreListener *listener = calloc(1, sizeof *listener);
    if (!listener) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    listener->classifier = genre_classifier_new(model, rate_hz, n_channels, settings, error);
    if (!listener->classifier ||
        (!genre_model_is_causal(model) && start_thread(listener, error) != GENRE_SUCCESS)) {
        genre_listener_free(listener);
        return NULL;
    }
    return listener;
}

static void end_thread(GenreListener *listener) {
    atomic_store(&listener->stop, true);
    if (listener->has_thread)
        pthread_join(listener->thread, NULL);
    listener->has_thread = false;
}

void genre_listener_free(GenreListener *listener) {
    if (!listener)
        return;
    end_thread(listener);
    genre_classifier_free(listener->classifier);
    free(listener);
}

GenreClassifier *genre_listener_classifier(GenreListener *listener) {
    return listener->classifier;
}

void genre_listener_settle(GenreListener *listener) {
    end_thread(listener);
    while (genre_classifier_update(listener->classifier)) {
    }
}
