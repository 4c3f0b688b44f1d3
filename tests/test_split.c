/* The trainer's splits: what is on which side, how songs are cut, which genres are left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "split/split.h"

enum { BANDS = 32 };

static GenreError error;
static json_t *description;

/* A cache as cache_open would give it, filled clip by clip. */
static void cache_start(Cache *cache, size_t room) {
    *cache = (Cache){.feature = json_pack("{sssisisisi}", "kind", "logmel", "rate_hz", 8000,
                                          "n_fft", 1024, "hop", 800, "bands", BANDS),
                     .n_bands = BANDS,
                     .entries = calloc(room, sizeof(CacheEntry)),
                     .list = json_array(),
                     .names = json_array()};
}

static const char *keep(Cache *cache, const char *text) {
    json_t *string = json_string(text);
    json_array_append_new(cache->list, string);
    return json_string_value(string);
}

static CacheEntry *cache_add(Cache *cache, const char *id, const char *genre, const char *artist,
                             int n_frames) {
    static const float frames[1000 * BANDS];
    const char *name = keep(cache, id);
    cache->entries[cache->n] = (CacheEntry){.id = name,
                                            .song = name,
                                            .dataset = "",
                                            .audio = "",
                                            .split = "train",
                                            .genre = keep(cache, genre),
                                            .artist = keep(cache, artist),
                                            .n_frames = n_frames,
                                            .frames = frames};
    return &cache->entries[cache->n++];
}

/* 3 genres of 30 artists with 1 to 5 songs each; about every third song has mel frames too. */
static void cache_fill(Cache *cache) {
    static const char *const genres[] = {"jazz", "polka", "rock"};
    cache_start(cache, 4000);
    for (int i = 0; i < 90; i++)
        for (int k = 0; k <= i % 5; k++) {
            char id[64], artist[64];
            snprintf(id, sizeof id, "%d-%d.wav", i, k);
            snprintf(artist, sizeof artist, "artist %d", i);
            cache_add(cache, id, genres[i / 30], artist, 300);
            if ((i + k) % 3 == 0)
                cache_add(cache, id, genres[i / 30], artist, 301)->from_mel = 1;
        }
}

static GenreStatus split(Cache *cache, const char *data, int fold) {
    SplitPlan plan;
    json_t *json = json_loads(data, 0, NULL);
    ck_assert_ptr_nonnull(json);
    GenreStatus status = split_plan_read(&plan, json, NULL, &error);
    json_decref(json);
    json_decref(description);
    description = NULL;
    if (!status)
        status = split_cache(cache, &plan, fold, &description, &error);
    split_plan_clear(&plan);
    return status;
}

/* Whether a warning has `text` in it. */
static bool warned(const char *text) {
    const json_t *warning;
    size_t i;
    json_array_foreach(json_object_get(description, "warnings"), i,
                       warning) if (strstr(json_string_value(warning), text)) return true;
    return false;
}

static int count_in(const char *part, const char *what) {
    return (int)json_integer_value(
        json_object_get(json_object_get(json_object_get(description, "counts"), part), what));
}

/* The share of one genre's entries that are in `part`. */
static double share(const Cache *cache, const char *genre, const char *part) {
    double n = 0, n_all = 0;
    for (size_t i = 0; i < cache->n; i++)
        if (strcmp(cache->entries[i].genre, genre) == 0) {
            n_all++;
            n += strcmp(cache->entries[i].split, part) == 0;
        }
    return n / n_all;
}

START_TEST(artists_stay_together_and_genres_are_stratified) {
    static const char *const genres[] = {"jazz", "polka", "rock"};
    Cache cache;
    cache_fill(&cache);
    ck_assert_msg(split(&cache, "{\"by\": \"artist\"}", 0) == 0, "%s", error.text);
    for (size_t i = 0; i < cache.n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(cache.entries[i].artist, cache.entries[k].artist) == 0)
                ck_assert_str_eq(cache.entries[i].split, cache.entries[k].split);
    for (int g = 0; g < 3; g++) {
        ck_assert_double_eq_tol(share(&cache, genres[g], "train"), 0.6, 0.06);
        ck_assert_double_eq_tol(share(&cache, genres[g], "valid"), 0.2, 0.06);
        ck_assert_double_eq_tol(share(&cache, genres[g], "test"), 0.2, 0.06);
    }
    ck_assert_uint_eq(json_array_size(json_object_get(description, "warnings")), 0);
    ck_assert_int_eq(
        count_in("train", "songs") + count_in("valid", "songs") + count_in("test", "songs"), 270);
    ck_assert_int_eq(count_in("train", "artists") + count_in("valid", "artists") +
                         count_in("test", "artists"),
                     90);
    cache_close(&cache);
}
END_TEST

