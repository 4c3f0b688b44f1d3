#include "csv.h"

#include <string.h>

/* One field, unquoted in place; *cursor moves to the character that ends it. */
static char *field(char **cursor) {
    char *in = *cursor, *start = in, *out = in;
    if (*in == '"') {
        for (in++; *in && !(*in == '"' && in[1] != '"'); in++) {
            if (*in == '"')
                in++;
            *out++ = *in;
        }
        if (*in)
            in++;
    }
    while (*in && !strchr(",\r\n", *in))
        *out++ = *in++;
    *cursor = in;
    /* `out` is at or before the end mark, which the caller still has to see: it reads it first. */
    if (out < in)
        *out = '\0';
    return start;
}

int csv_record(char **cursor, char *fields[CSV_MAX_FIELDS]) {
    int n = 0;
    while (**cursor == '\r' || **cursor == '\n')
        ++*cursor;
    if (!**cursor)
        return 0;
    for (;;) {
        if (n == CSV_MAX_FIELDS)
            return -1;
        fields[n++] = field(cursor);
        char *const mark = *cursor;
        const char end = *mark;
        *mark = '\0';
        if (!end)
            return n;
        *cursor = mark + 1;
        if (end != ',')
            return n;
    }
}
