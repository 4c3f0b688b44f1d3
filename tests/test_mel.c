/* Log-mel frames against a plain double-precision reference: a naive DFT of the windowed samples,
 * librosa's mel(htk=False, norm='slaney') as its documentation defines it, 10 log10. */
#include "feature/mel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/kinds.h"
#include "reference.h"
#include "run.h"
#include "sound.h"

typedef struct {
    double rate_hz;
    int n_fft, hop, mean_hops, n_bands;
    double low_hz, high_hz; /* high_hz 0: not given */
} Setup;

static const Setup setups[] = {
    {22050, 2048, 855, 2, 128, 0, 0},       {22050, 2048, 512, 1, 40, 0, 0},
    {16000, 512, 160, 1, 64, 20, 7600},     {8000, 256, 100, 3, 20, 0, 4000},
    {44100, 4096, 1024, 1, 96, 100, 16000}, {48000, 64, 32, 4, 8, 0, 0},
};
enum { N_SETUPS = sizeof setups / sizeof *setups };

static GenreFeature *make(const Setup *s) {
    GenreError error;
    json_t *json = json_pack("{ss sf si si si si sf}", "kind", "logmel", "rate_hz", s->rate_hz,
                             "n_fft", s->n_fft, "hop", s->hop, "mean_hops", s->mean_hops, "bands",
                             s->n_bands, "low_hz", s->low_hz);
    if (s->high_hz > 0)
        json_object_set_new(json, "high_hz", json_real(s->high_hz));
    GenreFeature *feature = genre_feature_new(json, &error);
    ck_assert_msg(feature != NULL, "%s", error.text);
    json_decref(json);
    return feature;
}

/* Frame `f` of x; `share` (bands) as reference_logmel says, of the row where it is least. */
static void reference_frame(const Setup *s, const float *x, int f, double *frame, double *share) {
    const ReferenceBank bank = {s->rate_hz, s->n_fft, s->n_bands, s->low_hz, s->high_hz};
    double *power = calloc((size_t)s->n_fft / 2 + 1, sizeof *power);
    double *row = calloc((size_t)s->n_bands, sizeof *row);
    double *row_share = calloc((size_t)s->n_bands, sizeof *row_share);
    memset(frame, 0, (size_t)s->n_bands * sizeof *frame);
    for (int b = 0; b < s->n_bands; b++)
        share[b] = 1;
    for (int h = 0; h < s->mean_hops; h++) {
        reference_power(x + (size_t)(f * s->mean_hops + h) * (size_t)s->hop, s->n_fft, power);
        reference_logmel(&bank, power, row, row_share);
        for (int b = 0; b < s->n_bands; b++) {
            frame[b] += row[b] / s->mean_hops;
            share[b] = fmin(share[b], row_share[b]);
        }
    }
    free(power);
    free(row);
    free(row_share);
}

enum {
    SILENCE,
    LOW_TONE,
    TONE,
    HIGH_TONE,
    QUIET_TONE,
    NOISE,
    QUIET_NOISE,
    SQUARE,
    HIGH_SQUARE,
    CLICKS,
    MUSIC,
    N_SOUNDS
};

static void make_sound(int which, float *x, size_t n, double rate_hz) {
    switch (which) {
    case SILENCE:
        sound_silence(x, n);
        break;
    case LOW_TONE:
        sound_tone(x, n, rate_hz, 55, 1);
        break;
    case TONE:
        sound_tone(x, n, rate_hz, 440, 1);
        break;
    case HIGH_TONE:
        sound_tone(x, n, rate_hz, rate_hz * 0.45, 1);
        break;
    case QUIET_TONE:
        sound_tone(x, n, rate_hz, 1234.5, 1e-4);
        break;
    case NOISE:
        sound_noise(x, n, 1, 1);
        break;
    case QUIET_NOISE:
        sound_noise(x, n, 1e-5, 2);
        break;
    case SQUARE:
        sound_square(x, n, rate_hz, 110, 1);
        break;
    case HIGH_SQUARE:
        sound_square(x, n, rate_hz, 3333, 1);
        break;
    case CLICKS:
        sound_clicks(x, n, rate_hz, 0.05);
        break;
    case MUSIC:
        sound_music(x, n, rate_hz);
        break;
    }
}

START_TEST(frames_equal_the_reference) {
    const Setup *s = &setups[_i / N_SOUNDS];
    enum { N_FRAMES = 2 };
    const size_t n = (size_t)(s->n_fft + (N_FRAMES * s->mean_hops - 1) * s->hop);
    float *x = calloc(n, sizeof *x);
    double *right = calloc((size_t)s->n_bands, sizeof *right);
    double *share = calloc((size_t)s->n_bands, sizeof *share);
    make_sound(_i % N_SOUNDS, x, n, s->rate_hz);
    GenreFeature *feature = make(s);
    ck_assert_int_eq(genre_feature_size(feature), s->n_bands);
    size_t at = 0;
    for (int f = 0; f < N_FRAMES; f++) {
        bool ready = false;
        at += genre_feature_push(feature, x + at, n - at, &ready);
        ck_assert(ready);
        reference_frame(s, x, f, right, share);
        for (int b = 0; b < s->n_bands; b++) {
            const double found = genre_feature_frame(feature)[b];
            REQUIRE(fabs(found - right[b]) <= reference_tolerance_db(share[b]),
                    "sound %d, frame %d, band %d: %.3f dB instead of %.3f", _i % N_SOUNDS, f, b,
                    found, right[b]);
        }
    }
    ck_assert_uint_eq(at, n); /* a frame is due with the last sample that it needs */
    genre_feature_free(feature);
    free(x);
    free(right);
    free(share);
}
END_TEST

