/* A few worker threads that share out numbered tasks. */
#ifndef GENRE_TRAIN_POOL_H
#define GENRE_TRAIN_POOL_H

typedef struct Pool Pool;

/* The caller's thread is one of them. NULL: out of memory; then the caller's does all. */
Pool *pool_new(int n_threads);
void pool_free(Pool *pool);

/* Calls task(context, i) for each i from 0 to n - 1, on any thread in any order; returns when all
 * are done. Results must not depend on who ran what. */
void pool_run(Pool *pool, int n, void (*task)(void *context, int i), void *context);

/* The same behind a progress bar that says what is being done: `doing`, as "listening". */
void pool_run_shown(Pool *pool, int n, void (*task)(void *context, int i), void *context,
                    const char *doing);

#endif
