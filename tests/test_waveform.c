/* Changes to sound before training: each effect does what it says, and all of them are repeatable
 * and leave no sample that is not a number. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature/fft.h"
#include "run.h"
#include "waveform/convolve.h"
#include "waveform/effects.h"
#include "waveform/waveform.h"

static const double pi = 3.14159265358979323846, rate_hz = 22050;

/* A tone, of amplitude 0.3. */
static Mono tone(double hz, double seconds) {
    Mono mono = {rate_hz, (size_t)(seconds * rate_hz), NULL};
    mono.samples = calloc(mono.n + 1, sizeof(float));
    for (size_t i = 0; i < mono.n; i++)
        mono.samples[i] = (float)(0.3 * sin(2 * pi * hz * (double)i / rate_hz));
    return mono;
}

/* Something like music: a few tones, a beat, some noise. */
static Mono music(double seconds, uint64_t seed) {
    Mono mono = tone(220, seconds);
    GenreRng rng = genre_rng(seed, 1);
    for (size_t i = 0; i < mono.n; i++) {
        const double t = (double)i / rate_hz, beat = exp(-20 * fmod(t, 0.5));
        mono.samples[i] += (float)(0.1 * sin(2 * pi * 1500 * t) + 0.1 * sin(2 * pi * 3300 * t) +
                                   0.3 * beat * genre_rng_between(&rng, -1, 1));
    }
    return mono;
}

static Mono copy(const Mono *mono) {
    Mono other = {mono->rate_hz, mono->n, malloc((mono->n + 1) * sizeof(float))};
    memcpy(other.samples, mono->samples, mono->n * sizeof(float));
    return other;
}

static double power(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum / (double)n;
}

static double db(double ratio) {
    return 10 * log10(ratio);
}

/* Where the spectrum of n_fft samples from `start` on has its peak, to a fraction of a bin. */
static double peak_hz(const Mono *mono, size_t start) {
    enum { N = 16384 };
    static float block[N], work[N], bins[N / 2 + 1];
    GenreFft *fft = genre_fft_new(N);
    int top = 1;
    for (int i = 0; i < N; i++)
        block[i] = mono->samples[start + (size_t)i] * (float)(0.5 - 0.5 * cos(2 * pi * i / N));
    genre_fft_power(fft, block, work, bins);
    genre_fft_free(fft);
    for (int k = 1; k < N / 2; k++)
        top = bins[k] > bins[top] ? k : top;
    const double l = log(bins[top - 1]), m = log(bins[top]), r = log(bins[top + 1]);
    return (top + 0.5 * (l - r) / (l - 2 * m + r)) * rate_hz / N;
}

START_TEST(noise_reaches_its_ratio) {
    const double ratios[] = {-10, 0, 7.5, 30};
    for (int kind = 0; kind < WAVEFORM_N_NOISES; kind++)
        for (int i = 0; i < 4; i++) {
            GenreError error;
            GenreRng rng = genre_rng(1, (uint64_t)kind);
            Mono before = music(3, 1), after = copy(&before);
            ck_assert_int_eq(
                waveform_add_noise(&after, (WaveformNoise)kind, ratios[i], &rng, &error), 0);
            const double of_music = power(before.samples, before.n);
            for (size_t k = 0; k < before.n; k++)
                after.samples[k] -= before.samples[k];
            ck_assert_double_eq_tol(db(of_music / power(after.samples, after.n)), ratios[i], 0.1);
            free(before.samples);
            free(after.samples);
        }
}
END_TEST

/* Power of noise alone between two frequencies, relative to all of it. */
static double share_between(WaveformNoise noise, double low_hz, double high_hz) {
    enum { N = 4096 };
    static float work[N], bins[N / 2 + 1];
    GenreError error;
    GenreRng rng = genre_rng(3, 3);
    Mono before = tone(1000, 20), after = copy(&before);
    ck_assert_int_eq(waveform_add_noise(&after, noise, 0, &rng, &error), 0);
    for (size_t i = 0; i < after.n; i++)
        after.samples[i] -= before.samples[i];
    GenreFft *fft = genre_fft_new(N);
    double inside = 0, all = 0;
    for (size_t at = 0; at + N <= after.n; at += N) {
        genre_fft_power(fft, after.samples + at, work, bins);
        for (int k = 0; k <= N / 2; k++) {
            const double hz = k * rate_hz / N;
            all += bins[k];
            inside += hz >= low_hz && hz < high_hz ? bins[k] : 0;
        }
    }
    genre_fft_free(fft);
    free(before.samples);
    free(after.samples);
    return inside / all;
}

