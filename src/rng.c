#include "rng.h"

#include <math.h>

GenreRng genre_rng(uint64_t seed, uint64_t stream) {
    GenreRng rng = {0, stream << 1 | 1};
    genre_rng_u32(&rng);
    rng.state += seed;
    genre_rng_u32(&rng);
    return rng;
}

uint32_t genre_rng_u32(GenreRng *rng) {
    const uint64_t old = rng->state;
    rng->state = old * 6364136223846793005u + rng->increment;
    const uint32_t shifted = (uint32_t)(((old >> 18) ^ old) >> 27);
    const uint32_t turn = (uint32_t)(old >> 59);
    return shifted >> turn | shifted << (-turn & 31);
}

uint32_t genre_rng_below(GenreRng *rng, uint32_t limit) {
    return (uint32_t)((uint64_t)genre_rng_u32(rng) * limit >> 32);
}

double genre_rng_uniform(GenreRng *rng) {
    return genre_rng_u32(rng) * 0x1p-32;
}

double genre_rng_between(GenreRng *rng, double low, double high) {
    return low + (high - low) * genre_rng_uniform(rng);
}

double genre_rng_normal(GenreRng *rng) {
    const double radius = sqrt(-2 * log(1 - genre_rng_uniform(rng)));
    return radius * cos(2 * 3.14159265358979323846 * genre_rng_uniform(rng));
}
