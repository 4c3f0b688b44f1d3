/* Running out of memory: each allocation that loading a model, making a classifier or a feature
 * takes is made to fail in turn. The call must fail with a sentence, and give back all that it had
 * taken.
 *
 * The linker puts the __wrap_ functions in the place of the real ones (see meson.build) in our own
 * code. The insides of KissFFT, Speex, soxr and jansson are not ours to test (jansson 2.14 itself
 * crashes where its parser's buffer cannot grow), so of them the functions that allocate fail as a
 * whole.
 */
#include <jansson.h>
#include <kiss_fft.h>
#include <soxr.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>

#include "feature/feature.h"
#include "model_helpers.h"

extern const unsigned char genre_default_model_bytes[];
extern const size_t genre_default_model_size;

static long n_until_failure = -1; /* -1: nothing fails */
static bool keeps_failing, has_failed;
static long n_live; /* allocated and not yet freed */

static bool fails_now(void) {
    if (n_until_failure < 0)
        return false;
    if (n_until_failure > 0) {
        n_until_failure--;
        return false;
    }
    if (!keeps_failing)
        n_until_failure = -1;
    return has_failed = true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
kiss_fft_cfg __real_kiss_fft_alloc(int n, int inverse, void *memory, size_t *size);
SpeexResamplerState *__real_speex_resampler_init(spx_uint32_t n_channels, spx_uint32_t in_hz,
                                                 spx_uint32_t out_hz, int quality, int *error);
soxr_t __real_soxr_create(double in_hz, double out_hz, unsigned n_channels, soxr_error_t *error,
                          const soxr_io_spec_t *io, const soxr_quality_spec_t *quality,
                          const soxr_runtime_spec_t *runtime);
json_t *__real_json_loads(const char *text, size_t flags, json_error_t *error);
json_t *__real_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *__real_json_deep_copy(const json_t *json);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);
kiss_fft_cfg __wrap_kiss_fft_alloc(int n, int inverse, void *memory, size_t *size);
SpeexResamplerState *__wrap_speex_resampler_init(spx_uint32_t n_channels, spx_uint32_t in_hz,
                                                 spx_uint32_t out_hz, int quality, int *error);
soxr_t __wrap_soxr_create(double in_hz, double out_hz, unsigned n_channels, soxr_error_t *error,
                          const soxr_io_spec_t *io, const soxr_quality_spec_t *quality,
                          const soxr_runtime_spec_t *runtime);
json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *__wrap_json_deep_copy(const json_t *json);

static void *count(void *block) {
    n_live += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size) {
    return fails_now() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size) {
    return fails_now() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size) {
    if (fails_now())
        return NULL;
    n_live -= old != NULL;
    return count(__real_realloc(old, size));
}

char *__wrap_strdup(const char *text) {
    return fails_now() ? NULL : count(__real_strdup(text));
}

void __wrap_free(void *block) {
    n_live -= block != NULL;
    __real_free(block);
}

kiss_fft_cfg __wrap_kiss_fft_alloc(int n, int inverse, void *memory, size_t *size) {
    /* count: it is freed with free(). */
    return fails_now() ? NULL : count(__real_kiss_fft_alloc(n, inverse, memory, size));
}

SpeexResamplerState *__wrap_speex_resampler_init(spx_uint32_t n_channels, spx_uint32_t in_hz,
                                                 spx_uint32_t out_hz, int quality, int *error) {
    if (!fails_now())
        return __real_speex_resampler_init(n_channels, in_hz, out_hz, quality, error);
    *error = RESAMPLER_ERR_ALLOC_FAILED;
    return NULL;
}

soxr_t __wrap_soxr_create(double in_hz, double out_hz, unsigned n_channels, soxr_error_t *error,
                          const soxr_io_spec_t *io, const soxr_quality_spec_t *quality,
                          const soxr_runtime_spec_t *runtime) {
    return fails_now() ? NULL
                       : __real_soxr_create(in_hz, out_hz, n_channels, error, io, quality, runtime);
}

json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error) {
    *error = (json_error_t){0};
    return fails_now() ? NULL : __real_json_loads(text, flags, error);
}

json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error) {
    *error = (json_error_t){0};
    return fails_now() ? NULL : __real_json_loadb(text, size, flags, error);
}

json_t *__wrap_json_deep_copy(const json_t *json) {
    return fails_now() ? NULL : __real_json_deep_copy(json);
}

static void *count_malloc(size_t size) {
    return count(__real_malloc(size));
}

/* So that what jansson holds is counted, too. */
static void count_in_jansson(void) {
    json_set_alloc_funcs(count_malloc, __wrap_free);
}

/* Fails the k-th allocation of loading `bytes`, making a classifier at `rate_hz` and dividing its
 * work, then a group of three; true where there was none left to fail. */