START_TEST(noises_have_their_colours) {
    const double white =
        db(share_between(WAVEFORM_WHITE, 200, 400) / share_between(WAVEFORM_WHITE, 1600, 3200));
    const double pink =
        db(share_between(WAVEFORM_PINK, 200, 400) / share_between(WAVEFORM_PINK, 1600, 3200));
    const double brown =
        db(share_between(WAVEFORM_BROWN, 200, 400) / share_between(WAVEFORM_BROWN, 1600, 3200));
    ck_assert_double_eq_tol(white, -9, 1); /* three octaves at 3 dB each */
    ck_assert_double_eq_tol(pink, 0, 1);
    ck_assert_double_eq_tol(brown, 9, 1);
    ck_assert_double_ge(share_between(WAVEFORM_HUM, 40, 1000), 0.99);
    ck_assert_double_ge(share_between(WAVEFORM_BABBLE, 80, 3500), 0.9);
}
END_TEST

START_TEST(noise_leaves_silence_alone) {
    Mono mono = tone(0, 1);
    GenreError error;
    GenreRng rng = genre_rng(1, 1);
    ck_assert_int_eq(waveform_add_noise(&mono, WAVEFORM_PINK, 10, &rng, &error), 0);
    for (size_t i = 0; i < mono.n; i++)
        ck_assert_float_eq(mono.samples[i], 0);
    free(mono.samples);
}
END_TEST

START_TEST(pitch_moves_a_tone_and_tempo_does_not) {
    const struct {
        double tempo, semitones;
    } cases[] = {{1, 2}, {1, -3.5}, {1.1, 0}, {0.8, 0}, {1.2, 1}};
    if (!waveform_has_speed())
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GenreError error;
        Mono mono = tone(440, 4);
        const size_t n = mono.n;
        ck_assert_int_eq(waveform_change_speed(&mono, cases[i].tempo, cases[i].semitones, &error),
                         0);
        ck_assert_double_eq_tol((double)mono.n, (double)n / cases[i].tempo, 1);
        const double wanted = 440 * pow(2, cases[i].semitones / 12);
        ck_assert_double_eq_tol(12 * log2(peak_hz(&mono, 20000) / wanted), 0, 0.05);
        /* It lasts to the end, and its level stays. */
        ck_assert_double_eq_tol(db(power(mono.samples + mono.n - 8000, 4000) / 0.045), 0, 1);
        free(mono.samples);
    }
}
END_TEST

START_TEST(tempo_moves_beats) {
    if (!waveform_has_speed())
        return;
    GenreError error;
    Mono mono = tone(0, 6);
    GenreRng rng = genre_rng(1, 1);
    for (int beat = 1; beat < 6; beat++) /* a burst at every second */
        for (size_t i = 0; i < 400; i++)
            mono.samples[(size_t)(beat * rate_hz) + i] =
                (float)(genre_rng_between(&rng, -1, 1) * exp(-(double)i / 100));
    ck_assert_int_eq(waveform_change_speed(&mono, 1.25, 0, &error), 0);
    for (int beat = 1; beat < 6; beat++) {
        size_t top = 0;
        const size_t from = (size_t)((beat - 0.5) * 0.8 * rate_hz);
        for (size_t i = from; i < from + (size_t)(0.8 * rate_hz) && i < mono.n; i++)
            top = fabsf(mono.samples[i]) > fabsf(mono.samples[top]) ? i : top;
        ck_assert_double_eq_tol((double)top / rate_hz, beat * 0.8, 0.03);
    }
    free(mono.samples);
}
END_TEST

