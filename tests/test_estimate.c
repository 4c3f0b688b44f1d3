/* From logits to an answer: every rule of the estimate, driven frame by frame. */
#include "estimate/estimate.h"

#include <math.h>
#include <string.h>

#include "run.h"

static const double period_s = 0.05;

enum { N_LABELS = 4 };

static GenreModel model = {.n_labels = N_LABELS};

typedef struct {
    GenreEstimator e;
    double time_s;
} Stream;

static Stream start(const GenreSettings *settings) {
    Stream s = {.time_s = 0};
    genre_estimator_init(&s.e, &model, period_s);
    genre_estimator_configure(&s.e, settings);
    genre_estimator_reset(&s.e);
    return s;
}

static void check_consistent(const GenreEstimate *e) {
    double sum = 0;
    for (int i = 0; i < e->n_labels; i++) {
        REQUIRE(e->scores[i] >= 0 && e->scores[i] <= 1, "score %d is %g", i, e->scores[i]);
        sum += e->scores[i];
    }
    REQUIRE(fabs(sum - 1) < 1e-4, "the scores' sum is %g", sum);
    REQUIRE(e->n_labels == N_LABELS, "%d labels", e->n_labels);
    REQUIRE((e->genre >= 0) == (e->state == GENRE_STATE_MUSIC) && e->genre < N_LABELS,
            "genre %d in state %d", e->genre, (int)e->state);
    REQUIRE(e->confidence >= 0 && e->confidence <= 1, "confidence %g", e->confidence);
    REQUIRE(e->held_s >= 0 && e->heard_s >= 0, "negative times");
}

/* One frame with these logits, as the classifier would do it. */
static void push(Stream *s, const float *logits, float level_db) {
    s->time_s += period_s;
    const GenreFrameKind kind = genre_estimator_gate(&s->e, level_db);
    genre_estimator_push(&s->e, kind == GENRE_FRAME_SILENT ? NULL : logits, level_db, s->time_s);
    check_consistent(&s->e.latest);
}

static void hear_logits(Stream *s, double seconds, const float *logits) {
    for (int i = 0; i < (int)lround(seconds / period_s); i++)
        push(s, logits, -20);
}

/* `seconds` of sound that speaks for `label` with the given lead over all others. */
static void hear(Stream *s, double seconds, int label, float lead) {
    float logits[N_LABELS] = {0};
    logits[label] = lead;
    hear_logits(s, seconds, logits);
}

static void hear_nothing(Stream *s, double seconds) {
    const float logits[N_LABELS] = {0};
    for (int i = 0; i < (int)lround(seconds / period_s); i++)
        push(s, logits, -100);
}

static GenreSettings settings(void) {
    GenreSettings s = genre_settings_default();
    s.interval_s = 0.1f;
    return s;
}

START_TEST(first_answer_comes_in_time) {
    const GenreSettings set = genre_settings_default();
    Stream s = start(&set);
    hear(&s, 0.9, 2, 9);
    ck_assert_uint_eq(s.e.latest.sequence, 0); /* nothing can be said yet, and nothing is */
    hear(&s, 0.6, 2, 9);
    ck_assert_uint_eq(s.e.latest.sequence, 1);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_MUSIC);
    ck_assert_int_eq(s.e.latest.genre, 2);
    ck_assert_double_le(s.e.latest.time_s, 1.5);
}
END_TEST

/* However long a genre is held on to, doubt is not. */
START_TEST(unknown_gives_way_within_a_second) {
    GenreSettings set = settings();
    set.smoothing_s = 0;
    set.hold_s = 60;
    set.unknown_below = 0.9f;
    Stream s = start(&set);
    hear(&s, 3, 0, 0.5f);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    hear(&s, 0.8, 2, 9);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    hear(&s, 0.4, 2, 9);
    ck_assert_int_eq(s.e.latest.genre, 2);
    hear(&s, 5, 1, 9);
    ck_assert_int_eq(s.e.latest.genre, 2);
}
END_TEST

