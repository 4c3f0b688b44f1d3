#include "base/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "app/progress.h"

struct Pool {
    int n_workers; /* besides the caller's thread */
    pthread_t *workers;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    void (*task)(void *context, int i);
    void *context;
    int n, next, n_running;
    bool quit;
};

/* Runs tasks until none is left. Called with the lock held. */
static void take_tasks(Pool *pool) {
    while (pool->next < pool->n) {
        const int i = pool->next++;
        pool->n_running++;
        pthread_mutex_unlock(&pool->lock);
        pool->task(pool->context, i);
        pthread_mutex_lock(&pool->lock);
        pool->n_running--;
    }
}

static void *work(void *argument) {
    Pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (!pool->quit) {
        take_tasks(pool);
        if (pool->n_running == 0)
            pthread_cond_signal(&pool->done);
        if (!pool->quit)
            pthread_cond_wait(&pool->work, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

Pool *pool_new(int n_threads) {
    Pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->workers = calloc((size_t)n_threads, sizeof *pool->workers);
    for (int i = 1; pool->workers && i < n_threads; i++)
        if (pthread_create(&pool->workers[pool->n_workers], NULL, work, pool) == 0)
            pool->n_workers++;
    if (!pool->workers) {
        pool_free(pool);
        return NULL;
    }
    return pool;
}

void pool_free(Pool *pool) {
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->n_workers; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

void pool_run(Pool *pool, int n, void (*task)(void *context, int i), void *context) {
    for (int i = 0; !pool && i < n; i++)
        task(context, i);
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->context = context;
    pool->n = n;
    pool->next = 0;
    pthread_cond_broadcast(&pool->work);
    take_tasks(pool);
    while (pool->n_running > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

/* Tasks that are counted. */
typedef struct {
    void (*task)(void *context, int i);
    void *context;
    int n, n_done;
    GenreProgress progress;
    pthread_mutex_t lock;
} Shown;

static void run_counted(void *context, int i) {
    Shown *shown = context;
    shown->task(shown->context, i);
    pthread_mutex_lock(&shown->lock);
    genre_progress_show(&shown->progress, (double)++shown->n_done / shown->n, NULL);
    pthread_mutex_unlock(&shown->lock);
}

void pool_run_shown(Pool *pool, int n, void (*task)(void *context, int i), void *context,
                    const char *doing) {
    Shown shown = {
        .task = task, .context = context, .n = n, .progress = genre_progress_start(doing)};
    pthread_mutex_init(&shown.lock, NULL);
    pool_run(pool, n, run_counted, &shown);
    pthread_mutex_destroy(&shown.lock);
    genre_progress_clear();
}
