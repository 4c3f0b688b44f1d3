/* The colours of pictures. */
#ifndef GENRE_TRAIN_COLOURS_H
#define GENRE_TRAIN_COLOURS_H

#include <stdint.h>

enum { N_COLOURS = 256 };

/* Fills `map` with colours as 0xffRRGGBB, from dark violet over teal to light yellow. Lightness
 * rises evenly, so that the map reads the same in grey and to those who do not tell red from
 * green. */
void colours_fill(uint32_t map[N_COLOURS]);

#endif
