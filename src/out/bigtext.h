/* Text in letters three lines high, for terminals. */
#ifndef GENRE_OUT_BIGTEXT_H
#define GENRE_OUT_BIGTEXT_H

#include <stddef.h>

enum { GENRE_BIGTEXT_LINES = 3, GENRE_BIGTEXT_COLUMNS = 6 /* at most, for a letter and its gap */ };

/* Columns that `text` takes; 0 where it has characters other than a-z, A-Z, 0-9, '-', '_', ' '. */
int genre_bigtext_width(const char *text);

/* Line `line` (0 to 2) of `text`, drawn with UTF-8 block characters, into `out` of `size` bytes
 * (three for each column and one more are enough). */
void genre_bigtext_line(const char *text, int line, char *out, size_t size);

#endif
