#include "clips/csv.h"

#include <string.h>

char csv_separator(const char *text) {
    static const char candidates[] = ",;\t";
    size_t most = 0, n[sizeof candidates] = {0};
    for (const char *c = text; *c && *c != '\r' && *c != '\n'; c++) {
        const char *found = strchr(candidates, *c);
        n[found ? (size_t)(found - candidates) : sizeof candidates - 1]++;
    }
    for (size_t i = 1; i < sizeof candidates - 1; i++)
        most = n[i] > n[most] ? i : most;
    return candidates[most];
}

/* One field, unquoted in place; *cursor moves to the character that ends it. NULL where its quote
 * is not closed. */
static char *field(char **cursor, char separator) {
    const char ends[] = {separator, '\r', '\n', '\0'};
    char *in = *cursor, *start = in, *out = in;
    if (*in == '"') {
        for (in++; *in && !(*in == '"' && in[1] != '"'); in++) {
            if (*in == '"')
                in++;
            *out++ = *in;
        }
        *cursor = in;
        if (!*in)
            return NULL;
        in++;
    }
    while (*in && !strchr(ends, *in))
        *out++ = *in++;
    *cursor = in;
    /* `out` is at or before the end mark, which the caller still has to see: it reads it first. */
    if (out < in)
        *out = '\0';
    return start;
}

int csv_record(char **cursor, char separator, char *fields[CSV_MAX_FIELDS]) {
    int n = 0;
    while (**cursor == '\r' || **cursor == '\n')
        ++*cursor;
    if (!**cursor)
        return 0;
    for (;;) {
        if (n == CSV_MAX_FIELDS)
            return -1;
        fields[n] = field(cursor, separator);
        if (!fields[n++])
            return -2;
        char *const mark = *cursor;
        const char end = *mark;
        *mark = '\0';
        if (!end)
            return n;
        *cursor = mark + 1;
        if (end != separator)
            return n;
    }
}