static bool survive(const void *bytes, size_t size, double rate_hz, long k, bool all_after) {
    const long before = n_live;
    GenreError error = {0};
    GenreClassifier *classifier = NULL;
    GenreGroup *group = NULL;
    n_until_failure = k;
    keeps_failing = all_after;
    has_failed = false;
    GenreModel *model = genre_model_parse(bytes, size, &error);
    if (model)
        classifier = genre_classifier_new(model, rate_hz, 2, NULL, &error);
    if (classifier && genre_classifier_defer(classifier, &error) != GENRE_SUCCESS) {
        genre_classifier_free(classifier);
        classifier = NULL;
    }
    if (classifier)
        group = genre_group_new(model, 3, rate_hz, 2, NULL, &error);
    const bool all_done = !has_failed;
    n_until_failure = -1;
    REQUIRE(all_done == (group != NULL), "allocation %ld failed unnoticed", k);
    if (!group) {
        check_sentence(&error);
        REQUIRE(error.status == GENRE_ERR_NO_MEMORY, "allocation %ld: \"%s\"", k, error.text);
    }
    genre_group_free(group);
    genre_classifier_free(classifier);
    genre_model_free(model);
    REQUIRE(n_live == before, "allocation %ld: %ld blocks are lost", k, n_live - before);
    return all_done;
}

static void survive_all(const void *bytes, size_t size, double rate_hz) {
    for (int all_after = 0; all_after < 2; all_after++) {
        long k = 0;
        while (!survive(bytes, size, rate_hz, k, all_after))
            k++;
        ck_assert_int_gt(k, 20);
    }
}

START_TEST(the_small_model) {
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    survive_all(bytes, size, 44100);
    survive_all(bytes, size, 47999);
    free(bytes);
}
END_TEST

START_TEST(a_model_of_windows) {
    json_t *header = small_header();
    json_t *metadata = json_object_get(header, "__metadata__");
    size_t size;
    json_object_set_new(metadata, "causal", json_string("false"));
    json_object_set_new(metadata, "window_frames", json_string("10"));
    json_object_set_new(metadata, "layers",
                        json_string("[{\"kind\": \"elu\", \"name\": \"a\"},"
                                    " {\"kind\": \"maxpool\", \"kernel_time\": 2, \"name\": \"b\"},"
                                    " {\"kind\": \"noise\", \"deviation\": 1, \"name\": \"c\"},"
                                    " {\"kind\": \"pool_time\", \"name\": \"d\"},"
                                    " {\"kind\": \"dense\", \"units\": 2, \"name\": \"dense0\"}]"));
    unsigned char *bytes = encode(header, &size);
    survive_all(bytes, size, 44100);
    free(bytes);
}
END_TEST

START_TEST(a_model_of_8_bits) {
    static const float bias_and_scale[4] = {1, -1, 0.1f, 0.2f};
    unsigned char data[24] = {0};
    json_t *header = small_header();
    size_t size;
    json_object_set_new(
        header, "dense0.weight",
        json_pack("{ss s[ii] s[ii]}", "dtype", "I8", "shape", 2, 4, "data_offsets", 16, 24));
    json_object_set_new(
        header, "dense0.bias",
        json_pack("{ss s[i] s[ii]}", "dtype", "F32", "shape", 2, "data_offsets", 0, 8));
    json_object_set_new(
        header, "dense0.weight.scale",
        json_pack("{ss s[i] s[ii]}", "dtype", "F32", "shape", 2, "data_offsets", 8, 16));
    memcpy(data, bias_and_scale, sizeof bias_and_scale);
    char *text = json_dumps(header, JSON_COMPACT);
    unsigned char *bytes = encode_text(text, data, sizeof data, &size);
    survive_all(bytes, size, 44100);
    json_decref(header);
    free(text);
    free(bytes);
}
END_TEST

START_TEST(the_default_model) {
    survive_all(genre_default_model_bytes, genre_default_model_size, 48000);
}
END_TEST

/* The k-th allocation of making each kind of feature, and one beside it. */
START_TEST(every_feature) {
    static const char *const descriptions[] = {
        "{\"kind\": \"logmel\"}",
        "{\"kind\": \"mfcc\"}",
        "{\"kind\": \"chroma\"}",
        "{\"kind\": \"contrast\"}",
        "{\"kind\": \"onset\"}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"mfcc\"}, {\"kind\": \"contrast\"}]}"};
    json_t *json = __real_json_loads(descriptions[_i], 0, NULL);
    const long before = n_live;
    for (long k = 0; true; k++) {
        GenreError error = {0};
        n_until_failure = k;
        keeps_failing = has_failed = false;
        GenreFeature *feature = genre_feature_new(json, &error), *beside = NULL;
        if (feature)
            beside = genre_feature_new_beside(feature, json, _i % 2, &error);
        n_until_failure = -1;
        ck_assert(has_failed == (beside == NULL));
        genre_feature_free(beside);
        genre_feature_free(feature);
        REQUIRE(n_live == before, "allocation %ld: %ld blocks are lost", k, n_live - before);
        if (!has_failed)
            break;
        check_sentence(&error);
        ck_assert_int_eq(error.status, GENRE_ERR_NO_MEMORY);
    }
    json_decref(json);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_unchecked_fixture(tests, count_in_jansson, NULL);
    tcase_add_loop_test(tests, every_feature, 0, 6);
    tcase_add_test(tests, the_small_model);
    tcase_add_test(tests, a_model_of_windows);
    tcase_add_test(tests, a_model_of_8_bits);
    tcase_add_test(tests, the_default_model);
}