START_TEST(low_pass_cuts_above) {
    const double hz[] = {500, 1600, 8000};
    const double gain_db[] = {0, 0, -48}; /* 24 dB an octave above 2 kHz */
    for (int i = 0; i < 3; i++) {
        Mono mono = tone(hz[i], 1);
        waveform_cut_above(&mono, 2000);
        const double got = db(power(mono.samples + 4000, 12000) / 0.045);
        if (gain_db[i] == 0)
            ck_assert_double_eq_tol(got, 0, 1);
        else
            ck_assert_double_le(got, gain_db[i]);
        free(mono.samples);
    }
}
END_TEST

START_TEST(codecs_keep_length_and_alignment) {
    for (int codec = 0; codec < WAVEFORM_N_CODECS; codec++) {
        GenreError error = {.text = ""};
        Mono before = music(4, 2), after = copy(&before);
        const GenreStatus status = waveform_code(&after, (WaveformCodec)codec, 0.3, &error);
        ck_assert_msg(status == 0, "%s", error.text);
        ck_assert_uint_eq(after.n, before.n);
        ck_assert_double_eq(after.rate_hz, rate_hz);
        /* The two are most alike where neither is moved. */
        int best = -999;
        double most = -INFINITY;
        for (int shift = -200; shift <= 200; shift++) {
            double sum = 0;
            for (size_t i = 1000; i < 60000; i++)
                sum += (double)before.samples[i] * after.samples[(size_t)((int)i + shift)];
            if (sum > most) {
                most = sum;
                best = shift;
            }
        }
        ck_assert_msg(abs(best) <= 1, "codec %d moves by %d samples", codec, best);
        ck_assert_double_eq_tol(db(power(after.samples, after.n) / power(before.samples, before.n)),
                                0, 1);
        bool changed = false;
        for (size_t i = 0; i < before.n; i++)
            changed |= before.samples[i] != after.samples[i];
        ck_assert(changed);
        free(before.samples);
        free(after.samples);
    }
}
END_TEST

START_TEST(convolution_agrees_with_the_plain_sum) {
    enum { N = 30000, H = 20000 };
    static float x[N], h[H], kept[N];
    GenreRng rng = genre_rng(4, 4);
    GenreError error;
    for (int i = 0; i < N; i++)
        kept[i] = x[i] = (float)genre_rng_between(&rng, -1, 1);
    for (int i = 0; i < H; i++)
        h[i] = (float)genre_rng_between(&rng, -0.01, 0.01);
    ck_assert_int_eq(convolve(x, N, h, H, &error), 0);
    for (int i = 0; i < N; i += 997) {
        double sum = 0;
        for (int k = 0; k <= i && k < H; k++)
            sum += (double)h[k] * kept[i - k];
        ck_assert_double_eq_tol(x[i], sum, 1e-4);
    }
}
END_TEST

START_TEST(rooms_fade_as_they_should) {
    for (int i = 0; i < 5; i++) {
        const double fades[] = {0.2, 0.4, 0.8, 1.6, 3};
        GenreRng rng = genre_rng(1, (uint64_t)i);
        size_t n;
        float *response = waveform_room_response(rate_hz, fades[i], &rng, &n);
        ck_assert_float_eq(response[0], 1);
        /* Behind the early reflections: 60 dB over fade_s, so 30 over half of it. */
        const size_t from = (size_t)(0.07 * rate_hz), width = (size_t)(0.08 * fades[i] * rate_hz);
        const size_t later = from + (size_t)(0.5 * fades[i] * rate_hz);
        const double fall = db(power(response + from, width) / power(response + later, width));
        ck_assert_double_eq_tol(fall, 30, 3);
        free(response);
    }
}
END_TEST

static Waveform all_of_it(void) {
    Waveform waveform;
    GenreError error = {.text = ""};
    json_t *json =
        json_pack("{si sf sf sf sf sf sf sf sf sf sf}", "variants", 4, "eq_db", 12.0, "codec", 0.5,
                  "room", 0.5, "noise", 0.7, "snr_low_db", 0.0, "snr_high_db", 20.0, "microphone",
                  0.5, "low_pass", 0.3, "gain_db", 12.0, "room_low_s", 0.3);
    if (waveform_has_speed()) {
        json_object_set_new(json, "tempo", json_real(0.2));
        json_object_set_new(json, "pitch_semitones", json_real(3));
    }
    const GenreStatus status = waveform_read(&waveform, json, &error);
    ck_assert_msg(status == 0, "%s", error.text);
    json_decref(json);
    waveform.json = NULL;
    return waveform;
}

