/* Styles of made-up music: the table makes sense, and what is drawn from it can be played. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "made/play.h"
#include "made/styles.h"
#include "run.h"

static json_t *styles;

static void open_styles(void) {
    styles = styles_read();
    ck_assert_ptr_nonnull(styles);
}

static void close_styles(void) {
    json_decref(styles);
}

static Song compose(const char *genre, uint64_t seed) {
    GenreRng rng = genre_rng(seed, 0);
    GenreError error;
    Song song;
    REQUIRE(styles_compose(styles, genre, 10, &rng, &song, &error) == GENRE_SUCCESS, "%s: %s",
            genre, error.text);
    return song;
}

START_TEST(genres_are_listed_once) {
    int n = 0;
    for (const char *genre; (genre = styles_genre(styles, n)); n++)
        for (int k = 0; k < n; k++)
            ck_assert_str_ne(genre, styles_genre(styles, k));
    ck_assert_int_eq(n, 11);
    ck_assert_ptr_null(styles_genre(styles, -1));
}
END_TEST

/* Many seeds, so that each style and most of what its lists hold comes up. */
START_TEST(pieces_can_be_played) {
    const char *genre = styles_genre(styles, _i);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        Song song = compose(genre, seed);
        double last_s = 0;
        ck_assert_uint_gt(song.n, 20); /* ambient plays few notes */
        for (size_t i = 0; i < song.n; i++) {
            const SongEvent *event = &song.events[i];
            REQUIRE(event->at_s >= last_s && isfinite(event->at_s), "%s is not in order", genre);
            last_s = event->at_s;
            ck_assert_int_ge(event->channel, 0);
            ck_assert_int_lt(event->channel, SONG_CHANNELS);
            ck_assert_int_ge(event->key, 0);
            ck_assert_int_lt(event->key, 128);
            ck_assert_int_ge(event->velocity, 0);
            ck_assert_int_lt(event->velocity, 128);
        }
        REQUIRE(last_s > 9 && last_s < 22, "%s of 10 s ends after %g s", genre, last_s);
        for (int c = 0; c < SONG_CHANNELS; c++) {
            ck_assert_int_ge(song.channels[c].program, 0);
            ck_assert_int_lt(song.channels[c].program, 128);
        }
        song_free(&song);
    }
}
END_TEST

START_TEST(a_seed_gives_one_piece) {
    const char *genre = styles_genre(styles, _i);
    Song one = compose(genre, 1), again = compose(genre, 1), other = compose(genre, 2);
    ck_assert_uint_eq(one.n, again.n);
    for (size_t i = 0; i < one.n; i++) {
        ck_assert(one.events[i].at_s == again.events[i].at_s);
        ck_assert_int_eq(one.events[i].key, again.events[i].key);
    }
    ck_assert(one.n != other.n || one.events[0].at_s != other.events[0].at_s);
    song_free(&one);
    song_free(&again);
    song_free(&other);
}
END_TEST

/* The same on other machines and by other compilers, which may draw in another order. */
START_TEST(pieces_are_known) {
    static const struct {
        size_t n;
        int keys; /* their sum */
    } known[11] = {{108, 5514},  {162, 8854},  {406, 19618}, {540, 28468},
                   {32, 1696},   {256, 12448}, {232, 13540}, {458, 19734},
                   {444, 25498}, {410, 22756}, {332, 15336}};
    const char *genre = styles_genre(styles, _i);
    Song song = compose(genre, 1);
    int keys = 0;
    for (size_t i = 0; i < song.n; i++)
        keys += song.events[i].key;
    REQUIRE(song.n == known[_i].n && keys == known[_i].keys, "%s has {%zu, %d}", genre, song.n,
            keys);
    song_free(&song);
}
END_TEST

