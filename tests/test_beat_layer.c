/* The layer "beats": rows of known beats against plain means; of bursts of noise, where they must
 * be; what it does without beats; and that it allocates nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/feature.h"
#include "guard.h"
#include "net_helpers.h"
#include "sound.h"

static const double period_s = 512 / 22050.0;

static GenreNet *make_layer(int count, int n_in) {
    char text[100];
    snprintf(text, sizeof text, "[{'kind': 'beats', 'count': %d, 'period_s': %.6f}]", count,
             period_s);
    return make_net(text, n_in, 1);
}

/* x (n, n_streams, n_in) through a network of that one layer; y (count, n_streams, n_in - 1). */
static void run_layer(int count, const float *x, int n, int n_streams, int n_in, float *y) {
    GenreNet *net = make_layer(count, n_in);
    GenreTape *tape = genre_tape_new(net, n, n_streams);
    const GenreRun run = {n, n_streams, genre_math_choose(NULL), NULL};
    const GenreReal *out;
    /* The work space is a run's own: nothing may depend on what the last left there. */
    memset(tape->block, 0xff, genre_tape_size(net, n, n_streams) * sizeof *tape->block);
    if (guard_works())
        GUARDED(out = genre_net_forward(net, &run, x, NULL, tape));
    else
        out = genre_net_forward(net, &run, x, NULL, tape);
    memcpy(y, out, (size_t)count * n_streams * (n_in - 1) * sizeof *y);
    genre_tape_free(tape);
    genre_net_free(net);
}

/* Streams of different tempi and one without a beat, under numbers drawn at random:
 * each row against the mean of the frames between beats. */
START_TEST(rows_are_means_from_beat_to_beat) {
    enum { N = 400, B = 4, N_IN = 4, N_OUT = N_IN - 1 };
    static const int counts[] = {1, 5, 16, 70};
    static const int gaps[B] = {20, 26, 17, 0};
    const int count = counts[_i];
    GenreReal *x = make_numbers((size_t)N * B * N_IN, 5);
    float *y = calloc((size_t)count * B * N_OUT, sizeof *y);
    int beats[B][N], n_beats[B] = {0};
    for (int b = 0; b < B; b++) {
        for (int t = 0; t < N; t++)
            x[(t * B + b) * N_IN + N_OUT] = 0.25f;
        for (int t = 9 + b; t < N - 8 && gaps[b]; t += gaps[b]) {
            x[(t * B + b) * N_IN + N_OUT] = 3;
            beats[b][n_beats[b]++] = t;
        }
    }
    run_layer(count, x, N, B, N_IN, y);
    for (int b = 0; b < B; b++)
        for (int k = 0; k < count; k++) {
            int first = 0, end = N;
            if (n_beats[b] > 0) {
                int beat = n_beats[b] - count + k;
                while (beat < 0)
                    beat += n_beats[b];
                first = beats[b][beat];
                end = beat + 1 < n_beats[b] ? beats[b][beat + 1] : 2 * first - beats[b][beat - 1];
                end = end < N ? end : N;
            }
            for (int i = 0; i < N_OUT; i++) {
                double sum = 0;
                for (int t = first; t < end; t++)
                    sum += x[(t * B + b) * N_IN + i];
                const double found = y[(k * B + b) * N_OUT + i], right = sum / (end - first);
                REQUIRE(fabs(found - right) < 1e-5, "stream %d, row %d, value %d: %g, not %g", b, k,
                        i, found, right);
            }
        }
    free(x);
    free(y);
}
END_TEST

static const double tempi_bpm[] = {70, 90, 113, 128, 150, 170};
enum { N_TEMPI = sizeof tempi_bpm / sizeof *tempi_bpm };

/* Bursts of noise of known tempo, as sound, through the feature: with the frame's number as the
 * other value, a row tells which frames it is made of. */
