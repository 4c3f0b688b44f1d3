/* MFCC, chroma, contrast, onset and joined frames against plain double-precision references, as
 * librosa defines them; cut into any blocks; under guard; and what they refuse. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/kinds.h"
#include "guard.h"
#include "reference.h"
#include "run.h"
#include "sound.h"

enum { MAX_SIZE = 160, MAX_BINS = 2049, N_SAMPLES = 30000 };

/* What all kinds have in common, beside the options of logmel that the references take. */
typedef struct {
    ReferenceBank bank;
    int hop, mean_hops;
} Setup;

/* One spectrum's values; `before` is the spectrum before it, NULL for the first. `tolerance`
 * (size) is how far a value may be off. Returns the size. */
typedef int Reference(const Setup *s, const double *power, const double *before, double *out,
                      double *tolerance);

static int mfcc_of(const Setup *s, int n_out, double lifter, const double *power, double *out,
                   double *tolerance) {
    const double pi = 3.14159265358979323846;
    const int n = s->bank.n_bands;
    double db[MAX_SIZE], share[MAX_SIZE], band_tolerance = 0;
    reference_logmel(&s->bank, power, db, share);
    for (int b = 0; b < n; b++)
        band_tolerance = fmax(band_tolerance, reference_tolerance_db(share[b]));
    for (int k = 0; k < n_out; k++) {
        const double weight = lifter > 0 ? 1 + lifter / 2 * sin(pi * (1 + k) / lifter) : 1;
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += db[i] * cos(pi * k * (2 * i + 1) / (2 * n));
        out[k] = weight * sum * sqrt((k == 0 ? 1.0 : 2.0) / n);
        /* An orthonormal transform of errors that have nothing to do with each other. */
        tolerance[k] = fabs(weight) * 3 * band_tolerance;
    }
    return n_out;
}

static int plain_mfcc(const Setup *s, const double *power, const double *before, double *out,
                      double *tolerance) {
    (void)before;
    return mfcc_of(s, 20, 0, power, out, tolerance);
}

static int liftered_mfcc(const Setup *s, const double *power, const double *before, double *out,
                         double *tolerance) {
    (void)before;
    return mfcc_of(s, 13, 22, power, out, tolerance);
}

/* librosa.filters.chroma line by line (tuning 0, ctroct 5, octwidth 2, norm 2, base_c), applied. */
static int chroma(const Setup *s, const double *power, const double *before, double *out,
                  double *tolerance) {
    (void)before;
    const int n_fft = s->bank.n_fft, n_bins = n_fft / 2 + 1;
    double *bins = calloc((size_t)n_fft, sizeof *bins);
    double sum[12] = {0}, most = 0;
    for (int k = 1; k < n_fft; k++)
        bins[k] = 12 * log2(k * s->bank.rate_hz / n_fft / (440.0 / 16));
    bins[0] = bins[1] - 1.5 * 12;
    for (int k = 0; k < n_bins; k++) {
        const double width = fmax(bins[k + 1] - bins[k], 1);
        double weight[12], norm = 0;
        for (int c = 0; c < 12; c++) {
            const double d = bins[k] - c + 6 + 120;
            const double wrapped = d - 12 * floor(d / 12) - 6;
            weight[c] = exp(-0.5 * pow(2 * wrapped / width, 2));
            norm += weight[c] * weight[c];
        }
        for (int c = 0; c < 12; c++)
            sum[(c - 3 + 12) % 12] +=
                weight[c] / sqrt(norm) * exp(-0.5 * pow((bins[k] / 12 - 5) / 2, 2)) * power[k];
    }
    for (int c = 0; c < 12; c++)
        most = fmax(most, sum[c]);
    for (int c = 0; c < 12; c++) {
        out[c] = most > 1e-9 ? sum[c] / most : 0;
        tolerance[c] = 2e-5;
    }
    free(bins);
    return 12;
}

