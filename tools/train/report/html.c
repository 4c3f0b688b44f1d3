#include "report/html.h"

#include <stdlib.h>

#include "out/text.h"

void html_text(FILE *out, const char *text) {
    char *clean = text ? genre_text_printable(text) : NULL;
    for (const char *c = clean; c && *c; c++) {
        switch (*c) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*c, out);
        }
    }
    free(clean);
}