START_TEST(variants_are_repeatable_and_differ) {
    const Waveform waveform = all_of_it();
    Mono plain = music(2, 3), last = {0};
    GenreError error;
    for (int variant = 0; variant <= 4; variant++) {
        Mono one = copy(&plain), two = copy(&plain), other = copy(&plain);
        ck_assert_int_eq(waveform_apply(&waveform, "a", variant, &one, NULL, &error), 0);
        ck_assert_int_eq(waveform_apply(&waveform, "a", variant, &two, NULL, &error), 0);
        ck_assert_int_eq(waveform_apply(&waveform, "b", variant, &other, NULL, &error), 0);
        ck_assert_uint_eq(one.n, two.n);
        ck_assert_int_eq(memcmp(one.samples, two.samples, one.n * sizeof(float)), 0);
        const bool same =
            one.n == other.n && memcmp(one.samples, other.samples, one.n * sizeof(float)) == 0;
        ck_assert(same == (variant == 0));
        ck_assert(variant == 0 || one.n != last.n ||
                  memcmp(one.samples, last.samples, one.n * sizeof(float)) != 0);
        free(last.samples);
        last = one;
        free(two.samples);
        free(other.samples);
    }
    free(last.samples);
    free(plain.samples);
}
END_TEST

/* Silence, a click, full scale, a handful of samples: all come out finite. */
START_TEST(nothing_becomes_nan) {
    const Waveform waveform = all_of_it();
    const size_t lengths[] = {1, 7, 100, 3000, 40000};
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (int variant = 1; variant <= 12; variant++) {
                GenreError error = {.text = ""};
                Mono mono = {rate_hz, lengths[i], calloc(lengths[i], sizeof(float))};
                if (kind == 1)
                    mono.samples[lengths[i] / 2] = 1;
                for (size_t k = 0; kind == 2 && k < lengths[i]; k++)
                    mono.samples[k] = k & 16 ? 900 : -900;
                const GenreStatus status =
                    waveform_apply(&waveform, "x", variant, &mono, NULL, &error);
                ck_assert_msg(status == 0, "%zu samples: %s", lengths[i], error.text);
                ck_assert_uint_ge(mono.n, 1);
                for (size_t k = 0; k < mono.n; k++)
                    REQUIRE(isfinite(mono.samples[k]), "kind %d, %zu samples, variant %d", kind,
                            lengths[i], variant);
                free(mono.samples);
            }
}
END_TEST

START_TEST(mistakes_are_refused) {
    const struct {
        const char *json, *says;
    } cases[] = {
        {"{\"variants\": 2, \"nois\": 1}", "nois"},
        {"{\"noise\": 1}", "variants"},
        {"{\"variants\": 0}", "variants"},
        {"{\"variants\": 1, \"codec\": 2}", "codec"},
        {"{\"variants\": 1, \"snr_low_db\": 20, \"snr_high_db\": 10}", "snr_low_db"},
        {"{\"variants\": 1, \"room_low_s\": 2}", "room_low_s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Waveform waveform;
        GenreError error = {.text = ""};
        json_t *json = json_loads(cases[i].json, 0, NULL);
        ck_assert_int_ne(waveform_read(&waveform, json, &error), 0);
        ck_assert_msg(strstr(error.text, cases[i].says) != NULL, "%s", error.text);
        json_decref(json);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, noise_reaches_its_ratio);
    tcase_add_test(tests, noises_have_their_colours);
    tcase_add_test(tests, noise_leaves_silence_alone);
    tcase_add_test(tests, pitch_moves_a_tone_and_tempo_does_not);
    tcase_add_test(tests, tempo_moves_beats);
    tcase_add_test(tests, low_pass_cuts_above);
    tcase_add_test(tests, codecs_keep_length_and_alignment);
    tcase_add_test(tests, convolution_agrees_with_the_plain_sum);
    tcase_add_test(tests, rooms_fade_as_they_should);
    tcase_add_test(tests, variants_are_repeatable_and_differ);
    tcase_add_test(tests, nothing_becomes_nan);
    tcase_add_test(tests, mistakes_are_refused);
}
