/* The resampler: a tone stays the tone it was from any rate and channel count, cut into any blocks,
 * and nothing that comes in can poison what goes out. */
#include "audio/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "sound.h"

static const double model_hz = 22050;
static const double pi = 3.14159265358979323846;

/* Resamples n_frames of (n_frames, n_channels) in blocks; returns the samples that came out. */
static size_t resample(GenreResampler *resampler, const float *in, int n_channels, size_t n_frames,
                       size_t block, float *out) {
    size_t n_out = 0;
    for (size_t at = 0; at < n_frames;) {
        float made[GENRE_RESAMPLE_MAX_OUT];
        const float *channels[64];
        size_t n, left = n_frames - at < block ? n_frames - at : block;
        for (int c = 0; c < n_channels; c++)
            channels[c] = in + at * (size_t)n_channels + c;
        while (left > 0) {
            const size_t taken =
                genre_resampler_push(resampler, channels, (size_t)n_channels, left, made, &n);
            REQUIRE(taken >= 1 && taken <= left, "%zu frames taken of %zu", taken, left);
            REQUIRE(n <= GENRE_RESAMPLE_MAX_OUT, "%zu samples came out", n);
            memcpy(out + n_out, made, n * sizeof *made);
            n_out += n;
            at += taken;
            left -= taken;
            for (int c = 0; c < n_channels; c++)
                channels[c] += taken * (size_t)n_channels;
        }
    }
    return n_out;
}

/* Adds what is still to come to the n_out samples of out; returns how many they are then. */
static size_t finish(GenreResampler *resampler, float *out, size_t n_out) {
    float made[GENRE_RESAMPLE_MAX_OUT];
    for (size_t n; (n = genre_resampler_finish(resampler, made)) > 0; n_out += n)
        memcpy(out + n_out, made, n * sizeof *made);
    return n_out;
}

static GenreResampler *make(double in_hz, int n_channels) {
    GenreError error;
    GenreResampler *resampler = genre_resampler_new(in_hz, n_channels, model_hz, &error);
    ck_assert_msg(resampler != NULL, "%s", error.text);
    return resampler;
}

/* Amplitude of `hz` in x: correlation with both phases. */
static double amplitude_at(const float *x, size_t n, double rate_hz, double hz) {
    double re = 0, im = 0;
    for (size_t i = 0; i < n; i++) {
        const double window = 0.5 - 0.5 * cos(2 * pi * (double)i / (double)n);
        re += window * x[i] * cos(2 * pi * hz * (double)i / rate_hz);
        im += window * x[i] * sin(2 * pi * hz * (double)i / rate_hz);
    }
    return 4 * hypot(re, im) / (double)n;
}

static const double rates_hz[] = {8000,  11025, 16000, 22050, 24000,  32000,
                                  44100, 48000, 88200, 96000, 176400, 192000};
static const int channel_counts[] = {1, 2, 6};
enum { N_RATES = 12, N_COUNTS = 3 };

START_TEST(a_tone_keeps_pitch_and_level) {
    const double in_hz = rates_hz[_i / N_COUNTS], tone_hz = 1000;
    const int n_channels = channel_counts[_i % N_COUNTS];
    const size_t n = (size_t)in_hz; /* 1 s */
    float *mono = calloc(n, sizeof *mono), *in = calloc(n * (size_t)n_channels, sizeof *in);
    float *out = calloc((size_t)model_hz + 1000, sizeof *out);
    sound_tone(mono, n, in_hz, tone_hz, 0.5);
    for (size_t i = 0; i < n * (size_t)n_channels; i++)
        in[i] = mono[i / (size_t)n_channels];
    GenreResampler *resampler = make(in_hz, n_channels);
    size_t n_out = resample(resampler, in, n_channels, n, 512, out);
    n_out = finish(resampler, out, n_out);
    /* All of it comes out, and nothing that was not there. */
    ck_assert_uint_eq(n_out, (size_t)model_hz);
    ck_assert_double_eq_tol(amplitude_at(out, n_out, model_hz, tone_hz), 0.5, 0.005);
    ck_assert_double_le(amplitude_at(out, n_out, model_hz, tone_hz * 1.05), 0.001);
    ck_assert_double_le(amplitude_at(out, n_out, model_hz, tone_hz * 2), 0.001);
    /* In phase with the source: the resampler's delay was taken off. */
    for (size_t i = 2000; i < 4000; i++)
        REQUIRE(fabs(out[i] - 0.5 * sin(2 * pi * tone_hz * (double)i / model_hz)) <= 0.01,
                "sample %zu is %g", i, out[i]);
    genre_resampler_free(resampler);
    free(mono);
    free(in);
    free(out);
}
END_TEST

START_TEST(what_the_model_rate_cannot_hold_is_removed) {
    const double in_hz = 96000;
    const size_t n = 48000;
    float *in = calloc(n, sizeof *in), *out = calloc(n, sizeof *out);
    GenreResampler *resampler = make(in_hz, 1);
    sound_tone(in, n, in_hz, 15000, 0.5);
    const size_t n_out = resample(resampler, in, 1, n, 512, out);
    for (size_t i = 200; i < n_out; i++)
        REQUIRE(fabs(out[i]) <= 0.002, "sample %zu is %g", i, out[i]);
    genre_resampler_free(resampler);
    free(in);
    free(out);
}
END_TEST

