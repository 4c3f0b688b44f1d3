/* Text that came from elsewhere (file names, device names), made fit to be shown. */
#ifndef GENRE_OUT_TEXT_H
#define GENRE_OUT_TEXT_H

/* A copy of `text` in which every byte that is no part of valid UTF-8 has become U+FFFD; free() it.
 * NULL: out of memory. Any thread. */
char *genre_text_utf8(const char *text);

/* The same with control characters replaced too: printed on a terminal it neither breaks the line
 * nor sends an escape sequence. Any thread. */
char *genre_text_printable(const char *text);

#endif
