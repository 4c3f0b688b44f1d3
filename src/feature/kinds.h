/* Every kind of feature there is: the table that features are found in by name. */
#ifndef GENRE_FEATURE_KINDS_H
#define GENRE_FEATURE_KINDS_H

#include "feature/feature.h"

/* One line per kind, each in a file of its own that defines genre_feature_NAME (mel.c: logmel). */
#define GENRE_FEATURE_KINDS(KIND)                                                                  \
    KIND(chroma)                                                                                   \
    KIND(contrast)                                                                                 \
    KIND(joined)                                                                                   \
    KIND(logmel)                                                                                   \
    KIND(mfcc)                                                                                     \
    KIND(onset)

#define GENRE_DECLARE_FEATURE(name) extern const GenreFeatureKind genre_feature_##name;
GENRE_FEATURE_KINDS(GENRE_DECLARE_FEATURE)

/* The kind that the member "kind" of `description` names; NULL where there is none such.
 * [set-up] */
const GenreFeatureKind *genre_feature_kind(const json_t *description, GenreError *error);

#endif
