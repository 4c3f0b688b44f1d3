/* Runs a model's network, for one stream or for several at once: then each weight that is fetched
 * is used for all of them, and each stream's logits are, to the last bit, what it would get by
 * itself (see net/math.h).
 */
#ifndef GENRE_RUNNER_H
#define GENRE_RUNNER_H

#include "judge.h"

typedef struct {
    const GenreModel *model;
    const GenreMath *math;
    int n_streams; /* at once, at most */
    GenreTape *tape;
    GenreReal *x;       /* (T, n_streams, n_bands) what the network sees; NULL for one stream */
    GenreReal *picture; /* (T, n_bands) of one stream's window; NULL where the model is causal */
    GenreReal *state;   /* (n_streams, per layer) */
} GenreRunner;

/* Where it fails, what was made can be cleared. [set-up] */
GenreStatus genre_runner_init(GenreRunner *runner, const GenreModel *model, int n_streams,
                              GenreError *error);
void genre_runner_clear(GenreRunner *runner); /* all zero is fine */

/* The logits (n, n_out) of n streams, from 1 to n_streams, for what each is to see now; moves their
 * states on. Valid until the next call. [real time, with windows a worker's] */
const GenreReal *genre_runner_run(GenreRunner *runner, GenreJudge *const *judges, int n);

/* Makes the last estimate of a stream that ends at `time_s`, with `level_db`. [as _run] */
void genre_runner_finish(GenreRunner *runner, GenreJudge *judge, float level_db, double time_s);

#endif
