/* A few worker threads that share out numbered tasks. */
#ifndef GENRE_TRAIN_POOL_H
#define GENRE_TRAIN_POOL_H

typedef struct Pool Pool;

Pool *pool_new(int n_threads); /* the caller's thread is one of them; NULL: no thread to be had */
void pool_free(Pool *pool);

/* Calls task(context, i) for each i from 0 to n - 1, on any thread in any order; returns when all
 * are done. Results must not depend on who ran what. */
void pool_run(Pool *pool, int n, void (*task)(void *context, int i), void *context);

#endif