START_TEST(blocks_do_not_matter) {
    static const size_t blocks[] = {1, 7, 64, 512, 4096};
    enum { N = 40000 };
    const Setup *s = &setups[_i];
    static float x[N];
    float *frames[2] = {NULL, NULL};
    size_t n_values[2] = {0, 0};
    sound_music(x, N, s->rate_hz);
    GenreFeature *feature = make(s);
    const size_t size = (size_t)genre_feature_size(feature);
    for (int b = 0; b < 5; b++) {
        const int k = b > 0;
        n_values[k] = 0;
        genre_feature_reset(feature);
        for (size_t at = 0; at < N;) {
            bool ready;
            const size_t end = (at / blocks[b] + 1) * blocks[b];
            at += genre_feature_push(feature, x + at, (end < N ? end : N) - at, &ready);
            if (!ready)
                continue;
            frames[k] = realloc(frames[k], (n_values[k] + size) * sizeof *frames[k]);
            memcpy(frames[k] + n_values[k], genre_feature_frame(feature), size * sizeof(float));
            n_values[k] += size;
        }
        ck_assert_uint_gt(n_values[k], 0);
        if (k) {
            ck_assert_uint_eq(n_values[0], n_values[1]);
            ck_assert_mem_eq(frames[0], frames[1], n_values[0] * sizeof(float));
        }
    }
    genre_feature_free(feature);
    free(frames[0]);
    free(frames[1]);
}
END_TEST

START_TEST(scale_and_inverse_agree) {
    for (double hz = 0; hz < 24000; hz += 7) {
        REQUIRE(fabs(genre_mel_from_hz(hz) - reference_hz_to_mel(hz)) <= 1e-9, "%g Hz", hz);
        REQUIRE(fabs(genre_mel_to_hz(genre_mel_from_hz(hz)) - hz) <= 1e-6, "%g Hz", hz);
    }
    ck_assert_double_eq_tol(genre_mel_from_hz(1000), 15, 1e-12);
    ck_assert_double_eq_tol(genre_mel_from_hz(6400), 42, 1e-12);
}
END_TEST

/* A flat spectrum of power p must give each band p times what a flat spectrum of 1 gives. */
START_TEST(the_fast_logarithm_is_near_enough) {
    const GenreFeatureSpec spec = {.rate_hz = 8000, .n_fft = 64, .hop = 64, .mean_hops = 1};
    json_t *options = json_pack("{si}", "bands", 20);
    GenreError error;
    int size;
    void *mel = genre_feature_logmel.new(&spec, options, &size, &error);
    ck_assert_ptr_nonnull(mel);
    float power[33] = {0}, one[20], db[20];
    for (int k = 0; k < 33; k++)
        power[k] = 1;
    genre_feature_logmel.compute(mel, power, one);
    for (double p = 1e-6; p < 1e12; p *= 1.00037) {
        for (int k = 0; k < 33; k++)
            power[k] = (float)p;
        genre_feature_logmel.compute(mel, power, db);
        for (int b = 0; b < size; b++)
            if (one[b] > -90) /* a band without a bin stays at its least value */
                REQUIRE(fabs(db[b] - one[b] - 10 * log10((double)(float)p)) <= 2e-4, "log of %g",
                        p);
    }
    genre_feature_logmel.free(mel);
    json_decref(options);
}
END_TEST

static void check_refused(const char *text) {
    GenreError error = {.text = ""};
    json_t *json = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(json);
    ck_assert_msg(genre_feature_new(json, &error) == NULL, "%s", text);
    ck_assert_int_ne(error.status, GENRE_SUCCESS);
    ck_assert_int_ne(error.text[0], 0);
    json_decref(json);
}

START_TEST(refuses_nonsense) {
    static const char *const nonsense[] = {
        "{}",
        "[]",
        "{\"kind\": \"smell\"}",
        "{\"kind\": 3}",
        "{\"kind\": \"logmel\", \"n_fft\": 1000}",
        "{\"kind\": \"logmel\", \"n_fft\": 1073741824}",
        "{\"kind\": \"logmel\", \"n_fft\": \"2048\"}",
        "{\"kind\": \"logmel\", \"hop\": 0}",
        "{\"kind\": \"logmel\", \"hop\": 1}",
        "{\"kind\": \"logmel\", \"hop\": 4096}",
        "{\"kind\": \"logmel\", \"hop\": -855}",
        "{\"kind\": \"logmel\", \"mean_hops\": 0}",
        "{\"kind\": \"logmel\", \"rate_hz\": 1}",
        "{\"kind\": \"logmel\", \"rate_hz\": 1e308}",
        "{\"kind\": \"logmel\", \"bands\": 1}",
        "{\"kind\": \"logmel\", \"bands\": 100000}",
        "{\"kind\": \"logmel\", \"low_hz\": 5000, \"high_hz\": 5000}",
        "{\"kind\": \"logmel\", \"high_hz\": 20000}",
        "{\"kind\": \"logmel\", \"band\": 64}",
        "{\"kind\": \"logmel\", \"ands\": 64}",
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        check_refused(nonsense[i]);
    GenreError error;
    ck_assert_ptr_null(genre_feature_new(NULL, &error));
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, frames_equal_the_reference, 0, N_SETUPS * N_SOUNDS);
    tcase_add_loop_test(tests, blocks_do_not_matter, 0, N_SETUPS);
    tcase_add_test(tests, scale_and_inverse_agree);
    tcase_add_test(tests, the_fast_logarithm_is_near_enough);
    tcase_add_test(tests, refuses_nonsense);
}
