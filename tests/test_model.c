/* Reading models as hostile data: whatever is wrong with a file is refused with one sentence. */
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "model/safetensors.h"
#include "model_helpers.h"
#include "status.h"

extern const unsigned char genre_default_model_bytes[];
extern const size_t genre_default_model_size;

/* The bytes are copied to a block of exactly their size, so that a sanitizer sees what reads on. */
static GenreModel *parse(const void *bytes, size_t size, GenreError *error) {
    unsigned char *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    *error = (GenreError){0};
    GenreModel *model = genre_model_parse(exact, size, error);
    free(exact);
    if (!model)
        check_sentence(error);
    return model;
}

static void check_refused(const void *bytes, size_t size, const char *why) {
    GenreError error;
    GenreModel *model = parse(bytes, size, &error);
    REQUIRE(model == NULL, "accepted in spite of: %s", why);
    REQUIRE(strstr(error.text, why) != NULL, "\"%s\" does not say \"%s\"", error.text, why);
}

START_TEST(the_small_model_is_read) {
    size_t size;
    GenreError error;
    unsigned char *bytes = encode(small_header(), &size);
    GenreModel *model = parse(bytes, size, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_int_eq(genre_model_n_labels(model), 2);
    ck_assert_str_eq(genre_model_label(model, 1), "music");
    ck_assert_ptr_null(genre_model_label(model, 2));
    ck_assert_ptr_null(genre_model_label(model, -1));
    ck_assert_uint_eq(genre_model_n_weights(model), SMALL_WEIGHTS);
    ck_assert_str_eq(genre_model_metadata(model, "causal"), "true");
    ck_assert_ptr_null(genre_model_metadata(model, "training"));
    genre_model_free(model);
    genre_model_free(NULL);
    free(bytes);
}
END_TEST

START_TEST(written_and_read_it_is_the_same) {
    GenreError error;
    char path[] = "/tmp/genrecast-test-XXXXXX", again[64];
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    snprintf(again, sizeof again, "%s.again", path);
    GenreModel *model = genre_model_default(&error);
    ck_assert_msg(model != NULL, "%s", error.text);
    json_t *extra = json_pack("{ss}", "training", "{\"seed\": 7}");
    ck_assert_int_eq(genre_model_save(model, extra, path, &error), GENRE_SUCCESS);
    GenreModel *copy = genre_model_load(path, &error);
    ck_assert_msg(copy != NULL, "%s", error.text);
    ck_assert_uint_eq(copy->net->n_weights, model->net->n_weights);
    ck_assert_mem_eq(copy->net->weights, model->net->weights,
                     model->net->n_weights * sizeof *model->net->weights);
    ck_assert_int_eq(copy->n_labels, model->n_labels);
    for (int i = 0; i < model->n_labels; i++)
        ck_assert_str_eq(copy->labels[i], model->labels[i]);
    ck_assert_mem_eq(&copy->calibration, &model->calibration, sizeof copy->calibration);
    ck_assert_str_eq(genre_model_metadata(copy, "training"), "{\"seed\": 7}");
    ck_assert_int_eq(genre_model_save(copy, NULL, again, &error), GENRE_SUCCESS);
    size_t n, m;
    void *first = genre_read_file(path, 1 << 28, &n, &error);
    void *second = genre_read_file(again, 1 << 28, &m, &error);
    ck_assert_uint_eq(n, m);
    ck_assert_mem_eq(first, second, n);
    json_decref(extra);
    free(first);
    free(second);
    genre_model_free(model);
    genre_model_free(copy);
    remove(path);
    remove(again);
}
END_TEST

START_TEST(rounded_it_is_the_same_again) {
    GenreError error;
    char path[] = "/tmp/genrecast-test-XXXXXX", again[64];
    close(mkstemp(path));
    snprintf(again, sizeof again, "%s.again", path);
    GenreModel *model = genre_model_default(&error);
    ck_assert_int_eq(genre_net_round(model->net, model->net->n_nodes, &error), GENRE_SUCCESS);
    ck_assert_int_eq(genre_model_save(model, NULL, path, &error), GENRE_SUCCESS);
    GenreModel *copy = genre_model_load(path, &error);
    ck_assert_msg(copy != NULL, "%s", error.text);
    ck_assert_mem_eq(copy->net->weights, model->net->weights,
                     model->net->n_weights * sizeof *model->net->weights);
    int n_rounded = 0, n_in_products = 0;
    for (int i = 0; i < model->net->n_nodes; i++)
        for (int k = 0; k < model->net->nodes[i].layer.n_tensors; k++) {
            const GenreRows8 *mine = model->net->nodes[i].layer.tensors[k].rows8;
            const GenreRows8 *its = copy->net->nodes[i].layer.tensors[k].rows8;
            ck_assert_int_eq(mine != NULL, its != NULL);
            n_rounded += mine != NULL;
            n_in_products += model->net->nodes[i].layer.tensors[k].in_products;
            for (int r = 0; mine && r < mine->n_rows; r++)
                for (int c = 0; c < mine->n_columns; c++)
                    REQUIRE(genre_rows8_at(mine, r, c) == genre_rows8_at(its, r, c), "(%d, %d)", r,
                            c);
        }
    ck_assert_int_gt(n_rounded, 0);
    ck_assert_int_eq(n_rounded, n_in_products);
    ck_assert_int_eq(genre_model_save(copy, NULL, again, &error), GENRE_SUCCESS);
    size_t n, m;
    void *first = genre_read_file(path, 1 << 28, &n, &error);
    void *second = genre_read_file(again, 1 << 28, &m, &error);
    ck_assert_uint_eq(n, m);
    ck_assert_mem_eq(first, second, n);
    ck_assert_uint_lt(n, model->net->n_weights * sizeof(float) / 3);
    free(first);
    free(second);
    genre_model_free(model);
    genre_model_free(copy);
    remove(path);
    remove(again);
}
END_TEST

/* The small model with its weight in 8 bits: bias and scale, each (2), then numbers (2, 4). */
static unsigned char *encode8(const char *scale_name, const char *bias_type, const float scale[2],
                              const int8_t numbers[8], size_t *size) {
    const float bias[2] = {1, -1};
    unsigned char data[24];
    json_t *header = small_header();
    json_object_set_new(
        header, "dense0.weight",
        json_pack("{ss s[ii] s[ii]}", "dtype", "I8", "shape", 2, 4, "data_offsets", 16, 24));
    json_object_set_new(header, "dense0.bias",
                        json_pack("{ss s[i] s[ii]}", "dtype", bias_type, "shape",
                                  strcmp(bias_type, "I8") == 0 ? 8 : 2, "data_offsets", 0, 8));
    json_object_set_new(
        header, scale_name,
        json_pack("{ss s[i] s[ii]}", "dtype", "F32", "shape", 2, "data_offsets", 8, 16));
    memcpy(data, bias, 8);
    memcpy(data + 8, scale, 8);
    memcpy(data + 16, numbers, 8);
    char *text = json_dumps(header, JSON_COMPACT);
    unsigned char *bytes = encode_text(text, data, sizeof data, size);
    free(text);
    json_decref(header);
    return bytes;
}

START_TEST(weights_of_8_bits_are_read) {
    static const float scale[2] = {0.5f, 0};
    static const int8_t numbers[8] = {127, -127, 0, 1, 1, 2, 3, 4};
    size_t size;
    GenreError error;
    unsigned char *bytes = encode8("dense0.weight.scale", "F32", scale, numbers, &size);
    GenreModel *model = parse(bytes, size, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_uint_eq(genre_model_n_weights(model), SMALL_WEIGHTS);
    for (int i = 0; i < 8; i++)
        ck_assert_float_eq(model->net->weights[i], scale[i / 4] * numbers[i]);
    ck_assert_ptr_nonnull(model->net->nodes[0].layer.tensors[0].rows8);
    genre_model_free(model);
    free(bytes);
}
END_TEST

START_TEST(weights_of_8_bits_can_be_wrong) {
    static const struct {
        const char *scale_name, *bias_type;
        float scale;
        int8_t number;
        const char *why;
    } bad[] = {
        {"dense0.weight.scale", "F32", 1, -128, "-127 to 127"},
        {"dense0.weight.scale", "F32", NAN, 1, "no scale"},
        {"dense0.weight.scale", "F32", -1, 1, "no scale"},
        {"dense0.weight.scale", "F32", INFINITY, 1, "no scale"},
        {"dense0.weight.scale", "F32", 1e6f, 1, "no scale"},
        {"dense0.weight.size", "F32", 1, 1, "dense0.weight.scale"},
        {"dense0.bias.scale", "F32", 1, 1, "dense0.weight.scale"},
        {"dense0.weight.scale", "I8", 1, 1, "\"dense0.bias\" is not F32 of shape (2)"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const float scale[2] = {1, bad[i].scale};
        const int8_t numbers[8] = {1, 2, 3, 4, 5, 6, 7, bad[i].number};
        size_t size;
        unsigned char *bytes = encode8(bad[i].scale_name, bad[i].bias_type, scale, numbers, &size);
        check_refused(bytes, size, bad[i].why);
        free(bytes);
    }
}
END_TEST

START_TEST(a_failed_write_leaves_nothing) {
    GenreError error = {0};
    GenreModel *model = genre_model_default(&error);
    ck_assert_int_eq(genre_model_save(model, NULL, "/nowhere/at/all", &error), GENRE_ERR_WRITE);
    check_sentence(&error);
    ck_assert_int_eq(genre_model_save(model, NULL, "/dev/null/x", &error), GENRE_ERR_WRITE);
    genre_model_free(model);
}
END_TEST

START_TEST(files_that_cannot_be_read) {
    static const char *const paths[] = {"/nowhere/at/all", "/", "/dev/null", "", "/etc/passwd"};
    for (int i = 0; i < 5; i++) {
        GenreError error = {0};
        ck_assert_ptr_null(genre_model_load(paths[i], &error));
        check_sentence(&error);
        ck_assert_ptr_null(genre_model_load(paths[i], NULL));
    }
}
END_TEST

START_TEST(cut_anywhere_it_is_refused) {
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    for (size_t n = 0; n < size; n++)
        check_refused(bytes, n, "");
    free(bytes);
    for (size_t n = 0; n < genre_default_model_size; n += 1 + n / 500)
        check_refused(genre_default_model_bytes, n, "");
    check_refused(genre_default_model_bytes, genre_default_model_size - 1, "");
}
END_TEST

START_TEST(one_byte_too_many_is_refused) {
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    unsigned char *longer = calloc(size + 1, 1);
    memcpy(longer, bytes, size);
    check_refused(longer, size + 1, "belong to no tensor");
    free(longer);
    free(bytes);
}
END_TEST

/* Every bit of the small file turned over: refused, or a model that is as sane as any. */
START_TEST(any_flipped_bit_is_survived) {
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    int n_refused = 0;
    for (size_t bit = 0; bit < size * 8; bit++) {
        GenreError error;
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        GenreModel *model = parse(bytes, size, &error);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        n_refused += model == NULL;
        if (model)
            for (size_t w = 0; w < model->net->n_weights; w++)
                REQUIRE(isfinite(model->net->weights[w]), "bit %zu makes a weight infinite", bit);
        genre_model_free(model);
    }
    ck_assert_int_gt(n_refused, (int)size * 4);
    free(bytes);
}
END_TEST

START_TEST(a_lying_header_length_is_refused) {
    static const uint64_t lies[] = {0,          1,          7,          1000000,       1ull << 31,
                                    1ull << 32, 1ull << 63, UINT64_MAX, UINT64_MAX - 7};
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    for (int k = 0; k < 9; k++) {
        for (int i = 0; i < 8; i++)
            bytes[i] = (unsigned char)(lies[k] >> (8 * i));
        check_refused(bytes, size, "header");
    }
    free(bytes);
}
END_TEST

/* The small model with header[outer][inner] replaced by `json`, which "-" takes out. */
typedef struct {
    const char *outer, *inner, *json, *why;
} Change;

static const Change changes[] = {
    /* tensors */
    {"dense0.weight", NULL, "-", "gaps"},
    {"dense0.bias", NULL, "3", "data type"},
    {"dense0.bias", NULL, "[]", "data type"},
    {"extra", NULL, "{\"dtype\": \"F32\", \"shape\": [0], \"data_offsets\": [40, 40]}", "no layer"},
    {"dense0.weight", "dtype", "\"F64\"", "outside"},
    {"dense0.weight", "dtype", "\"I32\"", "F32"},
    {"dense0.weight", "dtype", "\"F8_E5M2\"", "data type"},
    {"dense0.weight", "dtype", "32", "data type"},
    {"dense0.weight", "shape", "[4, 2]", "(2, 4)"},
    {"dense0.weight", "shape", "[8]", "(2, 4)"},
    {"dense0.weight", "shape", "[2, 4, 1]", "(2, 4)"},
    {"dense0.weight", "shape", "[1, 1, 2, 2, 2]", "dimensions"},
    {"dense0.weight", "shape", "[2, 5]", "bytes"},
    {"dense0.weight", "shape", "[2, -4]", "outside"},
    {"dense0.weight", "shape", "[2, 4.0]", "outside"},
    {"dense0.weight", "shape", "\"2, 4\"", "shape"},
    {"dense0.weight", "shape", "[4294967296, 4294967296]", "outside"},
    {"dense0.weight", "shape", "[9223372036854775807, 2]", "outside"},
    {"dense0.weight", "shape", "[]", "bytes"},
    {"dense0.bias", "shape", "[3]", "bytes"},
    {"dense0.weight", "data_offsets", "[0, 33]", "bytes"},
    {"dense0.weight", "data_offsets", "[8, 40]", "overlap"},
    {"dense0.bias", "data_offsets", "[24, 32]", "overlap"},
    {"dense0.bias", "data_offsets", "[36, 44]", "outside"},
    {"dense0.bias", "data_offsets", "[40, 32]", "outside"},
    {"dense0.bias", "data_offsets", "[-8, 0]", "outside"},
    {"dense0.bias", "data_offsets", "[32]", "outside"},
    {"dense0.bias", "data_offsets", "[32, 40, 48]", "outside"},
    {"dense0.bias", "data_offsets", "[32.0, 40.0]", "outside"},
    {"dense0.bias", "data_offsets", "{}", "outside"},
    {"dense0.bias", "data_offsets", "[9223372036854775807, 9223372036854775807]", "outside"},
    /* metadata as a whole */
    {"__metadata__", NULL, "-", "not a Genrecast model"},
    {"__metadata__", NULL, "7", "not an object"},
    {"__metadata__", NULL, "{}", "not a Genrecast model"},
    {"__metadata__", "format", "\"pt\"", "not a Genrecast model"},
    {"__metadata__", "format", "1", "not a string"},
    {"__metadata__", "format_version", "\"2\"", "version 2"},
    {"__metadata__", "format_version", "-", "version"},
    {"__metadata__", "causal", "\"false\"", "window_frames"},
    {"__metadata__", "output", "\"sigmoids\"", "neither softmax nor sigmoid"},
    {"__metadata__", "causal", "\"maybe\"", "causal"},
    {"__metadata__", "causal", "-", "causal"},
    {"__metadata__", "window_frames", "\"40\"", "window_frames"},
    {"__metadata__", "checksum", "\"0123456789abcdef\"", "checksum"},
    {"__metadata__", "line\\nbreak", "[]", "not a string"},
    /* labels */
    {"__metadata__", "labels", "-", "labels"},
    {"__metadata__", "labels", "\"\"", "not JSON"},
    {"__metadata__", "labels", "\"{\"", "not JSON"},
    {"__metadata__", "labels", "\"{}\"", "labels"},
    {"__metadata__", "labels", "\"[]\"", "labels"},
    {"__metadata__", "labels", "\"[1, 2]\"", "the label"},
    {"__metadata__", "labels", "\"[\\\"rock\\\", \\\"rock\\\"]\"", "twice"},
    {"__metadata__", "labels", "\"[\\\"rock\\\", \\\"Rock\\\"]\"", "the label"},
    {"__metadata__", "labels", "\"[\\\"rock\\\", \\\"\\\"]\"", "the label"},
    {"__metadata__", "labels", "\"[\\\"rock\\\", \\\"a/b\\\"]\"", "the label"},
    {"__metadata__", "labels", "\"[\\\"rock\\\", \\\"a b\\\"]\"", "the label"},
    {"__metadata__", "labels", "\"[\\\"rock\\\"]\"", "2 outputs, but there are 1 labels"},
    {"__metadata__", "labels", "\"[\\\"a\\\", \\\"b\\\", \\\"c\\\"]\"",
     "2 outputs, but there are 3 labels"},
    {"__metadata__", "labels", "\"[\\\"a\\u001b[2Jb\\\"]\"", "not JSON"},
    /* not_music */
    {"__metadata__", "not_music", "\"speech\"", "2 outputs, but there are 2 labels and"},
    {"__metadata__", "not_music", "\"music\"", "twice"},
    {"__metadata__", "not_music", "\"\"", "the label"},
    {"__metadata__", "not_music", "\"No Music\"", "the label"},
    /* feature */
    {"__metadata__", "feature", "-", "feature"},
    {"__metadata__", "feature", "\"[]\"", "feature"},
    {"__metadata__", "feature", "\"{\\\"kind\\\": \\\"smell\\\"}\"", "smell"},
    {"__metadata__", "feature", "\"{\\\"kind\\\": \\\"logmel\\\", \\\"hop\\\": 0}\"", "hop"},
    {"__metadata__", "feature", "\"{\\\"kind\\\": \\\"logmel\\\", \\\"n_fft\\\": 3}\"", "n_fft"},
    {"__metadata__", "feature", "\"{\\\"kind\\\": \\\"logmel\\\"}\"", "shape"},
    /* layers */
    {"__metadata__", "layers", "-", "layers"},
    {"__metadata__", "layers", "\"[\"", "not JSON"},
    {"__metadata__", "layers", "\"[]\"", "layers"},
    {"__metadata__", "layers", "\"[{\\\"kind\\\": \\\"brain\\\"}]\"", "brain"},
    {"__metadata__", "layers", "\"[{\\\"kind\\\": \\\"dense\\\", \\\"units\\\": 1e99}]\"", "units"},
    {"__metadata__", "layers", "\"[{\\\"kind\\\": \\\"dense\\\", \\\"units\\\": 3}]\"", "outputs"},
    {"__metadata__", "layers",
     "\"[{\\\"kind\\\": \\\"pool_time\\\"}, {\\\"kind\\\": \\\"dense\\\", \\\"units\\\": 2}]\"",
     "pool_time0"},
    {"__metadata__", "layers", "\"[{\\\"kind\\\": \\\"dense\\\", \\\"size\\\": 2}]\"", "size"},
    {"__metadata__", "layers", "\"[{\\\"kind\\\": \\\"lstm\\\", \\\"units\\\": 2}]\"", "missing"},
    {"__metadata__", "layers",
     "\"[{\\\"kind\\\": \\\"dense\\\", \\\"kind\\\": \\\"dense\\\", \\\"units\\\": 2}]\"",
     "duplicate"},
    /* calibration */
    {"__metadata__", "calibration", "\"{\"", "not JSON"},
    {"__metadata__", "calibration", "\"{\\\"heard_s\\\": [1]}\"", "calibration"},
    {"__metadata__", "calibration", "\"{\\\"heard_s\\\": [3, 3], \\\"temperature\\\": [1, 1]}\"",
     "calibration"},
    {"__metadata__", "calibration", "\"{\\\"heard_s\\\": [3], \\\"temperature\\\": [0]}\"",
     "calibration"},
    {"__metadata__", "calibration", "\"{\\\"heard_s\\\": [3], \\\"temperature\\\": [\\\"1\\\"]}\"",
     "calibration"},
    {"__metadata__", "calibration", "\"{\\\"heard_s\\\": [-1], \\\"temperature\\\": [1]}\"",
     "calibration"},
};
enum { N_CHANGES = sizeof changes / sizeof *changes };

START_TEST(a_changed_header_is_refused) {
    const Change *change = &changes[_i];
    json_t *header = small_header();
    json_t *target = change->inner ? json_object_get(header, change->outer) : header;
    const char *key = change->inner ? change->inner : change->outer;
    size_t size;
    if (strcmp(change->json, "-") == 0)
        ck_assert_int_eq(json_object_del(target, key), 0);
    else
        json_object_set_new(target, key, json_loads(change->json, JSON_DECODE_ANY, NULL));
    unsigned char *bytes = encode(header, &size);
    check_refused(bytes, size, change->why);
    free(bytes);
}
END_TEST

START_TEST(bad_json_is_refused) {
    static const char *const headers[] = {
        "",
        " ",
        "null",
        "3",
        "\"text\"",
        "[]",
        "{",
        "{}x",
        "{\"a\": {}, \"a\": {}}",
        "{\"__metadata__\": {\"a\": \"1\", \"a\": \"2\"}}",
        "{\"a\": NaN}",
        "{\"a\": 1e999}",
        "{\"a\": 99999999999999999999999}",
        "{\"a\": \"\\u0000\"}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": \"\xff\xfe\"}",
        "{\"\x01\": 1}",
        "{\"a\": \x1b[2J}",
        "{\"a\n\": 1}",
        "{'a': 1}",
        "{\"a\": 1,}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        size_t size;
        unsigned char *bytes = encode_text(headers[i], NULL, 0, &size);
        check_refused(bytes, size, "");
        free(bytes);
    }
}
END_TEST

START_TEST(deep_nesting_is_refused) {
    enum { DEPTH = 1000000 };
    static char text[DEPTH * 5 + 100];
    for (int kind = 0; kind < 2; kind++) {
        size_t n = 0, size;
        for (int i = 0; i < DEPTH; i++) {
            memcpy(text + n, kind ? "{\"a\":" : "[", kind ? 5 : 1);
            n += kind ? 5 : 1;
        }
        text[n] = 0;
        unsigned char *bytes = encode_text(text, NULL, 0, &size);
        check_refused(bytes, size, "header");
        free(bytes);
    }
}
END_TEST

/* The small model whose second output is not music; what it is called is told apart from labels. */
START_TEST(what_is_not_music_is_no_label) {
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    GenreError error;
    size_t size;
    json_object_set_new(metadata, "labels", json_string("[\"music\"]"));
    json_object_set_new(metadata, "not_music", json_string("talk"));
    unsigned char *bytes = encode(header, &size);
    GenreModel *model = genre_model_parse(bytes, size, &error);
    ck_assert_msg(model != NULL, "%s", error.text);
    ck_assert_int_eq(genre_model_n_labels(model), 1);
    ck_assert_ptr_null(genre_model_label(model, 1));
    ck_assert_int_eq(genre_model_n_outputs(model), 2);
    ck_assert_str_eq(model->not_music, "talk");
    genre_model_free(model);
    free(bytes);
}
END_TEST

/* Noise, as a model hears it that is built to take it for no music or for music, from the samples
 * on. */
START_TEST(a_model_may_hear_no_music) {
    float samples[8000];
    GenreRng rng = genre_rng(1, 0);
    for (int i = 0; i < 8000; i++)
        samples[i] = 0.1f * (float)genre_rng_normal(&rng);
    for (int is_music = 0; is_music < 2; is_music++) {
        json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
        float weights[SMALL_WEIGHTS] = {0};
        weights[SMALL_WEIGHTS - (is_music ? 2 : 1)] = 9; /* a bias */
        GenreError error;
        size_t size;
        json_object_set_new(metadata, "labels", json_string("[\"music\"]"));
        json_object_set_new(metadata, "not_music", json_string("talk"));
        char *text = json_dumps(header, JSON_COMPACT);
        unsigned char *bytes = encode_text(text, weights, sizeof weights, &size);
        GenreModel *model = genre_model_parse(bytes, size, &error);
        ck_assert_msg(model != NULL, "%s", error.text);
        GenreClassifier *classifier = genre_classifier_new(model, 8000, 1, NULL, &error);
        for (int k = 0; k < 3; k++)
            genre_classifier_push(classifier, samples, 8000);
        const GenreEstimate *estimate = genre_classifier_estimate(classifier);
        ck_assert_int_eq(estimate->n_labels, 1);
        ck_assert_int_eq(estimate->state, is_music ? GENRE_STATE_MUSIC : GENRE_STATE_UNKNOWN);
        ck_assert_int_eq(estimate->genre, is_music ? 0 : -1);
        ck_assert_double_eq_tol(estimate->scores[0], 1, 1e-5); /* of one label all belongs to it */
        genre_classifier_free(classifier);
        genre_model_free(model);
        free(bytes);
        free(text);
        json_decref(header);
    }
}
END_TEST

START_TEST(not_music_must_have_room) {
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    json_t *labels = json_array();
    size_t size;
    for (int i = 0; i < GENRE_MAX_LABELS; i++)
        json_array_append_new(labels, json_sprintf("g%d", i));
    char *text = json_dumps(labels, 0);
    json_object_set_new(metadata, "labels", json_string(text));
    json_object_set_new(metadata, "not_music", json_string("talk"));
    unsigned char *bytes = encode(header, &size);
    check_refused(bytes, size, "more than 64 together");
    free(text);
    free(bytes);
    json_decref(labels);
}
END_TEST

START_TEST(not_music_and_independent_labels_are_refused) {
    json_t *header = small_header(), *metadata = json_object_get(header, "__metadata__");
    size_t size;
    json_object_set_new(metadata, "labels", json_string("[\"music\"]"));
    json_object_set_new(metadata, "not_music", json_string("talk"));
    json_object_set_new(metadata, "output", json_string("sigmoid"));
    unsigned char *bytes = encode(header, &size);
    check_refused(bytes, size, "is for the output softmax");
    free(bytes);
}
END_TEST

START_TEST(too_many_labels_are_refused) {
    json_t *header = small_header(), *labels = json_array();
    size_t size;
    for (int i = 0; i < 65; i++)
        json_array_append_new(labels, json_sprintf("g%d", i));
    char *text = json_dumps(labels, 0);
    json_object_set_new(json_object_get(header, "__metadata__"), "labels", json_string(text));
    unsigned char *bytes = encode(header, &size);
    check_refused(bytes, size, "labels");
    free(text);
    free(bytes);
    json_decref(labels);
}
END_TEST

START_TEST(weights_that_are_no_numbers_are_refused) {
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, 1e7f, -3e38f};
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    float *weights = calloc(SMALL_WEIGHTS, sizeof *weights);
    for (int k = 0; k < 6; k++)
        for (int w = 0; w < SMALL_WEIGHTS; w++) {
            unsigned char *place = bytes + size - SMALL_DATA + 4 * w;
            float before;
            memcpy(&before, place, 4);
            memcpy(place, &bad[k], 4);
            check_refused(bytes, size, "no weight");
            memcpy(place, &before, 4);
        }
    free(weights);
    free(bytes);
}
END_TEST

START_TEST(damaged_weights_are_noticed) {
    char path[] = "/tmp/genrecast-test-XXXXXX";
    size_t size;
    GenreError error;
    close(mkstemp(path));
    unsigned char *bytes = encode(small_header(), &size);
    GenreModel *model = parse(bytes, size, &error);
    ck_assert_int_eq(genre_model_save(model, NULL, path, &error), GENRE_SUCCESS);
    free(bytes);
    genre_model_free(model);
    bytes = genre_read_file(path, 1 << 20, &size, &error);
    for (int i = 1; i <= SMALL_DATA; i++) {
        bytes[size - (size_t)i] ^= 1;
        check_refused(bytes, size, "checksum");
        bytes[size - (size_t)i] ^= 1;
    }
    free(bytes);
    remove(path);
}
END_TEST

START_TEST(a_small_file_cannot_ask_for_much) {
    /* Layers and features take no bytes in a file; what they cost must be bounded all the same. */
    json_t *header = small_header(), *layers = json_array();
    size_t size;
    json_array_append_new(layers, json_pack("{ss si}", "kind", "dense", "units", 4096));
    for (int i = 0; i < 60; i++)
        json_array_append_new(layers, json_pack("{ss si}", "kind", "dct", "coefficients", 4096));
    char *text = json_dumps(layers, 0);
    json_object_set_new(json_object_get(header, "__metadata__"), "layers", json_string(text));
    unsigned char *bytes = encode(header, &size);
    check_refused(bytes, size, "more than");
    free(text);
    free(bytes);
    json_decref(layers);
}
END_TEST

START_TEST(sentences_are_cleaned) {
    static const struct {
        const char *in, *out;
    } texts[] = {
        {"plain", "plain"},
        {"two\nlines\r\t\x1b[2J\x7f", "two?lines???[2J?"},
        {"gr\xc3\xbc\xc3\x9f"
         "e \xe2\x99\xaa \xf0\x9f\x8e\xb5",
         "gr\xc3\xbc\xc3\x9f"
         "e \xe2\x99\xaa \xf0\x9f\x8e\xb5"},
        {"cut \xe2\x99", "cut ??"},
        {"\xff\xc3(\xc2\x9b", "?\?(?\?"},
    };
    for (int i = 0; i < 5; i++) {
        GenreError error;
        genre_fail(&error, GENRE_ERR_FORMAT, "%s", texts[i].in);
        ck_assert_str_eq(error.text, texts[i].out);
    }
    char longer[1000];
    GenreError error;
    memset(longer, 'x', sizeof longer);
    longer[999] = 0;
    ck_assert_int_eq(genre_fail(&error, GENRE_ERR_OPEN, "%s", longer), GENRE_ERR_OPEN);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    ck_assert_int_eq(genre_fail(NULL, GENRE_ERR_READ, "%s", longer), GENRE_ERR_READ);
    for (int status = -1; status < 12; status++)
        ck_assert_uint_gt(strlen(genre_strerror((GenreStatus)status)), 3);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, the_small_model_is_read);
    tcase_add_test(tests, written_and_read_it_is_the_same);
    tcase_add_test(tests, rounded_it_is_the_same_again);
    tcase_add_test(tests, weights_of_8_bits_are_read);
    tcase_add_test(tests, weights_of_8_bits_can_be_wrong);
    tcase_add_test(tests, a_failed_write_leaves_nothing);
    tcase_add_test(tests, files_that_cannot_be_read);
    tcase_add_test(tests, cut_anywhere_it_is_refused);
    tcase_add_test(tests, one_byte_too_many_is_refused);
    tcase_add_test(tests, any_flipped_bit_is_survived);
    tcase_add_test(tests, a_lying_header_length_is_refused);
    tcase_add_loop_test(tests, a_changed_header_is_refused, 0, N_CHANGES);
    tcase_add_test(tests, bad_json_is_refused);
    tcase_add_test(tests, deep_nesting_is_refused);
    tcase_add_test(tests, too_many_labels_are_refused);
    tcase_add_test(tests, what_is_not_music_is_no_label);
    tcase_add_test(tests, a_model_may_hear_no_music);
    tcase_add_test(tests, not_music_must_have_room);
    tcase_add_test(tests, not_music_and_independent_labels_are_refused);
    tcase_add_test(tests, weights_that_are_no_numbers_are_refused);
    tcase_add_test(tests, damaged_weights_are_noticed);
    tcase_add_test(tests, a_small_file_cannot_ask_for_much);
    tcase_add_test(tests, sentences_are_cleaned);
}
