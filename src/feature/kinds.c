#include "feature/kinds.h"

#include <string.h>

#include "status.h"

#define ENTRY(name) &genre_feature_##name,
static const GenreFeatureKind *const kinds[] = {GENRE_FEATURE_KINDS(ENTRY)};

const GenreFeatureKind *genre_feature_kind(const json_t *description, GenreError *error) {
    const char *name = json_string_value(json_object_get(description, "kind"));
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    genre_fail(error, GENRE_ERR_UNSUPPORTED, "there is no feature kind \"%.40s\"",
               name ? name : "");
    return NULL;
}