/* Each progression by itself: a chord that is not known is an error. */
START_TEST(all_chords_are_known) {
    size_t i, k;
    json_t *style, *chords;
    json_array_foreach(json_object_get(styles, "styles"), i, style) {
        json_array_foreach(json_object_get(style, "chords"), k, chords) {
            json_t *one = json_copy(style);
            json_object_set_new(one, "chords", json_pack("[O]", chords));
            json_object_del(one, "chords_kept"); /* all of its bars */
            json_t *table =
                json_pack("{so s[o]}", "programs", json_incref(json_object_get(styles, "programs")),
                          "styles", one);
            GenreRng rng = genre_rng(1, 0);
            GenreError error;
            Song song;
            const char *genre = json_string_value(json_object_get(style, "genre"));
            REQUIRE(styles_compose(table, genre, 2, &rng, &song, &error) == GENRE_SUCCESS, "%s: %s",
                    genre, error.text);
            song_free(&song);
            json_decref(table);
        }
    }
}
END_TEST

/* A song sounds the same, to the last bit, whatever was played before. */
START_TEST(a_song_leaves_nothing_behind) {
    static const char *const font = "/usr/share/sounds/sf2/TimGM6mb.sf2";
    enum { N = 22050 + 17 };
    Song one = compose("classical", 1), two = compose("metal", 1);
    Mono first = {.rate_hz = 22050, .n = N, .samples = calloc(N, sizeof(float))};
    Mono then = {.rate_hz = 22050, .n = N, .samples = calloc(N, sizeof(float))};
    GenreError error;
    Player *player;
    if (player_open(&player, &font, 1, 22050, &error) == GENRE_SUCCESS) {
        ck_assert_int_eq(player_play(player, &two, 0, &first, &error), GENRE_SUCCESS);
        ck_assert_int_eq(player_play(player, &one, 0, &then, &error), GENRE_SUCCESS);
        REQUIRE(fabsf(then.samples[N - 100]) > 1e-4f, "nothing is left to be heard");
        ck_assert_int_eq(player_play(player, &two, 0, &then, &error), GENRE_SUCCESS);
        REQUIRE(memcmp(first.samples, then.samples, N * sizeof(float)) == 0, "it sounds otherwise");
    } else /* no FluidSynth, or no soundfont */
        fprintf(stderr, "not tried: %s\n", error.text);
    player_close(player);
    free(first.samples);
    free(then.samples);
    song_free(&one);
    song_free(&two);
}
END_TEST