START_TEST(first_answer_after_silence_comes_in_time) {
    const GenreSettings set = settings();
    Stream s = start(&set);
    hear_nothing(&s, 3);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_SILENCE);
    hear(&s, 0.5, 1, 9);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    hear(&s, 0.9, 1, 9);
    ck_assert_int_eq(s.e.latest.genre, 1);
}
END_TEST

START_TEST(smoothing_equals_the_formula) {
    static const float smoothing_s[] = {0, 0.02f, 0.2f, 1, 5, INFINITY};
    GenreSettings set = settings();
    set.smoothing_s = smoothing_s[_i];
    set.unknown_below = 0;
    Stream s = start(&set);
    double mean[N_LABELS] = {0};
    for (int t = 1; t <= 400; t++) {
        float logits[N_LABELS];
        double p[N_LABELS], sum = 0;
        for (int i = 0; i < N_LABELS; i++) {
            logits[i] = 3 * sinf((float)(t * (i + 1)));
            sum += p[i] = exp(logits[i]);
        }
        /* The mean of all, the later ones of the first 20 s counting more, until the exponential
         * one's share is the larger. */
        const double even = (t * period_s < 20 ? 4.0 : 1.0) / t;
        const double share = fmin(1, fmax(even, period_s / smoothing_s[_i]));
        for (int i = 0; i < N_LABELS; i++)
            mean[i] += share * (p[i] / sum - mean[i]);
        push(&s, logits, -20);
        for (int i = 0; i < N_LABELS; i++)
            REQUIRE(fabs(s.e.mean[i] - mean[i]) < 1e-5, "step %d, label %d: %g instead of %g", t, i,
                    s.e.mean[i], mean[i]);
    }
    ck_assert_mem_eq(s.e.latest.scores, s.e.mean, sizeof(float) * N_LABELS);
}
END_TEST

START_TEST(another_genre_must_lead_for_a_while) {
    GenreSettings set = settings();
    set.smoothing_s = 0;
    set.hold_s = 1;
    Stream s = start(&set);
    hear(&s, 2, 0, 9);
    ck_assert_int_eq(s.e.latest.genre, 0);
    ck_assert_float_gt(s.e.latest.held_s, 0.9f);
    for (int i = 0; i < 5; i++) { /* leads that do not last */
        hear(&s, 0.8, 1, 9);
        hear(&s, 0.1, 0, 9);
        ck_assert_int_eq(s.e.latest.genre, 0);
    }
    for (int i = 0; i < 5; i++) { /* leads of different genres do not add up */
        hear(&s, 0.6, 1, 9);
        hear(&s, 0.6, 2, 9);
        ck_assert_int_eq(s.e.latest.genre, 0);
    }
    hear(&s, 0.4, 0, 9);
    hear(&s, 1.1, 3, 9);
    ck_assert_int_eq(s.e.latest.genre, 3);
    ck_assert_float_lt(s.e.latest.held_s, 0.3f);
    set.hold_s = 0;
    genre_estimator_configure(&s.e, &set);
    hear(&s, 0.1, 1, 9);
    ck_assert_int_eq(s.e.latest.genre, 1);
}
END_TEST

START_TEST(another_genre_must_lead_clearly) {
    static const float close[N_LABELS] = {2, 2.3f}; /* scores 0.38 and 0.51 */
    static const float clear[N_LABELS] = {2, 2.4f}; /* 0.36 and 0.54 */
    GenreSettings set = settings();
    set.smoothing_s = 0;
    Stream s = start(&set);
    hear(&s, 2, 0, 9);
    hear_logits(&s, 9, close);
    ck_assert_int_eq(s.e.latest.genre, 0);
    ck_assert_float_eq_tol(s.e.latest.confidence, 0.382f, 1e-3f);
    hear_logits(&s, 1.1, clear);
    ck_assert_int_eq(s.e.latest.genre, 1);
    hear(&s, 2, 0, 9);
    set.hold_s = 0;
    genre_estimator_configure(&s.e, &set);
    hear_logits(&s, 0.1, close);
    ck_assert_int_eq(s.e.latest.genre, 1);
}
END_TEST

