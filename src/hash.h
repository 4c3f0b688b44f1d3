/* FNV-1a, 64 bits (Fowler, Noll and Vo): tells names and contents apart, and catches damage, not
 * malice. */
#ifndef GENRE_HASH_H
#define GENRE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define GENRE_HASH_EMPTY UINT64_C(14695981039346656037)

/* Goes on from `hash` over n bytes. A text with the zero that ends it keeps "ab", "c" from "a",
 * "bc". [any] */
static inline uint64_t genre_hash(uint64_t hash, const void *bytes, size_t n) {
    const unsigned char *in = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ in[i]) * UINT64_C(1099511628211);
    return hash;
}

#endif