static bool one_of(const char *word, const char *const *words) {
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

static void check_steps(const json_t *list, const char *allowed, const char *where) {
    size_t i;
    json_t *entry;
    REQUIRE(json_array_size(list) > 0, "%s: no steps", where);
    json_array_foreach(list, i, entry) {
        const char *steps = json_string_value(entry);
        const bool drawn = *steps == '~';
        const size_t n = strlen(steps);
        REQUIRE(strspn(steps + drawn, allowed) == n - drawn, "%s: \"%s\"", where, steps);
        REQUIRE(n > drawn && (drawn || n == 16 || n == 32), "%s: \"%s\" is no bar", where, steps);
    }
}

/* A list of General MIDI's numbers, or the name of one. */
static void check_programs(const json_t *programs, const char *genre) {
    if (json_is_string(programs))
        programs =
            json_object_get(json_object_get(styles, "programs"), json_string_value(programs));
    else if (!programs)
        return;
    REQUIRE(json_array_size(programs) > 0, "%s has an empty list of programs", genre);
    for (size_t i = 0; i < json_array_size(programs); i++) {
        const json_int_t program = json_integer_value(json_array_get(programs, i));
        REQUIRE(program >= 0 && program < 128, "%s has program %d", genre, (int)program);
    }
}

/* A word that styles.c does not know would be passed over in silence. */
START_TEST(the_table_says_what_is_known) {
    static const char *const style_words[] = {
        "genre",       "name", "share", "bpm",   "beats",  "swing",    "loose_ms", "chords",
        "chords_kept", "fill", "crash", "drive", "speech", "low_keys", "parts",    NULL};
    static const char *const part_words[] = {
        "play",   "programs", "kits",    "name",    "like",   "chance", "when",   "steps",
        "voices", "low",      "range",   "level",   "length", "roll",   "volume", "pan",
        "rich",   "scale",    "lengths", "density", "rest",   "leap",   "motif",  NULL};
    static const char *const drums[] = {"kick",   "snare",   "rim",        "clap",  "hihat",
                                        "open",   "ride",    "pedal",      "crash", "conga",
                                        "shaker", "cowbell", "tambourine", NULL};
    static const char *const scales[] = {"blues", "pentatonic", "phrygian", "diatonic", NULL};
    size_t i, k;
    json_t *style, *part, *value;
    const char *word;
    json_array_foreach(json_object_get(styles, "styles"), i, style) {
        const char *genre = json_string_value(json_object_get(style, "genre"));
        json_object_foreach(style, word, value)
            REQUIRE(one_of(word, style_words), "%s has \"%s\"", genre, word);
        json_array_foreach(json_object_get(style, "parts"), k, part) {
            json_object_foreach(part, word, value)
                REQUIRE(one_of(word, part_words), "a part of %s has \"%s\"", genre, word);
            const char *play = json_string_value(json_object_get(part, "play"));
            const json_t *steps = json_object_get(part, "steps"), *when, *scale;
            if (strcmp(play, "drums") == 0) {
                json_object_foreach((json_t *)steps, word, value) {
                    REQUIRE(one_of(word, drums), "%s has a drum \"%s\"", genre, word);
                    check_steps(value, "Xxo?.", genre);
                }
            } else if (strcmp(play, "line") == 0) {
                const json_t *range = json_object_get(part, "range");
                ck_assert_int_lt(json_integer_value(json_array_get(range, 0)),
                                 json_integer_value(json_array_get(range, 1)));
                ck_assert_uint_gt(json_array_size(json_object_get(part, "lengths")), 0);
                ck_assert_ptr_null(json_object_get(part, "when"));
                if ((scale = json_object_get(part, "scale")))
                    ck_assert(one_of(json_string_value(scale), scales));
            } else if (steps)
                check_steps(steps, strcmp(play, "notes") == 0 ? "0123456789abctwnm." : "Xxo?.01234",
                            genre);
            else
                ck_assert_ptr_nonnull(json_object_get(part, "like"));
            if ((when = json_object_get(part, "when")))
                for (size_t w = 0; w < json_array_size(when); w++) {
                    const char *bars = json_string_value(json_array_get(when, w));
                    ck_assert(*bars && strspn(bars, "x.") == strlen(bars));
                }
            check_programs(json_object_get(part, "programs"), genre);
            check_programs(json_object_get(part, "kits"), genre);
            REQUIRE(json_object_get(part, "programs") || json_object_get(part, "kits") ||
                        json_object_get(part, "like"),
                    "a part of %s has no instrument", genre);
        }
    }
}
END_TEST

START_TEST(an_unknown_genre_is_told) {
    GenreRng rng = genre_rng(1, 0);
    GenreError error;
    Song song;
    ck_assert_int_eq(styles_compose(styles, "polka", 10, &rng, &song, &error), GENRE_ERR_BAD_ARG);
    ck_assert_ptr_nonnull(strstr(error.text, "polka"));
    song_free(&song);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_unchecked_fixture(tests, open_styles, close_styles);
    tcase_add_test(tests, genres_are_listed_once);
    tcase_add_test(tests, the_table_says_what_is_known);
    tcase_add_test(tests, an_unknown_genre_is_told);
    tcase_add_test(tests, all_chords_are_known);
    tcase_add_test(tests, a_song_leaves_nothing_behind);
    tcase_add_loop_test(tests, pieces_are_known, 0, 11);
    tcase_add_loop_test(tests, pieces_can_be_played, 0, 11);
    tcase_add_loop_test(tests, a_seed_gives_one_piece, 0, 11);
}
