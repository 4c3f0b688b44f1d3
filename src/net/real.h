/* The networks' number type. Float in everything that ships; the gradient tests compile the very
 * same files with GENRE_REAL_IS_DOUBLE, because central differences drown in float's rounding. */
#ifndef GENRE_NET_REAL_H
#define GENRE_NET_REAL_H

#ifdef GENRE_REAL_IS_DOUBLE
typedef double GenreReal;
#else
typedef float GenreReal;
#endif

#endif