START_TEST(songs_stay_together_and_artists_leak) {
    Cache cache;
    cache_fill(&cache);
    ck_assert_int_eq(split(&cache, "{\"by\": \"song\", \"segments\": 4, \"shares\": [80, 20]}", 0),
                     0);
    for (size_t i = 1; i < cache.n; i++)
        if (strcmp(cache.entries[i].song, cache.entries[i - 1].song) == 0)
            ck_assert_str_eq(cache.entries[i].split, cache.entries[i - 1].split);
    ck_assert_int_eq(count_in("test", "songs"), 0);
    ck_assert_int_eq(count_in("train", "segments"), 4 * count_in("train", "songs"));
    ck_assert(warned("songs of one artist"));
    ck_assert(!warned("segments of one song"));
    cache_close(&cache);
}
END_TEST

START_TEST(segments_leak_and_it_is_said) {
    Cache cache;
    cache_fill(&cache);
    ck_assert_int_eq(split(&cache, "{\"by\": \"segment\", \"segments\": 10}", 0), 0);
    ck_assert(warned("segments of one song"));
    ck_assert(warned("in both train and test"));
    /* What belongs to one segment is on one side: audio and mel frames. */
    for (size_t i = 1; i < cache.n; i++)
        if (strcmp(cache.entries[i].id, cache.entries[i - 1].id) == 0) {
            ck_assert_str_eq(cache.entries[i].split, cache.entries[i - 1].split);
            ck_assert_int_ne(cache.entries[i].from_mel, cache.entries[i - 1].from_mel);
        }
    cache_close(&cache);
}
END_TEST

/* Every song is tested once, and valid once, over the folds. */
START_TEST(folds_take_turns) {
    static const char *const plans[] = {"{\"by\": \"song\", \"folds\": 5}",
                                        "{\"by\": \"artist\", \"folds\": 5}",
                                        "{\"by\": \"segment\", \"folds\": 5, \"segments\": 3}"};
    int n_test[4000] = {0}, n_valid[4000] = {0};
    size_t n = 0;
    for (int fold = 1; fold <= 5; fold++) {
        Cache cache;
        cache_fill(&cache);
        ck_assert_msg(split(&cache, plans[_i], fold) == 0, "%s", error.text);
        n = cache.n;
        for (size_t i = 0; i < n; i++) {
            n_test[i] += strcmp(cache.entries[i].split, "test") == 0;
            n_valid[i] += strcmp(cache.entries[i].split, "valid") == 0;
        }
        ck_assert_int_eq(json_integer_value(json_object_get(description, "fold")), fold);
        cache_close(&cache);
    }
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(n_test[i], 1);
        ck_assert_int_eq(n_valid[i], 1);
    }
}
END_TEST

/* The same plan splits the same clips alike, in whatever order they come; another seed does not. */
START_TEST(splits_repeat) {
    Cache one, two, other;
    cache_fill(&one);
    cache_fill(&two);
    cache_fill(&other);
    for (size_t i = 0, k = two.n - 1; i < k; i++, k--) { /* pairs come in the other order too */
        const CacheEntry kept = two.entries[i];
        two.entries[i] = two.entries[k];
        two.entries[k] = kept;
    }
    ck_assert_int_eq(split(&one, "{\"by\": \"song\"}", 0), 0);
    ck_assert_int_eq(split(&two, "{\"by\": \"song\"}", 0), 0);
    ck_assert_int_eq(split(&other, "{\"by\": \"song\", \"seed\": 2}", 0), 0);
    size_t n_moved = 0;
    for (size_t i = 0; i < one.n; i++) {
        ck_assert_str_eq(one.entries[i].id, two.entries[one.n - 1 - i].id);
        ck_assert_str_eq(one.entries[i].split, two.entries[one.n - 1 - i].split);
        n_moved += strcmp(one.entries[i].split, other.entries[i].split) != 0;
    }
    ck_assert_uint_gt(n_moved, one.n / 5);
    cache_close(&one);
    cache_close(&two);
    cache_close(&other);
}
END_TEST

