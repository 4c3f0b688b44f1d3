/* Feature caches are read as if they were hostile; pictures' axes, which numbers from files reach.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clips/cache.h"
#include "model/safetensors.h"
#include "report/axis.h"
#include "run.h"

enum { BANDS = 32, ROWS = 12 };

static float filler; /* what all frames are of */

/* A file of ROWS frames of `n_bands`; clips are "id genre split from_mel variant n_frames, ...". */
static void write_cache(const char *path, const char *clips, size_t n_bands) {
    float *frames = calloc(ROWS * n_bands + 1, sizeof *frames);
    for (size_t i = 0; i < ROWS * n_bands; i++)
        frames[i] = filler;
    json_t *list = json_array();
    char id[20], genre[20], split[20];
    int from_mel, variant, n_frames, used;
    for (; sscanf(clips, " %19[^ ] %19[^ ] %19[^ ] %d %d %d%n", id, genre, split, &from_mel,
                  &variant, &n_frames, &used) == 6;
         clips += used + (clips[used] == ','))
        json_array_append_new(
            list, json_pack("{ss ss ss ss ss ss sb si si}", "id", strcmp(id, "-") == 0 ? "" : id,
                            "dataset", "", "genre", genre, "artist", "", "split", split, "audio",
                            "", "from_mel", from_mel, "variant", variant, "n_frames", n_frames));
    char *text = json_dumps(list, JSON_COMPACT);
    json_t *metadata = json_pack("{ssssss}", "format", "genrecast-features", "feature",
                                 "{\"kind\": \"logmel\", \"bands\": 32}", "clips", text);
    const GenreTensorSource source = {.name = "frames",
                                      .type = "F32",
                                      .n_dims = 2,
                                      .shape = {ROWS, n_bands},
                                      .data = frames,
                                      .n_bytes = ROWS * n_bands * sizeof *frames};
    GenreError error;
    REQUIRE(genre_safetensors_write(path, metadata, &source, 1, &error) == 0, "%s", error.text);
    json_decref(metadata);
    free(text);
    json_decref(list);
    free(frames);
}

static GenreStatus open_cache(const char *clips, size_t n_bands, Cache *cache, GenreError *error) {
    char path[] = "/tmp/genrecast-cache-XXXXXX";
    close(mkstemp(path));
    write_cache(path, clips, n_bands);
    const GenreStatus status = cache_open(cache, path, error);
    remove(path);
    return status;
}

START_TEST(caches_are_read) {
    Cache cache;
    GenreError error = {.text = ""};
    ck_assert_msg(open_cache("a jazz train 0 0 2, a jazz train 0 1 3, a jazz train 0 2 2,"
                             "a jazz train 1 0 1, b rock test 1 0 2, c rock valid 0 0 2",
                             BANDS, &cache, &error) == 0,
                  "%s", error.text);
    ck_assert_uint_eq(cache.n, 6);
    ck_assert_int_eq(cache.n_bands, BANDS);
    ck_assert_int_eq((cache.entries[4].frames - cache.entries[0].frames) / BANDS, 8);
    cache_close(&cache);
}
END_TEST

START_TEST(bad_caches_are_refused) {
    static const struct {
        const char *clips;
        size_t n_bands;
    } bad[] = {
        {"a jazz train 0 0 2", BANDS - 1}, /* not the feature's bands */
        {"a jazz train 0 0 2", 0},
        {"a jazz train 0 0 13", BANDS}, /* more frames than there are */
        {"a jazz train 0 0 6, b jazz train 0 0 7", BANDS},
        {"a jazz train 0 0 0", BANDS},
        {"a jazz train 0 0 -1", BANDS},
        {"- jazz train 0 0 2", BANDS},                                         /* no id */
        {"a jazz train 0 1 2", BANDS},                                         /* of nothing */
        {"a jazz train 0 0 2, a jazz train 0 2 2", BANDS},                     /* one missing */
        {"a jazz train 0 0 2, b jazz train 0 1 2", BANDS},                     /* of another */
        {"a jazz train 1 0 2, a jazz train 0 1 2", BANDS},                     /* of mel */
        {"a jazz train 0 0 2, a jazz train 0 -1 2", BANDS},                    /* negative */
        {"a jazz train 0 0 2, a rock train 0 1 2", BANDS},                     /* two genres */
        {"a jazz train 0 0 2, a jazz valid 0 1 2", BANDS},                     /* two splits */
        {"a jazz train 0 0 2, a jazz train 0 0 2", BANDS},                     /* twice */
        {"a jazz train 1 0 2, a jazz train 1 0 2", BANDS},                     /* twice */
        {"a jazz train 0 0 2, b jazz train 0 0 2, a jazz train 1 0 2", BANDS}, /* apart */
        {"a jazz train 0 0 2, a jazz train 1 0 2, a jazz train 0 1 2", BANDS}, /* mel before */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Cache cache;
        GenreError error = {.text = ""};
        ck_assert_msg(open_cache(bad[i].clips, bad[i].n_bands, &cache, &error) != 0, "%s",
                      bad[i].clips);
        ck_assert_msg(strstr(error.text, ": its ") || strstr(error.text, ": tensor "), "%s",
                      error.text);
    }
}
END_TEST

/* They would be found in the model, when it has been trained. */
START_TEST(frames_that_are_no_sound_are_refused) {
    static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30f, -2e6f};
    Cache cache;
    GenreError error = {.text = ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        filler = bad[i];
        ck_assert(open_cache("a jazz train 0 0 2", BANDS, &cache, &error) != 0);
        ck_assert_ptr_nonnull(strstr(error.text, "its clip \"a\" has frames that no sound has"));
    }
    filler = -200;
    ck_assert(open_cache("a jazz train 0 0 2", BANDS, &cache, &error) == 0);
    cache_close(&cache);
    filler = 0;
}
END_TEST

/* Between numbers so large that adding a step to them changes nothing there are ticks still, or
 * none; never without end. */
START_TEST(axes_have_an_end) {
    static const double ranges[][2] = {{0, 1},      {0, 1e-9},       {-9e15, 0}, {-9e15, -9e15 + 2},
                                       {-1e18, 0},  {-1e300, 1e300}, {5, 5},     {1e17, 1e17 + 32},
                                       {-0.3, 0.4}, {0, 4096}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (int n_wanted = 2; n_wanted <= 12; n_wanted++) {
            const Axis axis = axis_linear(ranges[i][0], ranges[i][1], "", n_wanted);
            ck_assert_int_le(axis.n_ticks, 16);
            for (int k = 0; k < axis.n_ticks; k++)
                ck_assert(axis.ticks[k].at <= axis.high + 1e-5 * (axis.high - axis.low));
        }
    const Axis axis = axis_linear(0, 100, "", 5);
    ck_assert_int_eq(axis.n_ticks, 6);
    ck_assert_str_eq(axis.ticks[5].text, "100");
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, caches_are_read);
    tcase_add_test(tests, bad_caches_are_refused);
    tcase_add_test(tests, frames_that_are_no_sound_are_refused);
    tcase_add_test(tests, axes_have_an_end);
}
