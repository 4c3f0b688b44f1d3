#include "net/math.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

#define ENTRY(name) &genre_math_##name,
static const GenreMath *const kernels[] = {GENRE_KERNELS(ENTRY)};
enum { N_KERNELS = sizeof kernels / sizeof *kernels };

const GenreMath *genre_math_at(int index) {
    for (int i = 0; i < N_KERNELS; i++)
        if ((!kernels[i]->runs_here || kernels[i]->runs_here()) && index-- == 0)
            return kernels[i];
    return NULL;
}

const GenreMath *genre_math_choose(GenreError *error) {
    const char *wanted = getenv("GENRECAST_KERNELS");
    char known[80] = "";
    if (!wanted || !*wanted)
        return genre_math_at(0);
    const GenreMath *math;
    for (int i = 0; (math = genre_math_at(i)); i++) {
        if (strcmp(math->name, wanted) == 0)
            return math;
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "",
                 math->name);
    }
    genre_fail(error, GENRE_ERR_UNSUPPORTED,
               "GENRECAST_KERNELS is \"%.40s\", but this machine has %s", wanted, known);
    return NULL;
}