START_TEST(a_name_outlasts_a_little_doubt) {
    static const float little[N_LABELS] = {0, 1.1f}; /* e^1.1 / (e^1.1 + 3) = 0.500 */
    static const float more[N_LABELS] = {0, 0.8f};   /* 0.426 */
    GenreSettings set = settings();
    set.smoothing_s = 0;
    set.unknown_below = 0.54f;
    Stream s = start(&set);
    hear_logits(&s, 9, little);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    hear(&s, 2, 1, 9);
    hear_logits(&s, 9, little);
    ck_assert_int_eq(s.e.latest.genre, 1);
    hear_logits(&s, 1.1, more);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
}
END_TEST

START_TEST(little_confidence_is_unknown) {
    GenreSettings set = settings();
    set.unknown_below = 0.6f;
    Stream s = start(&set);
    hear(&s, 2, 1, 1); /* e / (e + 3) = 0.475 */
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    ck_assert_float_eq_tol(s.e.latest.confidence, 0.4754f, 1e-3f);
    set.unknown_below = 0.4f;
    genre_estimator_configure(&s.e, &set);
    hear(&s, 1.2, 1, 1);
    ck_assert_int_eq(s.e.latest.genre, 1);
    set.unknown_below = 1;
    genre_estimator_configure(&s.e, &set);
    hear(&s, 1.2, 1, 1);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
}
END_TEST

START_TEST(silence_is_no_genre) {
    const GenreSettings set = settings();
    Stream s = start(&set);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_SILENCE); /* before anything came */
    hear(&s, 3, 1, 9);
    hear_nothing(&s, 0.3); /* a rest in the music */
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_MUSIC);
    hear_nothing(&s, 0.3);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_SILENCE);
    ck_assert_int_eq(s.e.latest.genre, -1);
    ck_assert_float_eq(s.e.latest.confidence, 0);
    ck_assert_float_eq(s.e.latest.scores[1], 1.0f / N_LABELS);
    /* After a short break the piece goes on ... */
    hear(&s, 0.1, 1, 9);
    ck_assert_int_eq(s.e.latest.genre, 1);
    ck_assert_float_gt(s.e.latest.heard_s, 3);
    /* ... after a long one another begins, of which nothing is known. */
    hear_nothing(&s, 4);
    hear(&s, 0.5, 2, 9);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    ck_assert_float_lt(s.e.latest.heard_s, 0.6f);
    hear(&s, 0.8, 2, 9);
    ck_assert_int_eq(s.e.latest.genre, 2);
}
END_TEST

START_TEST(an_onset_is_told_once) {
    const GenreSettings set = settings();
    Stream s = start(&set);
    hear_nothing(&s, 3);
    ck_assert_int_eq(genre_estimator_gate(&s.e, -20), GENRE_FRAME_ONSET);
    ck_assert_int_eq(genre_estimator_gate(&s.e, -20), GENRE_FRAME_SOUND);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(genre_estimator_gate(&s.e, -100), GENRE_FRAME_SOUND);
    ck_assert_int_eq(genre_estimator_gate(&s.e, -100), GENRE_FRAME_SILENT);
    ck_assert_int_eq(genre_estimator_gate(&s.e, -20), GENRE_FRAME_SOUND);
}
END_TEST

START_TEST(estimates_come_at_the_interval) {
    GenreSettings set = settings();
    set.interval_s = 2;
    Stream s = start(&set);
    hear(&s, 1.05, 1, 9);
    const uint64_t first = s.e.latest.sequence;
    const double first_s = s.e.latest.time_s;
    hear(&s, 20, 1, 9);
    ck_assert_uint_eq(s.e.latest.sequence, first + 10);
    ck_assert_double_eq_tol(s.e.latest.time_s, first_s + 20, period_s);
    hear(&s, 0.5, 1, 9);
    hear_nothing(&s, 0.6); /* a change is told at once */
    ck_assert_uint_eq(s.e.latest.sequence, first + 11);
}
END_TEST

