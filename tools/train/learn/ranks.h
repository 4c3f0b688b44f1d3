/* The processes, ranks, that a training is shared by: those that mpirun starts, or this one alone.
 *
 * All of them go through the same steps and decide the same. Rank 0 keeps what is but once: it
 * moves the weights, reads and writes the files, and speaks; the others' standard output and error
 * lead nowhere. What may go wrong on one of them is agreed on before any goes on, so that none
 * waits for one that has stopped. One that dies takes all with it, which mpirun sees to.
 *
 * Without MPI (ranks_none.c), or not started by mpirun, there is one rank and all of this is free.
 * Only the main thread may call these.
 */
#ifndef GENRE_TRAIN_RANKS_H
#define GENRE_TRAIN_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "genrecast.h"

/* Joins the other ranks, once per process. */
GenreStatus ranks_begin(GenreError *error);

/* Leaves them, having waited for all. Returns the exit code: rank 0's is `code`, and that of others
 * says that all is well, as rank 0 tells what is not. */
int ranks_end(int code);

int ranks_count(void);
int ranks_index(void); /* this one's, from 0 */

/* Processors that this rank may use by itself: those of its machine, divided among the ranks there,
 * or fewer where mpirun has bound it to some. At least 1. */
int ranks_processors(void);

/* The same bytes for all: rank 0's, or those that come from it. */
void ranks_share(void *data, size_t size);

/* From one rank to another, where the one sends as much as the other receives. */
void ranks_send(int to, const void *data, size_t size);
void ranks_receive(int from, void *data, size_t size);

/* Whether it is so on any rank. Leaves the processor to others while it waits, as ranks_agree. */
bool ranks_any(bool here);

/* The first rank's failure in the place of a success of any other, for all of them: `status` is how
 * it went here, and `error` says why where it failed. */
GenreStatus ranks_agree(GenreStatus status, GenreError *error);

#endif
