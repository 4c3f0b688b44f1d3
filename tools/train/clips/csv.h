/* CSV as RFC 4180 describes it: quotes, doubled quotes, line breaks inside quotes. */
#ifndef GENRE_TRAIN_CSV_H
#define GENRE_TRAIN_CSV_H

#include <stddef.h>

enum { CSV_MAX_FIELDS = 64 };

/* What a record's fields stand between: of comma, semicolon and tab the one that is there most
 * often in the first line of `text`. Spreadsheets write what their country writes. */
char csv_separator(const char *text);

/* Splits the record at *cursor into fields, in place (the text is overwritten), and moves *cursor
 * behind it. Returns the number of fields, 0 at the end, -1 for more than CSV_MAX_FIELDS, -2 for a
 * quote that the text ends in. */
int csv_record(char **cursor, char separator, char *fields[CSV_MAX_FIELDS]);

#endif