/* A description's "data" splits the same way again. */
START_TEST(descriptions_repeat) {
    Cache one, two;
    cache_fill(&one);
    cache_fill(&two);
    ck_assert_int_eq(
        split(&one,
              "{\"by\": [\"song\", \"artist\"], \"folds\": 4, \"merge\": {\"polka\": \"folk\"}}",
              3),
        0);
    char *text = json_dumps(json_object_get(description, "data"), 0);
    ck_assert_msg(split(&two, text, 3) == 0, "%s", error.text);
    for (size_t i = 0; i < one.n; i++) {
        ck_assert_str_eq(one.entries[i].split, two.entries[i].split);
        ck_assert_str_eq(one.entries[i].genre, two.entries[i].genre);
    }
    free(text);
    cache_close(&one);
    cache_close(&two);
}
END_TEST

/* Frames are 0.1 s apart. */
START_TEST(songs_are_cut_into_segments) {
    static const struct {
        int n_frames;
        const char *plan;
        int n;
        int first[10], length[10];
    } cases[] = {
        {100, "{\"segments\": 3}", 3, {0, 33, 66}, {33, 33, 33}},
        {100, "{\"segment_s\": 3}", 3, {0, 30, 60}, {30, 30, 30}},
        {118, "{\"segment_s\": 3}", 4, {0, 30, 60, 88}, {30, 30, 30, 30}},
        {100, "{\"segment_s\": 4, \"overlap\": 0.5}", 4, {0, 20, 40, 60}, {40, 40, 40, 40}},
        {12, "{\"segment_s\": 3}", 1, {0}, {12}},
        {2, "{\"segments\": 3}", 2, {0, 1}, {1, 1}},
    };
    Cache cache;
    cache_start(&cache, 1);
    const float *frames = cache_add(&cache, "song", "jazz", "", cases[_i].n_frames)->frames;
    ck_assert_msg(split(&cache, cases[_i].plan, 0) == 0, "%s", error.text);
    ck_assert_uint_eq(cache.n, cases[_i].n);
    for (size_t k = 0; k < cache.n; k++) {
        char id[32];
        snprintf(id, sizeof id, "song#%zu", k + 1);
        ck_assert_str_eq(cache.entries[k].id, id);
        ck_assert_str_eq(cache.entries[k].song, "song");
        ck_assert_int_eq((cache.entries[k].frames - frames) / BANDS, cases[_i].first[k]);
        ck_assert_int_eq(cache.entries[k].n_frames, cases[_i].length[k]);
    }
    ck_assert(warned("shorter than a segment") == (cases[_i].n_frames == 12));
    cache_close(&cache);
}
END_TEST

/* A variant at half the speed is cut in the same places of the music, and stays behind its clip. */
START_TEST(variants_are_cut_like_their_clip) {
    static const char *const plans[] = {"{\"segment_s\": 3}", "{\"segments\": 3}"};
    Cache cache;
    cache_start(&cache, 3);
    const float *frames = cache_add(&cache, "song", "jazz", "", 90)->frames;
    cache_add(&cache, "song", "jazz", "", 180)->variant = 1;
    ck_assert_msg(split(&cache, plans[_i], 0) == 0, "%s", error.text);
    ck_assert_uint_eq(cache.n, 6);
    for (int k = 0; k < 6; k++) {
        const CacheEntry *entry = &cache.entries[k];
        ck_assert_int_eq(entry->variant, k % 2);
        ck_assert_str_eq(entry->id, cache.entries[k / 2 * 2].id);
        ck_assert_int_eq((entry->frames - frames) / BANDS, k / 2 * 30 * (k % 2 + 1));
        ck_assert_int_eq(entry->n_frames, 30 * (k % 2 + 1));
    }
    cache_close(&cache);
}
END_TEST

