#include "net/moments.h"

#include <string.h>

GenreStatus genre_moments_configure(GenreMoments *moments, const json_t *options,
                                    GenreError *error) {
    const GenreStatus status = genre_option_int(options, "horizon", 1, 1000000,
                                                GENRE_DEFAULT_HORIZON, &moments->horizon, error);
    return status ? status
                  : genre_option_int(options, "prior", 0, 1000000, 0, &moments->prior, error);
}

void genre_moments_reset(const GenreMoments *moments, int n, GenreReal *state) {
    memset(state, 0, (size_t)genre_moments_n_state(n) * sizeof *state);
    for (int i = 0; moments->prior > 0 && i < n; i++)
        state[n + i] = 1;
}

static GenreReal share(const GenreMoments *moments, double steps) {
    const double all = steps + moments->prior;
    return (GenreReal)(1 / (all < moments->horizon ? all : moments->horizon));
}

void genre_moments_push(const GenreMoments *moments, int n, GenreReal *state, const GenreReal *x,
                        GenreReal *d) {
    GenreReal *restrict mean = state, *restrict variance = state + n, *steps = state + 2 * n;
    /* Stops counting where it no longer matters: a float could not count much further. */
    if (*steps < moments->horizon)
        *steps += 1;
    const GenreReal a = share(moments, *steps);
    for (int i = 0; i < n; i++) {
        d[i] = x[i] - mean[i];
        mean[i] += a * d[i];
        variance[i] = (1 - a) * (variance[i] + a * d[i] * d[i]);
    }
}

void genre_moments_pull(const GenreMoments *moments, int n, int t, const GenreReal *d,
                        GenreReal *dm, GenreReal *dv, GenreReal *dx) {
    const GenreReal a = share(moments, t + 1.0);
    for (int i = 0; i < n; i++) {
        const GenreReal dd = dm[i] * a + dv[i] * (1 - a) * 2 * a * d[i];
        dx[i] += dd;
        dm[i] -= dd;
        dv[i] *= 1 - a;
    }
}