static int by_value(const void *a, const void *b) {
    const double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

/* librosa.feature.spectral_contrast with n_bands 6, fmin 200, quantile 0.02: bins picked by a mask
 * of the whole spectrum as there. */
static int contrast(const Setup *s, const double *power, const double *before, double *out,
                    double *tolerance) {
    (void)before;
    const int n_bins = s->bank.n_fft / 2 + 1;
    double loudest = 0;
    for (int k = 0; k < n_bins; k++)
        loudest = fmax(loudest, sqrt(power[k]));
    for (int b = 0; b <= 6; b++) {
        const double low = b == 0 ? 0 : 200 * pow(2, b - 1), high = 200 * pow(2, b);
        static double magnitude[MAX_BINS];
        static bool in[MAX_BINS];
        int n = 0, n_in = 0, first = -1, last = -1;
        for (int k = 0; k < n_bins; k++) {
            const double hz = k * s->bank.rate_hz / s->bank.n_fft;
            in[k] = hz >= low && hz <= high;
            first = in[k] && first < 0 ? k : first;
            last = in[k] ? k : last;
        }
        if (b > 0)
            in[first - 1] = true;
        for (int k = last + 1; b == 6 && k < n_bins; k++)
            in[k] = true;
        for (int k = 0; k < n_bins; k++) {
            n_in += in[k];
            if (in[k])
                magnitude[n++] = sqrt(power[k]);
        }
        n -= b < 6;
        const int n_mean = (int)fmax(1, rint(0.02 * n_in));
        qsort(magnitude, (size_t)n, sizeof *magnitude, by_value);
        double peak = 0, valley = 0;
        for (int i = 0; i < n_mean; i++) {
            valley += magnitude[i] / n_mean;
            peak += magnitude[n - 1 - i] / n_mean;
        }
        out[b] = 10 * log10(fmax(peak, 1e-10)) - 10 * log10(fmax(valley, 1e-10));
        /* A valley 100 dB under the loudest bin may be made of what float rounds off in the FFT. */
        tolerance[b] = valley > 1e-5 * loudest || loudest == 0 ? 0.05 : 12;
    }
    return 7;
}

static int onset_above(const Setup *s, double floor_db, const double *power, const double *before,
                       double *out, double *tolerance) {
    const int n = s->bank.n_bands;
    double now[MAX_SIZE], then[MAX_SIZE], share[MAX_SIZE], share_then[MAX_SIZE];
    *out = *tolerance = 0;
    if (!before)
        return 1;
    reference_logmel(&s->bank, power, now, share);
    reference_logmel(&s->bank, before, then, share_then);
    for (int b = 0; b < n; b++) {
        *out += fmax(0, fmax(floor_db, now[b]) - fmax(floor_db, then[b])) / n;
        *tolerance +=
            (reference_tolerance_db(share[b]) + reference_tolerance_db(share_then[b])) / n;
    }
    return 1;
}

static int onset(const Setup *s, const double *power, const double *before, double *out,
                 double *tolerance) {
    return onset_above(s, -100, power, before, out, tolerance);
}

static int floored_onset(const Setup *s, const double *power, const double *before, double *out,
                         double *tolerance) {
    return onset_above(s, -20, power, before, out, tolerance);
}

static int logmel(const Setup *s, const double *power, const double *before, double *out,
                  double *tolerance) {
    (void)before;
    reference_logmel(&s->bank, power, out, tolerance);
    for (int b = 0; b < s->bank.n_bands; b++)
        tolerance[b] = reference_tolerance_db(tolerance[b]);
    return s->bank.n_bands;
}

static int joined(const Setup *s, const double *power, const double *before, double *out,
                  double *tolerance) {
    static Reference *const parts[] = {logmel, plain_mfcc, chroma, contrast, onset};
    int n = 0;
    for (int i = 0; i < 5; i++)
        n += parts[i](s, power, before, out + n, tolerance + n);
    return n;
}

static const struct {
    const char *description; /* the kind's own members */
    bool has_bank;           /* and those of logmel */
    Reference *reference;
} kinds[] = {
    {"\"kind\": \"mfcc\"", true, plain_mfcc},
    {"\"kind\": \"mfcc\", \"coefficients\": 13, \"lifter\": 22", true, liftered_mfcc},
    {"\"kind\": \"chroma\"", false, chroma},
    {"\"kind\": \"contrast\"", false, contrast},
    {"\"kind\": \"onset\"", true, onset},
    {"\"kind\": \"onset\", \"floor_db\": -20", true, floored_onset},
    {"\"kind\": \"joined\", \"parts\": [{\"kind\": \"logmel\", \"bands\": 40}, {\"kind\": "
     "\"mfcc\", \"bands\": 40}, {\"kind\": \"chroma\"}, {\"kind\": \"contrast\"}, {\"kind\": "
     "\"onset\", \"bands\": 40}]",
     false, joined},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds, JOINED = N_KINDS - 1 };

static const Setup setups[] = {
    {{22050, 2048, 40, 0, 0}, 512, 1}, /* the one that "joined" is written for */
    {{22050, 2048, 128, 0, 0}, 855, 2},
    {{16000, 512, 26, 20, 7600}, 160, 1},
    {{44100, 4096, 64, 50, 0}, 1024, 3},
};
enum { N_SETUPS = sizeof setups / sizeof *setups };

static GenreFeature *make(const Setup *s, int kind) {
    char text[1000], bank[200] = "";
    const ReferenceBank *b = &s->bank;
    GenreError error = {.text = ""};
    if (kinds[kind].has_bank)
        snprintf(bank, sizeof bank, ", \"bands\": %d, \"low_hz\": %g, \"high_hz\": %g", b->n_bands,
                 b->low_hz, b->high_hz > 0 ? b->high_hz : b->rate_hz / 2);
    snprintf(text, sizeof text,
             "{%s%s, \"rate_hz\": %g, \"n_fft\": %d, \"hop\": %d, \"mean_hops\": %d}",
             kinds[kind].description, bank, b->rate_hz, b->n_fft, s->hop, s->mean_hops);
    json_t *json = json_loads(text, 0, NULL);
    GenreFeature *feature = genre_feature_new(json, &error);
    ck_assert_msg(feature != NULL, "%s: %s", text, error.text);
    json_decref(json);
    return feature;
}

enum { SILENCE, TONE, NOISE, CLICKS, MUSIC, N_SOUNDS };

static void make_sound(int which, float *x, size_t n, double rate_hz) {
    if (which == SILENCE)
        sound_silence(x, n);
    else if (which == TONE)
        sound_tone(x, n, rate_hz, 440, 0.5);
    else if (which == NOISE)
        sound_noise(x, n, 1, 1);
    else if (which == CLICKS)
        sound_clicks(x, n, rate_hz, 0.05);
    else
        sound_music(x, n, rate_hz);
}

/* Two frames of one sound, of every kind: the spectra, which take the time, are shared. */
START_TEST(frames_equal_the_reference) {
    const Setup *s = &setups[_i / N_SOUNDS];
    enum { N_FRAMES = 2 };
    const int n_bins = s->bank.n_fft / 2 + 1, n_rows = N_FRAMES * s->mean_hops;
    const size_t n = (size_t)(s->bank.n_fft + (n_rows - 1) * s->hop);
    float *x = calloc(n, sizeof *x);
    double *power = calloc((size_t)(n_rows * n_bins), sizeof *power); /* (n_rows, n_bins) */
    make_sound(_i % N_SOUNDS, x, n, s->bank.rate_hz);
    for (int r = 0; r < n_rows; r++)
        reference_power(x + r * s->hop, s->bank.n_fft, power + r * n_bins);
    for (int kind = 0; kind < (s == setups ? N_KINDS : JOINED); kind++) {
        GenreFeature *feature = make(s, kind);
        size_t at = 0;
        for (int f = 0; f < N_FRAMES; f++) {
            double right[MAX_SIZE] = {0}, tolerance[MAX_SIZE] = {0};
            int size = 0;
            bool ready = false;
            at += genre_feature_push(feature, x + at, n - at, &ready);
            ck_assert(ready);
            for (int r = f * s->mean_hops; r < (f + 1) * s->mean_hops; r++) {
                double row[MAX_SIZE], row_tolerance[MAX_SIZE];
                size = kinds[kind].reference(
                    s, power + r * n_bins, r ? power + (r - 1) * n_bins : NULL, row, row_tolerance);
                for (int i = 0; i < size; i++) {
                    right[i] += row[i] / s->mean_hops;
                    tolerance[i] += row_tolerance[i] / s->mean_hops;
                }
            }
            ck_assert_int_eq(genre_feature_size(feature), size);
            for (int i = 0; i < size; i++) {
                const double found = genre_feature_frame(feature)[i];
                REQUIRE(fabs(found - right[i]) <= tolerance[i] + 1e-6,
                        "%s: sound %d, frame %d, value %d: %.6f instead of %.6f",
                        kinds[kind].description, _i % N_SOUNDS, f, i, found, right[i]);
            }
        }
        ck_assert_uint_eq(at, n);
        genre_feature_free(feature);
    }
    free(power);
    free(x);
}
END_TEST

/* Guarded where that works: nothing in here may allocate, lock or call the system. */
static size_t push_all(GenreFeature *feature, const float *x, size_t n, size_t block, float *out) {
    const size_t size = (size_t)genre_feature_size(feature);
    size_t n_frames = 0;
    for (size_t at = 0; at < n;) {
        bool ready;
        const size_t end = (at / block + 1) * block;
        at += genre_feature_push(feature, x + at, (end < n ? end : n) - at, &ready);
        if (ready)
            memcpy(out + n_frames++ * size, genre_feature_frame(feature), size * sizeof *out);
    }
    return n_frames;
}

START_TEST(blocks_do_not_matter) {
    static const size_t blocks[] = {1, 7, 64, 512, 4096};
    static float x[N_SAMPLES], one[200 * MAX_SIZE], other[200 * MAX_SIZE];
    const Setup *s = &setups[_i / N_KINDS];
    sound_music(x, N_SAMPLES, s->bank.rate_hz);
    GenreFeature *feature = make(s, _i % N_KINDS);
    const size_t size = (size_t)genre_feature_size(feature);
    const size_t n_one = push_all(feature, x, N_SAMPLES, blocks[0], one);
    ck_assert_uint_gt(n_one, 2);
    for (int b = 1; b < 5; b++) {
        size_t n_other;
        if (guard_works()) {
            GUARDED(genre_feature_reset(feature));
            GUARDED(n_other = push_all(feature, x, N_SAMPLES, blocks[b], other));
        } else {
            genre_feature_reset(feature);
            n_other = push_all(feature, x, N_SAMPLES, blocks[b], other);
        }
        ck_assert_uint_eq(n_one, n_other);
        ck_assert_mem_eq(one, other, n_one * size * sizeof *one);
    }
    genre_feature_free(feature);
}
END_TEST

/* The mapping as a musician would check it: each note of the middle octaves leads in its own
 * class, and its octave in the same. */
START_TEST(chroma_knows_the_notes) {
    static float x[4096];
    static const Setup s = {{22050, 4096, 0, 0, 0}, 4096, 1};
    GenreFeature *feature = make(&s, 2);
    for (int key = 48; key < 96; key++) { /* 69 is a' */
        bool ready;
        sound_tone(x, 4096, 22050, 440 * pow(2, (key - 69) / 12.0), 0.3);
        genre_feature_reset(feature);
        genre_feature_push(feature, x, 4096, &ready);
        ck_assert(ready);
        for (int c = 0; c < 12; c++)
            REQUIRE(c == key % 12 ? genre_feature_frame(feature)[c] == 1
                                  : genre_feature_frame(feature)[c] < 0.8,
                    "key %d, class %d: %g", key, c, genre_feature_frame(feature)[c]);
    }
    genre_feature_free(feature);
}
END_TEST

/* Bands and their cepstra out of the bands alone: the mean over spectra goes through a DCT. */
START_TEST(cepstra_come_out_of_bands) {
    static const char text[] = "{\"kind\": \"joined\", \"rate_hz\": 16000, \"n_fft\": 512, "
                               "\"hop\": 200, \"mean_hops\": 3, \"parts\": ["
                               "{\"kind\": \"mfcc\", \"bands\": 40, \"lifter\": 22}, "
                               "{\"kind\": \"logmel\", \"bands\": 40}]}";
    enum { N_MFCC = 20, N_BANDS = 40 };
    static float x[N_SAMPLES];
    json_t *description = json_loads(text, 0, NULL);
    GenreFeature *feature = genre_feature_new(description, NULL);
    GenreFeature *other = genre_feature_new(description, NULL);
    int n_frames = 0;
    sound_music(x, N_SAMPLES, 16000);
    for (size_t at = 0; at < N_SAMPLES;) {
        bool ready;
        float out[N_MFCC + N_BANDS];
        at += genre_feature_push(feature, x + at, N_SAMPLES - at, &ready);
        if (!ready)
            continue;
        const float *right = genre_feature_frame(feature);
        const GenreMelFrame mel = {N_BANDS, 0, 8000, right + N_MFCC};
        ck_assert(genre_feature_from_mel(other, &mel, out));
        for (int i = 0; i < N_MFCC + N_BANDS; i++)
            REQUIRE(fabs((double)out[i] - right[i]) < 1e-3, "value %d: %g, not %g", i,
                    (double)out[i], (double)right[i]);
        n_frames++;
    }
    ck_assert_int_gt(n_frames, 40);
    genre_feature_free(feature);
    genre_feature_free(other);
    json_decref(description);
}
END_TEST

/* What two share must not carry over from one's stream to the other's, be they of one thread or of
 * two. */
START_TEST(beside_each_other_they_are_as_alone) {
    static const char *const descriptions[] = {
        "{\"kind\": \"logmel\", \"rate_hz\": 16000, \"n_fft\": 512, \"mean_hops\": 2}",
        "{\"kind\": \"onset\", \"rate_hz\": 16000, \"n_fft\": 512}",
        ("{\"kind\": \"joined\", \"rate_hz\": 16000, \"n_fft\": 512, \"parts\": ["
         "{\"kind\": \"onset\"}, {\"kind\": \"mfcc\"}]}"),
    };
    static float sounds[2][N_SAMPLES];
    json_t *description = json_loads(descriptions[_i / 2], 0, NULL);
    GenreFeature *alone[2], *both[2];
    int n_frames = 0;
    sound_music(sounds[0], N_SAMPLES, 16000);
    sound_noise(sounds[1], N_SAMPLES, 0.5, 4);
    for (int s = 0; s < 2; s++)
        alone[s] = genre_feature_new(description, NULL);
    both[0] = genre_feature_new(description, NULL);
    both[1] = genre_feature_new_beside(both[0], description, _i % 2, NULL);
    ck_assert_ptr_nonnull(both[1]);
    const size_t size = (size_t)genre_feature_size(both[1]);
    ck_assert_uint_eq(size, (size_t)genre_feature_size(alone[0]));
    for (size_t at[2] = {0, 0}, s = 0; at[s] < N_SAMPLES; s = 1 - s) {
        const size_t n = N_SAMPLES - at[s] < 700 ? N_SAMPLES - at[s] : 700;
        bool ready, ready_alone;
        const size_t taken = genre_feature_push(both[s], sounds[s] + at[s], n, &ready);
        ck_assert_uint_eq(taken, genre_feature_push(alone[s], sounds[s] + at[s], n, &ready_alone));
        ck_assert(ready == ready_alone);
        at[s] += taken;
        n_frames += ready;
        /* The other's frame is still there, too. */
        for (int i = 0; ready && i < 2; i++)
            ck_assert_mem_eq(genre_feature_frame(both[i]), genre_feature_frame(alone[i]),
                             size * sizeof(float));
    }
    ck_assert_int_gt(n_frames, 40);
    for (int s = 0; s < 2; s++) {
        genre_feature_free(alone[s]);
        genre_feature_free(both[1 - s]);
    }
    json_decref(description);
}
END_TEST

START_TEST(other_bands_are_not_enough) {
    static const char *const descriptions[] = {
        "{\"kind\": \"logmel\", \"bands\": 40, \"low_hz\": 10}",
        "{\"kind\": \"logmel\", \"bands\": 40, \"high_hz\": 10000}",
        "{\"kind\": \"logmel\", \"bands\": 41}",
        "{\"kind\": \"mfcc\"}",
        "{\"kind\": \"chroma\"}",
        "{\"kind\": \"onset\", \"bands\": 40}",
        ("{\"kind\": \"joined\","
         " \"parts\": [{\"kind\": \"mfcc\", \"bands\": 40}, {\"kind\": \"contrast\"}]}"),
    };
    static float bands[40], out[MAX_SIZE];
    const GenreMelFrame mel = {40, 0, 11025, bands};
    json_t *description = json_loads(descriptions[_i], 0, NULL);
    GenreFeature *feature = genre_feature_new(description, NULL);
    ck_assert_ptr_nonnull(feature);
    ck_assert(!genre_feature_from_mel(feature, &mel, out));
    genre_feature_free(feature);
    json_decref(description);
}
END_TEST

START_TEST(refuses_nonsense) {
    static const char *const nonsense[] = {
        "{\"kind\": \"mfcc\", \"coefficients\": 0}",
        "{\"kind\": \"mfcc\", \"coefficients\": 41, \"bands\": 40}",
        "{\"kind\": \"mfcc\", \"coefficients\": \"20\"}",
        "{\"kind\": \"mfcc\", \"lifter\": -1}",
        "{\"kind\": \"mfcc\", \"bands\": 1}",
        "{\"kind\": \"mfcc\", \"parts\": []}",
        "{\"kind\": \"chroma\", \"bands\": 12}",
        "{\"kind\": \"contrast\", \"octaves\": 0}",
        "{\"kind\": \"contrast\", \"octaves\": 11}",
        "{\"kind\": \"contrast\", \"octaves\": 1000000000}",
        "{\"kind\": \"contrast\", \"octaves\": 8}", /* the eighth begins beyond half the rate */
        "{\"kind\": \"contrast\", \"rate_hz\": 8000}",
        "{\"kind\": \"contrast\", \"low_hz\": 20, \"n_fft\": 64}", /* no bin in the lowest */
        "{\"kind\": \"contrast\", \"low_hz\": 0}",
        "{\"kind\": \"contrast\", \"quantile\": 0.6}",
        "{\"kind\": \"onset\", \"floor_db\": \"low\"}",
        "{\"kind\": \"onset\", \"floor_db\": -1e300}",
        "{\"kind\": \"joined\"}",
        "{\"kind\": \"joined\", \"parts\": []}",
        "{\"kind\": \"joined\", \"parts\": {\"kind\": \"chroma\"}}",
        "{\"kind\": \"joined\", \"parts\": [3]}",
        "{\"kind\": \"joined\", \"parts\": [null]}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"smell\"}]}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"chroma\"}, {\"kind\": \"chroma\"}]}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"chroma\", \"hop\": 512}]}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"chroma\"}], \"bands\": 40}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"chroma\"}, {\"kind\": \"mfcc\", "
        "\"coefficients\": 1000}]}",
        "{\"kind\": \"joined\", \"parts\": [{\"kind\": \"joined\", \"parts\": [{\"kind\": "
        "\"chroma\"}]}]}",
        "{\"kind\": \"joined\", \"parts\": [1, 2, 3, 4, 5, 6, 7, 8, 9]}",
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        GenreError error = {.text = ""};
        json_t *json = json_loads(nonsense[i], 0, NULL);
        ck_assert_ptr_nonnull(json);
        ck_assert_msg(genre_feature_new(json, &error) == NULL, "%s", nonsense[i]);
        ck_assert_int_ne(error.status, GENRE_SUCCESS);
        ck_assert_int_ne(error.text[0], 0);
        json_decref(json);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, frames_equal_the_reference, 0, N_SETUPS * N_SOUNDS);
    tcase_add_loop_test(tests, blocks_do_not_matter, 0, 2 * N_KINDS);
    tcase_add_test(tests, chroma_knows_the_notes);
    tcase_add_test(tests, cepstra_come_out_of_bands);
    tcase_add_loop_test(tests, beside_each_other_they_are_as_alone, 0, 6);
    tcase_add_loop_test(tests, other_bands_are_not_enough, 0, 7);
    tcase_add_test(tests, refuses_nonsense);
}