/* A faster variant has fewer frames than its clip has parts. */
START_TEST(parts_of_variants_are_not_empty) {
    Cache cache;
    cache_start(&cache, 2);
    const float *frames = cache_add(&cache, "song", "jazz", "", 10)->frames;
    cache_add(&cache, "song", "jazz", "", 7)->variant = 1;
    ck_assert_msg(split(&cache, "{\"segments\": 20}", 0) == 0, "%s", error.text);
    ck_assert_uint_eq(cache.n, 20);
    for (size_t i = 0; i < cache.n; i++) {
        const CacheEntry *entry = &cache.entries[i];
        ck_assert_int_eq(entry->n_frames, 1);
        ck_assert_int_lt((entry->frames - frames) / BANDS, entry->variant ? 7 : 10);
    }
    cache_close(&cache);
}
END_TEST

START_TEST(genres_are_chosen_and_merged) {
    Cache cache;
    cache_start(&cache, 10);
    cache_add(&cache, "a", "rap", "", 10);
    cache_add(&cache, "b", "hiphop", "", 10);
    cache_add(&cache, "c", "rock", "", 10);
    cache_add(&cache, "d", "jazz", "", 10);
    cache_add(&cache, "e", "jazz", "", 10)->dataset = "other";
    const char *plan =
        "{\"labels\": [\"rock\", \"hiphop\", \"jazz\"], \"min_clips\": 2,"
        " \"merge\": {\"rap\": \"hiphop\", \"ska\": \"rock\"}, \"datasets\": [\"\"]}";
    ck_assert_msg(split(&cache, plan, 0) == 0, "%s", error.text);
    ck_assert_uint_eq(cache.n, 2);
    ck_assert_str_eq(cache.entries[0].genre, "hiphop");
    ck_assert(warned("\"rock\" is left out: 1 clips"));
    ck_assert(warned("no clip of \"ska\""));
    json_t *want = json_loads("{\"before\": {\"hiphop\": 1, \"jazz\": 2, \"rap\": 1, \"rock\": 1},"
                              " \"after\": {\"hiphop\": 2}}",
                              0, NULL);
    ck_assert(json_equal(json_object_get(description, "classes"), want));
    json_decref(want);
    cache_close(&cache);
}
END_TEST

START_TEST(labels_keep_the_plans_order) {
    Cache cache;
    SplitPlan plan;
    json_t *data = json_pack("{s[ss]}", "labels", "rock", "jazz");
    cache_fill(&cache);
    ck_assert_int_eq(split_plan_read(&plan, data, NULL, &error), 0);
    json_decref(description);
    ck_assert_int_eq(split_cache(&cache, &plan, 0, &description, &error), 0);
    json_t *labels = split_labels(&cache, &plan), *want = json_pack("[ss]", "rock", "jazz");
    ck_assert(json_equal(labels, want));
    json_decref(want);
    json_decref(labels);
    json_decref(data);
    split_plan_clear(&plan);
    cache_close(&cache);
}
END_TEST

/* Too few clips of a genre: an error where it cannot be trained, at the first fold already; a
 * warning where it cannot be tested. */
START_TEST(missing_genres_are_named) {
    Cache cache;
    cache_fill(&cache);
    cache_add(&cache, "x", "ska", "", 10);
    cache_add(&cache, "y", "ska", "", 10);
    ck_assert_int_eq(split(&cache, "{\"by\": \"song\"}", 0), 0);
    ck_assert(warned("no clip of \"ska\" is in"));
    cache_close(&cache);
    cache_fill(&cache);
    cache_add(&cache, "x", "ska", "", 10);
    cache_add(&cache, "y", "ska", "", 10);
    ck_assert_int_ne(split(&cache, "{\"by\": \"song\", \"folds\": 6}", 1), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "of 6: no clip of \"ska\" is left to train on"));
    cache_close(&cache);
}
END_TEST

