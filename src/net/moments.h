/* Running mean and variance per dimension, shared by the layers norm and stats.
 *
 * Over the first `horizon` steps these are the exact moments of all that was heard; after that old
 * steps fade with that time constant, so that a stream may last for days:
 *
 *   a_t = 1 / min(t + prior, horizon)      d_t = x_t - m_(t-1)
 *   m_t = m_(t-1) + a_t d_t                v_t = (1 - a_t) (v_(t-1) + a_t d_t^2)
 *
 * `prior` steps of mean 0 and variance 1 are taken to have come before the first.
 */
#ifndef GENRE_NET_MOMENTS_H
#define GENRE_NET_MOMENTS_H

#include "net/layer.h"

enum { GENRE_DEFAULT_HORIZON = 387 }; /* steps: 30 s of frames of 77.5 ms */

typedef struct {
    int horizon; /* steps */
    int prior;   /* steps */
} GenreMoments;

/* Reads "horizon" (GENRE_DEFAULT_HORIZON) and "prior" (0). [set-up] */
GenreStatus genre_moments_configure(GenreMoments *moments, const json_t *options,
                                    GenreError *error);

/* State of n dimensions: means, variances, number of steps. */
static inline int genre_moments_n_state(int n) {
    return 2 * n + 1;
}
void genre_moments_reset(const GenreMoments *moments, int n, GenreReal *state);

/* Moves the state one step on with x (n); d (n) receives d_t. [real time] */
void genre_moments_push(const GenreMoments *moments, int n, GenreReal *state, const GenreReal *x,
                        GenreReal *d);

/* One step back, t counted from 0: with dm and dv (n) the gradients of m_t and v_t, adds to dx (n)
 * and makes dm and dv those of the step before. */
void genre_moments_pull(const GenreMoments *moments, int n, int t, const GenreReal *d,
                        GenreReal *dm, GenreReal *dv, GenreReal *dx);

#endif
