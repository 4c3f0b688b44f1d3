/* Small repeatable random numbers (PCG32: O'Neill, "PCG: A Family of Simple Fast Space-Efficient
 * Statistically Good Algorithms for Random Number Generation", 2014). Not for secrets. */
#ifndef GENRE_RNG_H
#define GENRE_RNG_H

#include <stdint.h>

typedef struct {
    uint64_t state, increment;
} GenreRng;

/* Equal `seed` and `stream` give equal sequences; different streams are independent. [any] */
GenreRng genre_rng(uint64_t seed, uint64_t stream);

uint32_t genre_rng_u32(GenreRng *rng);                   /* [real time] */
uint32_t genre_rng_below(GenreRng *rng, uint32_t limit); /* 0 to limit - 1. [real time] */
double genre_rng_uniform(GenreRng *rng);                 /* 0 <= x < 1. [real time] */
double genre_rng_between(GenreRng *rng, double low, double high);
double genre_rng_normal(GenreRng *rng); /* mean 0, deviation 1 */

#endif
