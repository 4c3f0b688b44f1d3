/* What a user is shown of a clip, and how steady that is: estimates made by hand. */
#include <math.h>

#include "eval/shown.h"
#include "run.h"

enum { BLUES, JAZZ, ROCK };
enum { UNKNOWN = -1, SILENCE = -2, NOTHING = -3 };

static GenreEstimate shows(int what) {
    return (GenreEstimate){.sequence = what != NOTHING,
                           .state = what >= 0         ? GENRE_STATE_MUSIC
                                    : what == UNKNOWN ? GENRE_STATE_UNKNOWN
                                                      : GENRE_STATE_SILENCE,
                           .genre = what >= 0 ? what : -1};
}

/* Half a second each. */
static Showing watch(const int *what, int n, uint64_t labels) {
    Showing showing = {0};
    for (int i = 0; i < 2 * n; i++) { /* each estimate is seen twice */
        const GenreEstimate estimate = shows(what[i / 2]);
        showing_note(&showing, &estimate, labels, 0.5 * (i / 2 + 1));
    }
    return showing;
}

START_TEST(changes_count_after_five_seconds) {
    /* Four changes up to 5 s; then rock to unknown, unknown to jazz, jazz to silence. */
    const int what[] = {NOTHING, UNKNOWN, ROCK, JAZZ,    ROCK, JAZZ, JAZZ,    JAZZ,    JAZZ,
                        ROCK,    ROCK,    ROCK, UNKNOWN, JAZZ, JAZZ, SILENCE, SILENCE, SILENCE};
    const Showing showing = watch(what, 18, 1 << ROCK);
    ck_assert_uint_eq(showing.n_changes, 3);
    ck_assert_double_eq_tol(showing.lasted_s, 9, 1e-12);
    ck_assert(!showing.right);
}
END_TEST

START_TEST(settled_from_the_last_time_it_turned_right) {
    const int what[] = {NOTHING, ROCK, ROCK, JAZZ, ROCK, BLUES, BLUES, ROCK};
    const Showing one = watch(what, 8, 1 << ROCK), any = watch(what, 8, 1 << ROCK | 1 << BLUES);
    ck_assert(one.right && any.right);
    ck_assert_double_eq_tol(one.right_s, 4, 1e-12);
    /* From one of its genres to the other it stays right. */
    ck_assert_double_eq_tol(any.right_s, 2.5, 1e-12);
    ck_assert(!watch(what, 7, 1 << ROCK).right);
}
END_TEST

START_TEST(other_music_is_noticed_where_less_was_heard_without_silence) {
    static const struct {
        int what;
        float heard_s;
    } says[] = {{NOTHING, 0}, {UNKNOWN, 1}, {ROCK, 2},       {ROCK, 9},       {ROCK, 3},
                {JAZZ, 4},    {JAZZ, 3.5f}, {SILENCE, 3.5f}, {UNKNOWN, 0.5f}, {ROCK, 1}};
    enum { N = sizeof says / sizeof *says };
    Showing showing = {0};
    for (int i = 0; i < 2 * N; i++) { /* each estimate is seen twice */
        GenreEstimate estimate = shows(says[i / 2].what);
        estimate.heard_s = says[i / 2].heard_s;
        showing_note(&showing, &estimate, 1 << ROCK, 3.0 * (i / 2));
    }
    ck_assert_uint_eq(showing.n_anew, 2);
    ck_assert_double_eq(showing.anew_s, 12);
}
END_TEST

START_TEST(clips_are_counted_by_what_they_show) {
    const int what[] = {ROCK, JAZZ, JAZZ, UNKNOWN, NOTHING, SILENCE};
    Shown shown = {0};
    for (int i = 0; i < 6; i++) {
        const GenreEstimate estimate = shows(what[i]);
        shown_count(&shown, &estimate, 1 << ROCK);
    }
    ck_assert_uint_eq(shown.right, 1);
    ck_assert_uint_eq(shown.wrong, 2);
    ck_assert_uint_eq(shown.unknown, 2);
    ck_assert_uint_eq(shown.silence, 1);
}
END_TEST

START_TEST(steadiness_is_of_all_clips) {
    Showing showings[] = {
        {.lasted_s = 30, .n_changes = 2, .right = true, .right_s = 8, .n_anew = 2, .anew_s = 10},
        {.lasted_s = 20, .n_changes = 1, .right = true, .right_s = 2, .n_anew = 1, .anew_s = 11},
        {.lasted_s = 4, .right = true, .right_s = 3},
        {.lasted_s = 30, .n_changes = 4, .right_s = 1}, /* does not end right */
    };
    Steadiness steadiness;
    GenreError error;
    ck_assert_int_eq(steadiness_of(&steadiness, showings, 4, &error), 0);
    ck_assert_double_eq_tol(steadiness_changes_per_minute(&steadiness), 7 / (65 / 60.0), 1e-9);
    ck_assert_double_eq_tol(steadiness_anew_per_hour(&steadiness), 3 / (84 / 3600.0), 1e-9);
    ck_assert_uint_eq(steadiness.n_noticed, 1);
    ck_assert_uint_eq(steadiness.n_settled, 3);
    ck_assert_double_eq(steadiness.settled_s, 3);
    showings[3].right = true;
    ck_assert_int_eq(steadiness_of(&steadiness, showings, 4, &error), 0);
    ck_assert_double_eq(steadiness.settled_s, 2.5);
    ck_assert_int_eq(steadiness_of(&steadiness, showings + 2, 1, &error), 0);
    ck_assert(isnan(steadiness_changes_per_minute(&steadiness)));
    ck_assert_int_eq(steadiness_of(&steadiness, showings, 0, &error), 0);
    ck_assert_uint_eq(steadiness.n_settled, 0);
    ck_assert(isnan(steadiness_anew_per_hour(&steadiness)));
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, changes_count_after_five_seconds);
    tcase_add_test(tests, settled_from_the_last_time_it_turned_right);
    tcase_add_test(tests, other_music_is_noticed_where_less_was_heard_without_silence);
    tcase_add_test(tests, clips_are_counted_by_what_they_show);
    tcase_add_test(tests, steadiness_is_of_all_clips);
}
