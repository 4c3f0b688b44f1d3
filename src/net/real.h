/* The networks' number type. Float in everything that ships; the gradient tests compile the very
 * same files with GENRE_REAL_IS_DOUBLE, because central differences drown in float's rounding. */
#ifndef GENRE_NET_REAL_H
#define GENRE_NET_REAL_H

#include <stdint.h>

#ifdef GENRE_REAL_IS_DOUBLE
typedef double GenreReal;
#else
typedef float GenreReal;
#endif

/* Bytes of a cache line: vectors that lie across two of them take twice as long to load. */
enum { GENRE_LINE = 64 };

/* The first byte of a line in a block that is a line larger than wanted. */
static inline void *genre_line_in(void *block) {
    return (void *)(((uintptr_t)block + GENRE_LINE - 1) / GENRE_LINE * GENRE_LINE);
}

/* Before a loop each turn of which reads nothing that another writes, but in the same place: what
 * GCC cannot see where it may be the same array. Clang looks when the loop runs. */
#ifdef __clang__
#define GENRE_INDEPENDENT
#else
#define GENRE_INDEPENDENT _Pragma("GCC ivdep")
#endif

#endif