START_TEST(settings_are_clamped) {
    const GenreSettings low = {-1, -1, -1, -1, -1000, -1}, high = {1e9f, 1e9f, 1e9f, 9, 9, 1e9f};
    const GenreSettings none = {NAN, NAN, NAN, NAN, NAN, NAN}, d = genre_settings_default();
    Stream s = start(&low);
    ck_assert_float_eq(s.e.settings.interval_s, 0.1f);
    ck_assert_float_eq(s.e.settings.smoothing_s, 0);
    ck_assert_float_eq(s.e.settings.hold_s, 0);
    ck_assert_float_eq(s.e.settings.unknown_below, 0);
    ck_assert_float_eq(s.e.settings.silence_db, -120);
    ck_assert_float_eq(s.e.settings.silence_s, 0);
    genre_estimator_configure(&s.e, &high);
    ck_assert_float_eq(s.e.settings.interval_s, 3600);
    ck_assert_float_eq(s.e.settings.smoothing_s, 1e9f);
    ck_assert_float_eq(s.e.settings.hold_s, 60);
    ck_assert_float_eq(s.e.settings.unknown_below, 1);
    ck_assert_float_eq(s.e.settings.silence_db, 0);
    ck_assert_float_eq(s.e.settings.silence_s, 60);
    genre_estimator_configure(&s.e, &none);
    ck_assert_mem_eq(&s.e.settings, &d, sizeof d);
    genre_estimator_configure(&s.e, NULL);
    ck_assert_mem_eq(&s.e.settings, &d, sizeof d);
}
END_TEST

START_TEST(overflowing_logits_say_nothing) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    const GenreSettings set = settings();
    Stream s = start(&set);
    for (int k = 0; k < 3; k++) {
        float logits[N_LABELS] = {1, 2, 3, 4};
        for (int i = 0; i < N_LABELS; i++) {
            logits[i] = bad[k];
            for (int t = 0; t < 50; t++)
                push(&s, logits, -20); /* which checks that the scores hold */
        }
    }
    float huge[N_LABELS] = {3e38f, -3e38f, 3e38f, 0};
    for (int t = 0; t < 50; t++)
        push(&s, huge, -20);
    /* And it recovers. */
    hear(&s, 60, 1, 9);
    ck_assert_int_eq(s.e.latest.genre, 1);
}
END_TEST

START_TEST(finish_gives_a_last_estimate) {
    const GenreSettings set = genre_settings_default();
    Stream s = start(&set);
    genre_estimator_finish(&s.e, -120, 0); /* a stream without a sample */
    ck_assert_uint_eq(s.e.latest.sequence, 1);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_SILENCE);

    s = start(&set);
    hear(&s, 0.5, 1, 9); /* too short to tell */
    genre_estimator_finish(&s.e, -20, s.time_s);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    check_consistent(&s.e.latest);

    s = start(&set);
    hear(&s, 5, 1, 9);
    genre_estimator_finish(&s.e, -20, s.time_s);
    ck_assert_int_eq(s.e.latest.genre, 1);
    ck_assert_double_eq(s.e.latest.time_s, s.time_s);
}
END_TEST

START_TEST(a_fade_out_does_not_hide_the_music) {
    const GenreSettings set = genre_settings_default();
    Stream s = start(&set);
    hear(&s, 10, 3, 9);
    hear_nothing(&s, 8);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_SILENCE);
    const uint64_t before = s.e.latest.sequence;
    genre_estimator_finish(&s.e, -20, s.time_s);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_MUSIC);
    ck_assert_int_eq(s.e.latest.genre, 3);
    ck_assert_uint_eq(s.e.latest.sequence, before + 1);
    ck_assert_double_eq(s.e.latest.time_s, s.time_s);
    genre_estimator_reset(&s.e); /* and is forgotten with the rest */
    genre_estimator_finish(&s.e, -120, 0);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_SILENCE);
}
END_TEST