/* Sets of labels are not genres: one that is there once is tested or trained on, and said to be. */
START_TEST(sets_of_labels_may_be_rare) {
    int n_untaught = 0;
    for (int fold = 1; fold <= 3; fold++) {
        Cache cache;
        cache_fill(&cache);
        cache.of = MANIFEST_TAGS;
        cache_add(&cache, "x", "polka;ska", "", 10);
        ck_assert_msg(split(&cache, "{\"by\": \"song\", \"folds\": 3}", fold) == 0, "%s",
                      error.text);
        ck_assert(!warned("\"polka\""));
        n_untaught += warned("no clip of \"ska\" is left to train on");
        cache_close(&cache);
    }
    ck_assert_int_eq(n_untaught, 2); /* while it is tested, and while it is for stopping */
}
END_TEST

static void write_list(const char *folder, const char *name, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
}

static void lists_cache(Cache *cache) {
    cache_start(cache, 10);
    cache_add(cache, "blues/blues.00001.au", "blues", "", 30);
    cache_add(cache, "blues/blues.00002.au", "blues", "", 30);
    cache_add(cache, "17", "blues", "", 30)->audio = "sound/blues.00003.ogg";
    cache_add(cache, "18", "blues", "", 30);
}

START_TEST(lists_say_what_belongs_where) {
    char folder[] = "/tmp/genrecast-lists-XXXXXX", plan[200];
    Cache cache;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(plan, sizeof plan, "{\"by\": \"lists\", \"lists\": \"%s\"}", folder);
    lists_cache(&cache);
    ck_assert_int_ne(split(&cache, plan, 0), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "train.txt"));
    cache_close(&cache);
    write_list(folder, "train.txt", "blues/blues.00001.au\r\nblues/blues.00003.wav\n\n");
    write_list(folder, "valid.txt", "blues.00002.mp3\nblues.00004\n");
    lists_cache(&cache);
    ck_assert_msg(split(&cache, plan, 0) == 0, "%s", error.text);
    ck_assert_str_eq(cache.entries[0].split, "train");
    ck_assert_str_eq(cache.entries[1].split, "valid");
    ck_assert_str_eq(cache.entries[2].split, "train");
    ck_assert_str_eq(cache.entries[3].split, "");
    ck_assert(warned("1 of 2 clips, such as \"blues.00004\", are not there"));
    cache_close(&cache);
    write_list(folder, "test.txt", "18\nblues.00002\n");
    lists_cache(&cache);
    ck_assert_int_ne(split(&cache, plan, 0), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "test.txt: \"blues/blues.00002.au\" is listed twice"));
    cache_close(&cache);
    /* As folds. */
    write_list(folder, "fold1.txt", "blues.00001\n");
    write_list(folder, "fold2.txt", "blues.00002\n");
    write_list(folder, "fold3.txt", "17\n18\n");
    snprintf(plan, sizeof plan, "{\"by\": \"lists\", \"lists\": \"%s\", \"folds\": 3}", folder);
    lists_cache(&cache);
    ck_assert_msg(split(&cache, plan, 3) == 0, "%s", error.text);
    ck_assert_str_eq(cache.entries[0].split, "valid");
    ck_assert_str_eq(cache.entries[1].split, "train");
    ck_assert_str_eq(cache.entries[2].split, "test");
    ck_assert_str_eq(cache.entries[3].split, "test");
    cache_close(&cache);
    char command[200];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(given_splits_stay) {
    Cache cache;
    cache_start(&cache, 10);
    cache_add(&cache, "a", "jazz", "Ella", 30);
    cache_add(&cache, "b", "jazz", "ella", 30)->split = "valid";
    cache_add(&cache, "c", "jazz", "", 30)->split = "spare";
    ck_assert_int_eq(split(&cache, "{}", 0), 0);
    ck_assert_str_eq(cache.entries[0].split, "train");
    ck_assert_str_eq(cache.entries[1].split, "valid");
    ck_assert_str_eq(cache.entries[2].split, "spare");
    ck_assert(warned("songs of one artist"));
    cache_close(&cache);
}
END_TEST

