/* Text in HTML and SVG. */
#ifndef GENRE_TRAIN_HTML_H
#define GENRE_TRAIN_HTML_H

#include <stdio.h>

/* Writes text, from whoever it may come, so that it is text in HTML, in SVG and in an attribute's
 * quotes: what means something there is escaped; control characters and bytes that are not UTF-8
 * become U+FFFD. NULL writes nothing. */
void html_text(FILE *out, const char *text);

#endif
