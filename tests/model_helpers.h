/* Small model files for tests, built in memory, whole or broken on purpose. */
#ifndef GENRE_TESTS_MODEL_HELPERS_H
#define GENRE_TESTS_MODEL_HELPERS_H

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "genrecast.h"
#include "run.h"

/* What the small model's tensors take: weight (2, 4) and bias (2). */
enum { SMALL_WEIGHTS = 10, SMALL_DATA = SMALL_WEIGHTS * 4 };

/* The header of the smallest sensible model: four bands, one layer, two labels. */
static inline json_t *small_header(void) {
    json_t *header = json_pack(
        "{s{ss ss ss ss ss ss} s{ss s[ii] s[ii]} s{ss s[i] s[ii]}}", "__metadata__", "format",
        "genrecast", "format_version", "1", "causal", "true", "feature",
        "{\"kind\": \"logmel\", \"rate_hz\": 8000, \"n_fft\": 64, \"hop\": 64, \"bands\": 4}",
        "layers", "[{\"kind\": \"dense\", \"units\": 2}]", "labels", "[\"noise\", \"music\"]",
        "dense0.weight", "dtype", "F32", "shape", 2, 4, "data_offsets", 0, 32, "dense0.bias",
        "dtype", "F32", "shape", 2, "data_offsets", 32, 40);
    ck_assert_ptr_nonnull(header);
    return header;
}

/* A file with this header text and n bytes of data; free() it. */
static inline unsigned char *encode_text(const char *header, const void *data, size_t n,
                                         size_t *size) {
    const uint64_t n_header = strlen(header);
    unsigned char *bytes = malloc(8 + n_header + n + 1);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(n_header >> (8 * i));
    memcpy(bytes + 8, header, n_header);
    if (n > 0)
        memcpy(bytes + 8 + n_header, data, n);
    *size = 8 + n_header + n;
    return bytes;
}

/* The same from a header as JSON, which is freed, with the small model's weights. */
static inline unsigned char *encode(json_t *header, size_t *size) {
    static const float weights[SMALL_WEIGHTS] = {.1f, .2f, .3f, .4f, -.1f, -.2f, -.3f, -.4f, 1, -1};
    char *text = json_dumps(header, JSON_COMPACT);
    unsigned char *bytes = encode_text(text, weights, sizeof weights, size);
    free(text);
    json_decref(header);
    return bytes;
}

/* An error must be one sentence, fit to show as it is. */
static inline void check_sentence(const GenreError *error) {
    const size_t n = strlen(error->text);
    REQUIRE(error->status != GENRE_SUCCESS, "failed with the status of success");
    REQUIRE(n > 5 && n < sizeof error->text, "\"%s\" is no sentence", error->text);
    REQUIRE(error->text[n - 1] != '.' && error->text[n - 1] != ' ', "\"%s\" ends badly",
            error->text);
    for (size_t i = 0; i < n; i++)
        REQUIRE((unsigned char)error->text[i] >= ' ' && error->text[i] != 0x7f,
                "\"%s\" has a control character", error->text);
}

#endif
