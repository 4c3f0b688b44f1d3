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

GenreStatus genre_fail(GenreError *error, GenreStatus status, const char *format, ...) {
    if (error) {
        va_list args;
        error->status = status;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
    }
    return status;
}