START_TEST(datasets_are_held_out_in_turn) {
    static const char data[] = "{\"by\": \"dataset\", \"held_out\": [\"a\", [\"b\", \"c\"]]}";
    static const struct {
        const char *dataset, *genre, *given, *part[3]; /* without a, without b and c */
    } clips[] = {
        {"a", "jazz", "train", {"test", "train"}},  {"a", "jazz", "valid", {"test", "valid"}},
        {"a", "jazz", "test", {"test", ""}},        {"a", "polka", "train", {"", "train"}},
        {"b", "jazz", "train", {"train", "test"}},  {"c", "jazz", "valid", {"valid", "test"}},
        {"b", "rock", "train", {"train", "test"}},  {"d", "rock", "train", {"train", "train"}},
        {"d", "rock", "valid", {"valid", "valid"}}, {"d", "rock", "other", {"", ""}},
    };
    enum { N = sizeof clips / sizeof *clips };
    for (int fold = 1; fold <= 2; fold++) {
        Cache cache;
        cache_start(&cache, N);
        for (int i = 0; i < N; i++) {
            char id[16];
            snprintf(id, sizeof id, "%d", i);
            CacheEntry *entry = cache_add(&cache, id, clips[i].genre, id, 300);
            entry->dataset = clips[i].dataset;
            entry->split = clips[i].given;
        }
        ck_assert_msg(split(&cache, data, fold) == 0, "%s", error.text);
        for (int i = 0; i < N; i++)
            ck_assert_str_eq(cache.entries[i].split, clips[i].part[fold - 1]);
        ck_assert(
            warned("\"polka\" has no clip but of the held-out dataset and its artists: its 1") ==
            (fold == 1));
        cache_close(&cache);
    }
    Cache cache;
    cache_start(&cache, 2);
    cache_add(&cache, "1", "jazz", "", 300)->dataset = "a";
    cache_add(&cache, "2", "rock", "", 300)->dataset = "b";
    ck_assert(split(&cache, data, 1) != 0); /* nothing that both have */
    cache_close(&cache);
    cache_fill(&cache);
    ck_assert(split(&cache, data, 1) != 0);
    ck_assert_ptr_nonnull(strstr(error.text, "no clip of the held-out dataset \"a\" has a genre"));
    cache_close(&cache);
}
END_TEST

/* Who is tested on is not trained on, be it in another dataset, and not validated on. */
START_TEST(artists_are_held_out_with_their_dataset) {
    static const char data[] = "{\"by\": \"dataset\", \"held_out\": [\"a\"]}";
    static const struct {
        const char *dataset, *genre, *artist, *given, *part;
    } clips[] = {
        {"a", "jazz", "Ella", "train", "test"},  {"a", "jazz", "", "train", "test"},
        {"b", "jazz", "ELLA", "train", ""},      {"b", "jazz", "Ella", "valid", ""},
        {"b", "jazz", "Nina", "train", "train"}, {"b", "jazz", "", "train", "train"},
        {"b", "rock", "Nina", "valid", "valid"}, {"b", "rock", "Zoe", "train", "train"},
        {"a", "folk", "Joan", "train", ""},      {"b", "folk", "joan", "train", ""},
    };
    enum { N = sizeof clips / sizeof *clips };
    Cache cache;
    cache_start(&cache, N);
    for (int i = 0; i < N; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d.wav", i);
        CacheEntry *entry = cache_add(&cache, id, clips[i].genre, clips[i].artist, 300);
        entry->dataset = clips[i].dataset;
        entry->split = clips[i].given;
    }
    ck_assert_msg(split(&cache, data, 1) == 0, "%s", error.text);
    for (int i = 0; i < N; i++)
        ck_assert_msg(strcmp(cache.entries[i].split, clips[i].part) == 0, "clip %d: \"%s\"", i,
                      cache.entries[i].split);
    ck_assert(warned("3 clips are by artists of the held-out one: they are left out"));
    ck_assert(warned("\"folk\" has no clip but of the held-out dataset and its artists: its 1"));
    cache_close(&cache);
}
END_TEST

START_TEST(options_are_read_to_their_end) {
    enum { SHARES = SPLIT_OPTION_FIRST + 1 };
    static const char *const bad[] = {"",         "60",          "60/",   "60/20/",
                                      "60/20x",   "60/20/20/20", "60:4",  "60//4",
                                      "60/nan/4", "/60/40",      "inf/1", "60/20/x"};
    json_t *options = json_object();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!split_option(options, SHARES, bad[i]), "%s", bad[i]);
    ck_assert_uint_eq(json_object_size(options), 0);
    ck_assert(split_option(options, SHARES, "60/30/10"));
    ck_assert_uint_eq(json_array_size(json_object_get(options, "shares")), 3);
    ck_assert(split_option(options, SHARES, "0.75/.25"));
    ck_assert_uint_eq(json_array_size(json_object_get(options, "shares")), 2);
    json_decref(options);
}
END_TEST

