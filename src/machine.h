/* What programs ask the machine. */
#ifndef GENRE_MACHINE_H
#define GENRE_MACHINE_H

#include <stddef.h>

/* Seconds on a clock that only moves forward. [any] */
double genre_now_s(void);

/* Processors that this process may use, at least 1. [any] */
int genre_n_processors(void);

/* Has memory that is about to be written for the first time brought in by one call, instead of a
 * fault for each of its pages: a hint. [set-up] */
void genre_expect_writes(void *memory, size_t n_bytes);

#endif