START_TEST(beats_are_where_sounds_begin) {
    enum { SECONDS = 12, N_SAMPLES = 22050 * SECONDS, COUNT = 12, MAX_FRAMES = 600 };
    static float sound[N_SAMPLES], x[MAX_FRAMES][2];
    const double beat_s = 60 / tempi_bpm[_i], first_s = 0.31;
    json_t *description = json_loads("{\"kind\": \"onset\", \"floor_db\": -40}", 0, NULL);
    GenreFeature *feature = genre_feature_new(description, NULL);
    GenreRng rng = genre_rng(5, 0);
    float y[COUNT];
    int n = 0;
    sound_noise(sound, N_SAMPLES, 0.01, 9);
    for (double at_s = first_s; at_s < SECONDS; at_s += beat_s)
        for (size_t i = 0, at = (size_t)(at_s * 22050); i < 1300 && at + i < N_SAMPLES; i++)
            sound[at + i] += (float)(genre_rng_between(&rng, -0.5, 0.5) * exp(-(double)i / 300));
    for (size_t at = 0; at < N_SAMPLES;) {
        bool ready;
        at += genre_feature_push(feature, sound + at, N_SAMPLES - at, &ready);
        if (!ready)
            continue;
        x[n][0] = (float)n;
        x[n++][1] = *genre_feature_frame(feature);
    }
    run_layer(COUNT, x[0], n, 1, 2, y);
    for (int k = 0; k < COUNT - 1; k++) { /* the last may be cut short by the end */
        /* A row's mean is the middle between two beats; a frame's time is its middle. */
        const double middle_s = (y[k] + 0.5) * period_s + 1024 / 22050.0;
        const double off_s = remainder(middle_s - first_s - beat_s / 2, beat_s);
        REQUIRE(fabs(off_s) < 0.04, "row %d is %.0f ms off", k, 1e3 * off_s);
        REQUIRE(k == 0 || fabs((y[k] - y[k - 1]) * period_s - beat_s) < 0.05,
                "row %d comes %.3f s behind the one before", k, (y[k] - y[k - 1]) * period_s);
    }
    genre_feature_free(feature);
    json_decref(description);
}
END_TEST

/* Windows of fewer frames than tell a tempo, silence, and values that are no numbers. */
START_TEST(without_beats_rows_are_means) {
    enum { MOST = 300, COUNT = 3 };
    static float x[MOST][2];
    static const int lengths[] = {1, 2, 3, 40, MOST};
    static const float onsets[] = {0, 1e-4f, NAN, INFINITY};
    float y[COUNT];
    for (int o = 0; o < 4; o++) {
        const int n = lengths[_i];
        for (int t = 0; t < n; t++) {
            x[t][0] = (float)t;
            x[t][1] = t % 3 ? 0 : onsets[o];
        }
        run_layer(COUNT, x[0], n, 1, 2, y);
        for (int k = 0; k < COUNT; k++)
            ck_assert_double_eq_tol(y[k], (n - 1) / 2.0, 1e-3);
    }
}
END_TEST

START_TEST(refuses_nonsense) {
    static const struct {
        const char *layers, *pattern;
    } cases[] = {
        {"[{\"kind\": \"beats\", \"period_s\": 0.02}]", "count"},
        {"[{\"kind\": \"beats\", \"count\": 4}]", "period_s"},
        {"[{\"kind\": \"beats\", \"count\": 0, \"period_s\": 0.02}]", "count"},
        {"[{\"kind\": \"beats\", \"count\": 4, \"period_s\": 0}]", "period_s"},
        {"[{\"kind\": \"bands\", \"count\": 1},"
         " {\"kind\": \"beats\", \"count\": 4, \"period_s\": 0.02}]",
         "beside the onset strength"},
        {"[{\"kind\": \"dense\", \"units\": 4},"
         " {\"kind\": \"beats\", \"count\": 4, \"period_s\": 0.02}]",
         "cannot follow a layer with trained weights"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GenreError error = {.text = ""};
        json_t *layers = json_loads(cases[i].layers, 0, NULL);
        ck_assert_ptr_null(genre_net_new(layers, 5, &error));
        ck_assert_msg(strstr(error.text, cases[i].pattern), "case %zu: %s", i, error.text);
        json_decref(layers);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, rows_are_means_from_beat_to_beat, 0, 4);
    tcase_add_loop_test(tests, beats_are_where_sounds_begin, 0, N_TEMPI);
    tcase_add_loop_test(tests, without_beats_rows_are_means, 0, 5);
    tcase_add_test(tests, refuses_nonsense);
}