START_TEST(calibration_is_interpolated) {
    const GenreCalibration none = {0};
    const GenreCalibration one = {1, {3}, {2}};
    const GenreCalibration some = {3, {1, 3, 13}, {4, 2, 1}};
    ck_assert_float_eq(genre_calibration_at(&none, 7), 1);
    ck_assert_float_eq(genre_calibration_at(&one, 0), 2);
    ck_assert_float_eq(genre_calibration_at(&one, 99), 2);
    ck_assert_float_eq(genre_calibration_at(&some, 0), 4);
    ck_assert_float_eq(genre_calibration_at(&some, 1), 4);
    ck_assert_float_eq(genre_calibration_at(&some, 2), 3);
    ck_assert_float_eq(genre_calibration_at(&some, 3), 2);
    ck_assert_float_eq(genre_calibration_at(&some, 8), 1.5f);
    ck_assert_float_eq(genre_calibration_at(&some, 13), 1);
    ck_assert_float_eq(genre_calibration_at(&some, 1e9f), 1);
}
END_TEST

START_TEST(calibration_divides_the_logits) {
    GenreModel warm = model;
    warm.calibration = (GenreCalibration){1, {0}, {2}};
    GenreEstimator e;
    const float logits[N_LABELS] = {4, 0, 0, 0};
    genre_estimator_init(&e, &warm, period_s);
    for (int t = 0; t < 40; t++) {
        genre_estimator_gate(&e, -20);
        genre_estimator_push(&e, logits, -20, t * period_s);
    }
    ck_assert_float_eq_tol(e.latest.scores[0], expf(2) / (expf(2) + 3), 1e-5f);
}
END_TEST

START_TEST(a_day_long_stream_keeps_its_sum) {
    GenreSettings set = settings();
    set.smoothing_s = INFINITY;
    Stream s = start(&set);
    float logits[N_LABELS] = {0};
    for (int t = 0; t < 1000000; t++) { /* 14 hours; push checks the sum */
        logits[t % N_LABELS] = (float)(t % 7);
        push(&s, logits, -20);
    }
}
END_TEST

START_TEST(states_have_names) {
    ck_assert_str_eq(genre_state_name(GENRE_STATE_SILENCE), "silence");
    ck_assert_str_eq(genre_state_name(GENRE_STATE_UNKNOWN), "unknown");
    ck_assert_str_eq(genre_state_name(GENRE_STATE_MUSIC), "music");
}
END_TEST

/* Logits that come once for several frames count as if each of these had had them. */
START_TEST(waiting_frames_count) {
    GenreSettings settings = genre_settings_default();
    Stream each = start(&settings), some = start(&settings);
    for (int t = 0; t < 1200; t++) {
        float logits[N_LABELS] = {0};
        logits[t / 40 % 3] = 3;
        push(&each, logits, -20);
        some.time_s += period_s;
        genre_estimator_gate(&some.e, -20);
        if (t % 10 == 9)
            genre_estimator_push(&some.e, logits, -20, some.time_s);
        else
            genre_estimator_wait(&some.e, -20, some.time_s);
        check_consistent(&some.e.latest);
        if (t % 10 != 9)
            continue;
        /* While little was heard a frame's share shrinks within those that waited, too. */
        for (int i = 0; i < N_LABELS; i++)
            ck_assert_float_eq_tol(each.e.mean[i], some.e.mean[i], t < 900 ? 0.05f : 1e-4f);
        ck_assert_uint_eq(each.e.n_heard, some.e.n_heard);
    }
    ck_assert_uint_gt(some.e.latest.sequence, 20);
}
END_TEST

/* They are wanted once a second was heard, then when an estimate falls due, never every frame. */
START_TEST(logits_are_wanted_in_time) {
    static const float intervals_s[] = {0.1f, 0.3f, 2};
    static const int n_between[] = {5, 6, 40}; /* frames of 0.05 s */
    GenreSettings settings = genre_settings_default();
    const float logits[N_LABELS] = {3};
    settings.interval_s = intervals_s[_i];
    Stream s = start(&settings);
    int last = 0;
    for (int t = 1; t <= 400; t++) {
        s.time_s += period_s;
        genre_estimator_gate(&s.e, -20);
        if (!genre_estimator_wants(&s.e)) {
            genre_estimator_wait(&s.e, -20, s.time_s);
            continue;
        }
        genre_estimator_push(&s.e, logits, -20, s.time_s);
        if (last == 0)
            ck_assert_int_eq(t, 20);
        else
            ck_assert_int_le(abs(t - last - n_between[_i]), 1);
        last = t;
    }
    ck_assert_int_gt(last, 350);
    /* What waits at the end is caught up with; where nothing waits, nothing happens. */
    genre_estimator_wait(&s.e, -20, s.time_s);
    const float other[N_LABELS] = {0, 9};
    const float before = s.e.mean[1];
    genre_estimator_catch_up(&s.e, other);
    ck_assert_float_gt(s.e.mean[1], before);
    const GenreEstimator caught_up = s.e;
    genre_estimator_catch_up(&s.e, logits);
    ck_assert_mem_eq(&caught_up, &s.e, sizeof caught_up);
}
END_TEST