START_TEST(nonsense_is_refused) {
    static const struct {
        const char *plan;
        int fold;
        const char *says;
    } bad[] = {
        {"{\"by\": \"album\"}", 0, "\"by\" is not one of"},
        {"{\"by\": []}", 0, "\"by\" is empty"},
        {"{\"by\": [\"song\", \"song\"]}", 0, "twice"},
        {"{\"By\": \"song\"}", 0, "no option \"By\""},
        {"{\"by\": \"song\", \"shares\": [1]}", 0, "\"shares\""},
        {"{\"by\": \"song\", \"shares\": [60, 0, 40]}", 0, "\"shares\""},
        {"{\"by\": \"song\", \"shares\": [60, -20, 40]}", 0, "\"shares\""},
        {"{\"by\": \"song\", \"folds\": 2}", 1, "at least 3"},
        {"{\"folds\": 5}", 1, "folds need a split"},
        {"{\"by\": \"song\", \"folds\": 5}", 0, "no fold 0"},
        {"{\"by\": \"song\", \"folds\": 5}", 6, "no fold 6"},
        {"{\"by\": \"song\", \"fold\": 1}", 1, "no fold 1"},
        {"{\"by\": \"lists\"}", 0, "folder"},
        {"{\"by\": \"dataset\"}", 0, "needs \"held_out\""},
        {"{\"by\": \"song\", \"held_out\": [\"a\"]}", 1, "needs \"held_out\""},
        {"{\"by\": \"dataset\", \"held_out\": [\"a\", []]}", 1, "\"held_out\" is not a list"},
        {"{\"segments\": 3, \"segment_s\": 3}", 0, "\"segments\" goes neither"},
        {"{\"overlap\": 0.5}", 0, "\"overlap\" needs"},
        {"{\"labels\": \"jazz\"}", 0, "\"labels\" is not a list"},
        {"{\"labels\": [\"jazz\", \"ska\"]}", 0, "no clip of \"ska\" (but of jazz, polka, rock)"},
        {"{\"merge\": {\"jazz\": 1}}", 0, "\"jazz\""},
        {"{\"merge\": {\"jazz\": \"rock\", \"rock\": \"pop\"}}", 0, "both as a source"},
        {"{\"datasets\": [\"fma\"]}", 0, "the dataset \"fma\""},
        {"{\"min_clips\": 1000}", 0, "no clip is left"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Cache cache;
        cache_fill(&cache);
        ck_assert_msg(split(&cache, bad[i].plan, bad[i].fold) != 0, "%s", bad[i].plan);
        ck_assert_msg(strstr(error.text, bad[i].says) != NULL, "%s: %s", bad[i].plan, error.text);
        cache_close(&cache);
    }
}
END_TEST

/* Of clips with several genres each genre counts by itself: no set of them need be on each side. */
START_TEST(sets_of_genres_are_checked_one_by_one) {
    static const struct {
        const char *genre, *split;
    } clips[] = {
        {"a;b", "train"}, {"c", "train"}, {"b;c", "valid"}, {"a", "valid"}, {"b", "valid"}};
    CacheEntry entries[5];
    Cache cache = {.n = 5, .entries = entries, .of = MANIFEST_TAGS};
    SplitPlan plan;
    for (int last = 0; last < 2; last++) {
        for (int i = 0; i < 5; i++)
            entries[i] = (CacheEntry){.id = clips[i].genre,
                                      .song = clips[i].genre,
                                      .dataset = "",
                                      .artist = "",
                                      .audio = "",
                                      .genre = clips[i].genre,
                                      .split = clips[i].split};
        if (last)
            entries[3].genre = "d;a";
        cache.n = 5;
        cache.names = json_array();
        ck_assert_int_eq(split_plan_read(&plan, NULL, NULL, &error), 0);
        const GenreStatus status = split_cache(&cache, &plan, 0, &description, &error);
        ck_assert_msg(status == 0, "%s", error.text);
        if (last) {
            ck_assert(warned("no clip of \"d\" is left to train on"));
        } else {
            char *classes = json_dumps(
                json_object_get(json_object_get(description, "classes"), "after"), JSON_COMPACT);
            ck_assert_str_eq(classes, "{\"a\":2,\"b\":3,\"c\":2}");
            ck_assert_uint_eq(json_array_size(json_object_get(description, "warnings")), 0);
            free(classes);
        }
        json_decref(description);
        split_plan_clear(&plan);
        json_decref(cache.names);
    }
}
END_TEST

/* Clips without a genre are trained on where nothing of theirs is validated or tested on. */
START_TEST(open_clips_keep_away_from_the_other_side) {
    static const struct {
        const char *artist, *dataset, *split, *plan, *becomes;
    } cases[] = {
        {"NOBODY", "", "train", "{}", "train"},
        {"nobody", "", "valid", "{}", "valid"}, /* given, for a refit */
        {"Artist Of Valid", "", "train", "{}", ""},
        {"artist of train", "", "train", "{}", "train"},
        {"", "", "train", "{}", "train"},
        {"", "elsewhere", "train", "{\"datasets\": [\"\"]}", ""},
        {"", "b", "train", "{\"datasets\": [\"\", \"b\"]}", "train"},
        {"", "b", "train", "{\"by\": \"dataset\", \"held_out\": [\"b\"]}", ""},
        {"", "c", "train", "{\"by\": \"dataset\", \"held_out\": [\"b\"]}", "train"},
        {"ARTIST OF B", "c", "train", "{\"by\": \"dataset\", \"held_out\": [\"b\"]}", ""},
        {"", "", "valid", "{\"by\": \"song\"}", "train"}, /* chance has not dealt with it */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Cache cache;
        CacheEntry open = {.id = "open",
                           .song = "open",
                           .genre = "",
                           .tags = "any",
                           .artist = cases[i].artist,
                           .dataset = cases[i].dataset,
                           .split = cases[i].split};
        cache_fill(&cache);
        cache_add(&cache, "of-train.wav", "jazz", "Artist of train", 300);
        cache_add(&cache, "of-valid.wav", "jazz", "Artist of valid", 300)->split = "valid";
        cache_add(&cache, "of-b.wav", "jazz", "Artist of b", 300)->dataset = "b";
        cache.open = &open;
        cache.n_open = 1;
        ck_assert_msg(split(&cache, cases[i].plan, strstr(cases[i].plan, "held_out") != NULL) == 0,
                      "case %zu: %s", i, error.text);
        ck_assert_msg(strcmp(open.split, cases[i].becomes) == 0, "case %zu: \"%s\"", i, open.split);
        cache.open = NULL;
        cache_close(&cache);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, open_clips_keep_away_from_the_other_side);
    tcase_add_test(tests, artists_stay_together_and_genres_are_stratified);
    tcase_add_test(tests, songs_stay_together_and_artists_leak);
    tcase_add_test(tests, segments_leak_and_it_is_said);
    tcase_add_loop_test(tests, folds_take_turns, 0, 3);
    tcase_add_test(tests, splits_repeat);
    tcase_add_test(tests, descriptions_repeat);
    tcase_add_loop_test(tests, songs_are_cut_into_segments, 0, 6);
    tcase_add_loop_test(tests, variants_are_cut_like_their_clip, 0, 2);
    tcase_add_test(tests, parts_of_variants_are_not_empty);
    tcase_add_test(tests, genres_are_chosen_and_merged);
    tcase_add_test(tests, labels_keep_the_plans_order);
    tcase_add_test(tests, missing_genres_are_named);
    tcase_add_test(tests, sets_of_labels_may_be_rare);
    tcase_add_test(tests, lists_say_what_belongs_where);
    tcase_add_test(tests, given_splits_stay);
    tcase_add_test(tests, datasets_are_held_out_in_turn);
    tcase_add_test(tests, artists_are_held_out_with_their_dataset);
    tcase_add_test(tests, options_are_read_to_their_end);
    tcase_add_test(tests, nonsense_is_refused);
    tcase_add_test(tests, sets_of_genres_are_checked_one_by_one);
}
