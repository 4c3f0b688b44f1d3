/* The feature kind "joined": several kinds end to end in one frame, of one and the same spectrum.
 * Its one parameter "parts" is a list of descriptions with a "kind" and the options of that kind;
 * what all kinds have in common (rate_hz, n_fft, hop, mean_hops) stands outside, once.
 *
 * Each kind may be there once only and "joined" not at all: that bounds what a frame can be made
 * to cost.
 */
#include <stdio.h>
#include <stdlib.h>

#include "feature/kinds.h"
#include "status.h"

enum { MAX_PARTS = 8 };

typedef struct {
    const GenreFeatureKind *kind;
    void *self;
    int size;
} Part;

typedef struct {
    int n_parts;
    Part parts[MAX_PARTS];
} Joined;

static void joined_free(void *self) {
    Joined *joined = self;
    for (int i = 0; joined && i < joined->n_parts; i++)
        joined->parts[i].kind->free(joined->parts[i].self);
    free(joined);
}

/* Adds one part; NULL on failure. */
static void *add_part(Joined *joined, const GenreFeatureSpec *spec, const json_t *description,
                      GenreError *error) {
    char known[128];
    const GenreFeatureKind *kind = genre_feature_kind(description, error);
    if (!kind)
        return NULL;
    bool again = kind == &genre_feature_joined;
    for (int i = 0; i < joined->n_parts; i++)
        again |= joined->parts[i].kind == kind;
    if (again) {
        genre_fail(error, GENRE_ERR_FORMAT, "feature: \"%s\" cannot be joined %s", kind->name,
                   kind == &genre_feature_joined ? "itself" : "twice");
        return NULL;
    }
    snprintf(known, sizeof known, "kind %s", kind->options);
    if (genre_options_known(description, kind->name, known, error))
        return NULL;
    Part *part = &joined->parts[joined->n_parts];
    part->kind = kind;
    part->self = kind->new (spec, description, &part->size, error);
    joined->n_parts += part->self != NULL;
    return part->self;
}

static void *joined_new(const GenreFeatureSpec *spec, const json_t *options, int *size,
                        GenreError *error) {
    const json_t *parts = json_object_get(options, "parts");
    const size_t n = json_array_size(parts); /* 0 where it is no list */
    if (n < 1 || n > MAX_PARTS) {
        genre_fail(error, GENRE_ERR_FORMAT, "feature: \"parts\" is not a list of 1 to %d kinds",
                   MAX_PARTS);
        return NULL;
    }
    Joined *joined = calloc(1, sizeof *joined);
    if (!joined) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        if (!add_part(joined, spec, json_array_get(parts, i), error)) {
            joined_free(joined);
            return NULL;
        }
        *size += joined->parts[i].size;
    }
    return joined;
}

static void joined_reset(void *self) {
    Joined *joined = self;
    for (int i = 0; i < joined->n_parts; i++)
        if (joined->parts[i].kind->reset)
            joined->parts[i].kind->reset(joined->parts[i].self);
}

static void joined_compute(void *self, const float *power, float *out) {
    Joined *joined = self;
    for (int i = 0; i < joined->n_parts; i++) {
        joined->parts[i].kind->compute(joined->parts[i].self, power, out);
        out += joined->parts[i].size;
    }
}

static bool joined_from_mel(void *self, const GenreMelFrame *mel, float *out) {
    Joined *joined = self;
    for (int i = 0; i < joined->n_parts; i++) {
        const Part *part = &joined->parts[i];
        if (!part->kind->from_mel || !part->kind->from_mel(part->self, mel, out))
            return false;
        out += part->size;
    }
    return true;
}

const GenreFeatureKind genre_feature_joined = {
    .name = "joined",
    .options = "parts",
    .new = joined_new,
    .free = joined_free,
    .reset = joined_reset,
    .compute = joined_compute,
    .from_mel = joined_from_mel,
};