/* Labels that do not exclude each other: every score is a sigmoid by itself. */
START_TEST(independent_labels_are_scored_each_by_itself) {
    static GenreModel independent = {.n_labels = N_LABELS, .independent = true};
    const GenreSettings settings = {.interval_s = 0.1f,
                                    .smoothing_s = 5,
                                    .unknown_below = 0.6f,
                                    .silence_db = -60,
                                    .silence_s = 0.1f};
    const float both[N_LABELS] = {2, 1, -3, -4}, none[N_LABELS] = {-1, 0.2f, -3, -4};
    GenreEstimator e;
    genre_estimator_init(&e, &independent, period_s);
    genre_estimator_configure(&e, &settings);
    for (int i = 0; i < N_LABELS; i++)
        ck_assert_float_eq(e.latest.scores[i], 0);
    for (int t = 1; t <= 40; t++) {
        genre_estimator_gate(&e, -20);
        genre_estimator_push(&e, both, -20, t * period_s);
    }
    for (int i = 0; i < N_LABELS; i++)
        ck_assert_float_eq_tol(e.latest.scores[i], 1 / (1 + expf(-both[i])), 1e-5f);
    ck_assert_int_eq(e.latest.state, GENRE_STATE_MUSIC);
    ck_assert_int_eq(e.latest.genre, 0);
    ck_assert_float_eq(e.latest.confidence, e.latest.scores[0]);
    for (int t = 41; t <= 1000; t++) {
        genre_estimator_gate(&e, -20);
        genre_estimator_push(&e, none, -20, t * period_s);
    }
    ck_assert_int_eq(e.latest.state, GENRE_STATE_UNKNOWN);
    ck_assert_float_eq_tol(e.latest.confidence, 1 / (1 + expf(-none[1])), 1e-3f);
    for (int t = 1001; t <= 1040; t++) {
        genre_estimator_gate(&e, -90);
        genre_estimator_push(&e, NULL, -90, t * period_s);
    }
    ck_assert_int_eq(e.latest.state, GENRE_STATE_SILENCE);
    for (int i = 0; i < N_LABELS; i++)
        ck_assert_float_eq(e.latest.scores[i], 0);
}
END_TEST

/* Where the music changes the scores are the new music's at once, and the old name is shown until
 * the new one has led for long enough. */
START_TEST(another_piece_begins_under_the_old_name) {
    static const float new[N_LABELS] = {0, 0, 9, 0};
    GenreSettings set = settings();
    set.smoothing_s = 600; /* or the scores would change by themselves */
    Stream s = start(&set);
    hear(&s, 60, 0, 9);
    ck_assert_float_eq_tol(s.e.latest.heard_s, 60, 0.1f);
    genre_estimator_begin_again(&s.e, 60); /* 3 s */
    s.time_s += 2 * period_s;
    for (int i = 0; i < 2; i++) { /* until there are logits all is of the music before */
        genre_estimator_wait(&s.e, -20, s.time_s);
        ck_assert_float_eq_tol(s.e.latest.heard_s, 60.1f, 0.11f);
        ck_assert_float_eq_tol(s.e.latest.scores[0], 1, 1e-3f);
    }
    push(&s, new, -20);
    ck_assert_float_eq_tol(s.e.mean[2], 1, 1e-3f);
    push(&s, new, -20);
    ck_assert_float_eq_tol(s.e.latest.heard_s, 3.2f, 0.051f);
    ck_assert_float_eq_tol(s.e.latest.scores[2], 1, 1e-3f);
    ck_assert_int_eq(s.e.latest.genre, 0);
    ck_assert_float_gt(s.e.latest.held_s, 58);
    hear_logits(&s, 0.7, new);
    ck_assert_int_eq(s.e.latest.genre, 0);
    hear_logits(&s, 0.3, new);
    ck_assert_int_eq(s.e.latest.genre, 2);
    /* What comes next counts beside what came before, as ever. */
    push(&s, (const float[N_LABELS]){9}, -20);
    ck_assert_float_lt(s.e.mean[0], 0.1f);
}
END_TEST

