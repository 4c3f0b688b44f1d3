/* What programs ask the machine. */
#ifndef GENRE_MACHINE_H
#define GENRE_MACHINE_H

/* Seconds on a clock that only moves forward. [any] */
double genre_now_s(void);

/* Processors that this process may use, at least 1. [any] */
int genre_n_processors(void);

#endif
