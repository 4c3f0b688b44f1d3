#include "base/path.h"

#include <stdio.h>

static char *join(const char *start, const char *between, const char *end) {
    char *path = NULL;
    return asprintf(&path, "%s%s%s", start, between, end) < 0 ? NULL : path;
}

char *path_in(const char *folder, const char *name) {
    return *name == '/' ? join("", "", name) : join(folder, "/", name);
}

char *path_with(const char *path, const char *ending) {
    return join(path, "", ending);
}