/* Nor does a network that begins anew from very little take the name away. */
START_TEST(another_piece_is_no_first_answer) {
    const GenreSettings set = settings();
    Stream s = start(&set);
    hear(&s, 30, 0, 9);
    genre_estimator_begin_again(&s.e, 5);
    for (int i = 0; i < 20; i++) {
        hear(&s, period_s, 0, 9);
        ck_assert_int_eq(s.e.latest.genre, 0);
    }
    ck_assert_float_eq_tol(s.e.latest.heard_s, 2, 0.11f);
    genre_estimator_reset(&s.e);
    hear(&s, 1.2, 0, 9);
    genre_estimator_begin_again(&s.e, 600); /* nor is more counted than was heard */
    hear(&s, 0.2, 0, 9);
    ck_assert_float_eq_tol(s.e.latest.heard_s, 1.4f, 0.051f);
}
END_TEST

/* Whoever asks for all to count alike has it over all pieces. */
START_TEST(infinite_smoothing_is_over_all_pieces) {
    GenreSettings set = settings();
    set.smoothing_s = INFINITY;
    Stream s = start(&set), other = start(&set);
    hear(&s, 40, 0, 9);
    hear(&other, 40, 0, 9);
    genre_estimator_begin_again(&s.e, 60);
    hear(&s, 10, 2, 9);
    hear(&other, 10, 2, 9);
    ck_assert_mem_eq(&s.e.latest, &other.e.latest, sizeof s.e.latest);
    ck_assert_int_eq(s.e.latest.genre, 0);
}
END_TEST

/* Logits that are no numbers do not stand for the new music. */
START_TEST(another_piece_begins_with_what_can_be_scored) {
    static const float broken[N_LABELS] = {INFINITY, -INFINITY, NAN, 0}, new[N_LABELS] = {0, 0, 9};
    Stream s = start(NULL);
    hear(&s, 30, 0, 9);
    genre_estimator_begin_again(&s.e, 60);
    push(&s, broken, -20);
    ck_assert_float_eq_tol(s.e.mean[0], 1, 1e-3f);
    push(&s, new, -20);
    ck_assert_float_eq_tol(s.e.mean[2], 1, 1e-3f);
}
END_TEST

static GenreModel knowing = {.n_labels = N_LABELS, .not_music = "talk"};

/* `seconds` of sound of which a model that knows what is not music says these logits. */
static void hear_outputs(Stream *s, double seconds, const float *logits) {
    for (int i = 0; i < (int)lround(seconds / period_s); i++)
        push(s, logits, -20);
}

static Stream start_knowing(float smoothing_s) {
    GenreSettings set = settings();
    set.smoothing_s = smoothing_s;
    set.unknown_below = 0; /* what is not music has no genre even where any confidence will do */
    Stream s = {.time_s = 0};
    genre_estimator_init(&s.e, &knowing, period_s);
    genre_estimator_configure(&s.e, &set);
    return s;
}

START_TEST(what_is_not_music_is_unknown) {
    static const float rock[N_LABELS + 1] = {0, 6, 0, 0, 0}, talk[N_LABELS + 1] = {0, 1, 0, 0, 9};
    Stream s = start_knowing(0);
    hear_outputs(&s, 2, talk);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
    ck_assert_int_eq(s.e.latest.genre, -1);
    hear_outputs(&s, 2, rock);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_MUSIC);
    ck_assert_int_eq(s.e.latest.genre, 1);
    hear_outputs(&s, 0.5, talk); /* a word in between */
    ck_assert_int_eq(s.e.latest.genre, 1);
    hear_outputs(&s, 2, talk);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
}
END_TEST

