#include "status.h"

#include <stdarg.h>
#include <stdio.h>

const char *genre_strerror(GenreStatus status) {
    switch (status) {
    case GENRE_SUCCESS:
        return "success";
    case GENRE_ERR_NO_MEMORY:
        return "out of memory";
    case GENRE_ERR_BAD_ARG:
        return "bad argument";
    case GENRE_ERR_OPEN:
        return "cannot be opened";
    case GENRE_ERR_READ:
        return "cannot be read";
    case GENRE_ERR_WRITE:
        return "cannot be written";
    case GENRE_ERR_FORMAT:
        return "malformed data";
    case GENRE_ERR_UNSUPPORTED:
        return "not supported";
    case GENRE_ERR_DEVICE:
        return "audio device missing or lost";
    }
    return "unknown error";
}

const char *genre_version(void) {
    return GENRE_VERSION;
}

/* Length of the well-formed UTF-8 character at `s` that is fit to print, 0 where there is none. */
static int printable(const unsigned char *s) {
    if (s[0] >= 0x20 && s[0] < 0x7f)
        return 1;
    const int n = s[0] >= 0xc2 && s[0] < 0xe0   ? 2
                  : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                  : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    /* U+0080 to U+009F are control characters too. */
    return s[0] == 0xc2 && s[1] < 0xa0 ? 0 : n;
}

/* What a sentence quotes may come from a hostile file: line breaks and terminal commands in it,
 * and characters that were cut in half, become question marks. */
static void clean(char *text) {
    for (unsigned char *s = (unsigned char *)text; *s;) {
        const int n = printable(s);
        if (n == 0)
            *s = '?';
        s += n ? n : 1;
    }
}

GenreStatus genre_fail(GenreError *error, GenreStatus status, const char *format, ...) {
    if (error) {
        va_list args;
        error->status = status;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
        clean(error->text);
    }
    return status;
}
