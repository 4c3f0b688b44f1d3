#include "base/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

GenreStatus whole_file_write(const char *path, const char *text, GenreError *error) {
    char *partial = malloc(strlen(path) + sizeof ".partial");
    if (!partial)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    FILE *out = fopen(strcat(strcpy(partial, path), ".partial"), "w");
    const bool written = out && fputs(text, out) >= 0 && fflush(out) == 0;
    int reason = errno;
    GenreStatus status = GENRE_SUCCESS;
    if ((out && fclose(out) != 0) || !written || rename(partial, path) != 0) {
        if (written)
            reason = errno;
        status =
            genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written: %s", path, strerror(reason));
        if (out)
            remove(partial);
    }
    free(partial);
    return status;
}