/* Labels alone have scores, and the rest makes them alike, as silence does. */
START_TEST(scores_are_those_of_genres) {
    static const float even[N_LABELS + 1] = {0, 0, 2, 0, 2}, talk[N_LABELS + 1] = {0, 1, 0, 0, 20};
    Stream s = start_knowing(0);
    hear_outputs(&s, 2, even);
    const double sum = 3 + 2 * exp(2), share = exp(2) / sum;
    ck_assert_double_eq_tol(s.e.latest.scores[2], share + share / N_LABELS, 1e-5);
    ck_assert_double_eq_tol(s.e.latest.scores[0], 1 / sum + share / N_LABELS, 1e-5);
    ck_assert_double_eq_tol(s.e.latest.confidence, s.e.latest.scores[2], 1e-9);
    ck_assert_int_eq(s.e.latest.genre, 2); /* as likely as not: the genre has it */
    hear_outputs(&s, 2, talk);
    for (int i = 0; i < N_LABELS; i++)
        ck_assert_double_eq_tol(s.e.latest.scores[i], 1.0 / N_LABELS, 1e-5);
    genre_estimator_reset(&s.e);
    check_consistent(&s.e.latest);
    ck_assert_double_eq_tol(s.e.latest.scores[3], 1.0 / N_LABELS, 1e-6);
}
END_TEST

/* The running mean is over what is not music, too. */
START_TEST(talk_wins_when_it_has_lasted) {
    static const float rock[N_LABELS + 1] = {0, 9, 0, 0, 0}, talk[N_LABELS + 1] = {0, 0, 0, 0, 9};
    Stream s = start_knowing(5);
    hear_outputs(&s, 30, rock);
    hear_outputs(&s, 2.5, talk); /* exp(-2.5 / 5) = 0.6 of the mean are still rock */
    ck_assert_int_eq(s.e.latest.genre, 1);
    hear_outputs(&s, 5, talk);
    ck_assert_int_eq(s.e.latest.state, GENRE_STATE_UNKNOWN);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, what_is_not_music_is_unknown);
    tcase_add_test(tests, scores_are_those_of_genres);
    tcase_add_test(tests, talk_wins_when_it_has_lasted);
    tcase_add_test(tests, waiting_frames_count);
    tcase_add_loop_test(tests, logits_are_wanted_in_time, 0, 3);
    tcase_add_test(tests, first_answer_comes_in_time);
    tcase_add_test(tests, first_answer_after_silence_comes_in_time);
    tcase_add_test(tests, unknown_gives_way_within_a_second);
    tcase_add_loop_test(tests, smoothing_equals_the_formula, 0, 6);
    tcase_add_test(tests, another_genre_must_lead_for_a_while);
    tcase_add_test(tests, another_genre_must_lead_clearly);
    tcase_add_test(tests, a_name_outlasts_a_little_doubt);
    tcase_add_test(tests, another_piece_begins_under_the_old_name);
    tcase_add_test(tests, another_piece_begins_with_what_can_be_scored);
    tcase_add_test(tests, another_piece_is_no_first_answer);
    tcase_add_test(tests, infinite_smoothing_is_over_all_pieces);
    tcase_add_test(tests, little_confidence_is_unknown);
    tcase_add_test(tests, silence_is_no_genre);
    tcase_add_test(tests, an_onset_is_told_once);
    tcase_add_test(tests, estimates_come_at_the_interval);
    tcase_add_test(tests, settings_are_clamped);
    tcase_add_test(tests, overflowing_logits_say_nothing);
    tcase_add_test(tests, finish_gives_a_last_estimate);
    tcase_add_test(tests, a_fade_out_does_not_hide_the_music);
    tcase_add_test(tests, calibration_is_interpolated);
    tcase_add_test(tests, calibration_divides_the_logits);
    tcase_add_test(tests, a_day_long_stream_keeps_its_sum);
    tcase_add_test(tests, states_have_names);
    tcase_add_test(tests, independent_labels_are_scored_each_by_itself);
}