START_TEST(blocks_do_not_matter) {
    static const size_t blocks[] = {7, 64, 512, 4096};
    const double in_hz = rates_hz[_i / N_COUNTS];
    const int n_channels = channel_counts[_i % N_COUNTS];
    const size_t n = 10000;
    float *in = calloc(n * (size_t)n_channels, sizeof *in);
    float *one = calloc(4 * n, sizeof *one), *out = calloc(4 * n, sizeof *out);
    sound_noise(in, n * (size_t)n_channels, 1, 1);
    GenreResampler *resampler = make(in_hz, n_channels);
    const size_t n_one = finish(resampler, one, resample(resampler, in, n_channels, n, 1, one));
    genre_resampler_free(resampler);
    for (int b = 0; b < 4; b++) {
        resampler = make(in_hz, n_channels);
        const size_t n_out = resample(resampler, in, n_channels, n, blocks[b], out);
        ck_assert_uint_eq(finish(resampler, out, n_out), n_one);
        ck_assert_mem_eq(one, out, n_one * sizeof *one);
        genre_resampler_free(resampler);
    }
    free(in);
    free(one);
    free(out);
}
END_TEST

/* Wherever it is reset: nothing is left of what was, and nothing is shifted. */
START_TEST(reset_equals_new) {
    static const size_t before[] = {1, 64, 777, 1600, 10000};
    /* The last is of odd steps, 441 : 80, between halves of the rate. */
    const double in_hz = _i < N_RATES ? rates_hz[_i] : 88200;
    /* These two repeat too seldom to come back to where they were. */
    const float tolerance = in_hz == 192000 || _i == N_RATES ? 2e-6f : 0;
    const size_t n = 10000;
    float *in = calloc(n, sizeof *in);
    float *fresh = calloc(4 * n, sizeof *fresh), *out = calloc(4 * n, sizeof *out);
    sound_noise(in, n, 1, 1);
    GenreResampler *resampler =
        _i < N_RATES ? make(in_hz, 1) : genre_resampler_new(in_hz, 1, 16000, NULL);
    const size_t n_fresh = finish(resampler, fresh, resample(resampler, in, 1, n, 64, fresh));
    for (int b = 0; b < 5; b++) {
        genre_resampler_reset(resampler);
        resample(resampler, in, 1, before[b], 64, out);
        genre_resampler_reset(resampler);
        const size_t n_out = resample(resampler, in, 1, n, 64, out);
        ck_assert_uint_eq(finish(resampler, out, n_out), n_fresh);
        for (size_t i = 0; i < n_fresh; i++)
            REQUIRE(fabsf(out[i] - fresh[i]) <= tolerance, "sample %zu is %.8g, not %.8g", i,
                    out[i], fresh[i]);
    }
    genre_resampler_free(resampler);
    free(in);
    free(fresh);
    free(out);
}
END_TEST

START_TEST(bad_samples_do_no_harm) {
    const size_t n = 44100;
    float *in = calloc(n, sizeof *in), *out = calloc(n, sizeof *out);
    GenreResampler *resampler = make(_i ? 44100 : model_hz, _i == 2 ? 2 : 1);
    sound_tone(in, n, 44100, 440, 0.5);
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-45f};
    for (size_t i = 0; i < 600; i++)
        in[i * 10] = bad[i % 6];
    const size_t n_out = _i == 2 ? resample(resampler, in, 2, n / 2, 512, out)
                                 : resample(resampler, in, 1, n, 512, out);
    for (size_t i = 0; i < n_out; i++)
        REQUIRE(fabs(out[i]) <= 2000, "sample %zu is %g", i, out[i]);
    /* And it is over when it is over. */
    for (size_t i = n_out / 2; i < n_out; i++)
        REQUIRE(fabs(out[i]) <= 0.51, "sample %zu is %g", i, out[i]);
    genre_resampler_free(resampler);
    free(in);
    free(out);
}
END_TEST

START_TEST(channels_are_averaged) {
    float in[2 * 64], out[GENRE_RESAMPLE_MAX_OUT];
    GenreResampler *resampler = make(model_hz, 2);
    for (int i = 0; i < 64; i++) {
        in[2 * i] = (float)i;
        in[2 * i + 1] = 3 * (float)i;
    }
    ck_assert_uint_eq(resample(resampler, in, 2, 64, 64, out), 64);
    for (int i = 0; i < 64; i++)
        ck_assert_float_eq(out[i], 2 * (float)i);
    genre_resampler_free(resampler);
}
END_TEST

START_TEST(refuses_what_it_cannot_do) {
    static const double bad_hz[] = {0, -44100, 7999, 192001, NAN, INFINITY};
    static const int bad_channels[] = {0, -1, 65, 1 << 30};
    GenreError error;
    for (int i = 0; i < 6; i++) {
        ck_assert_ptr_null(genre_resampler_new(bad_hz[i], 1, model_hz, &error));
        ck_assert_int_eq(error.status, GENRE_ERR_BAD_ARG);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_ptr_null(genre_resampler_new(44100, bad_channels[i], model_hz, &error));
        ck_assert_int_eq(error.status, GENRE_ERR_BAD_ARG);
    }
    genre_resampler_free(NULL);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, a_tone_keeps_pitch_and_level, 0, N_RATES * N_COUNTS);
    tcase_add_test(tests, what_the_model_rate_cannot_hold_is_removed);
    tcase_add_loop_test(tests, blocks_do_not_matter, 0, N_RATES * N_COUNTS);
    tcase_add_loop_test(tests, reset_equals_new, 0, N_RATES + 1);
    tcase_add_loop_test(tests, bad_samples_do_no_harm, 0, 3);
    tcase_add_test(tests, channels_are_averaged);
    tcase_add_test(tests, refuses_what_it_cannot_do);
}
