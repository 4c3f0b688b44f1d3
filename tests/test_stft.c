/* Short-time spectra against a naive DFT, cut into any blocks. */
#include "feature/stft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature/fft.h"
#include "run.h"
#include "sound.h"

static const double pi = 3.14159265358979323846;

/* Pushes n samples in blocks; returns the spectra (count, n_fft / 2 + 1), to be freed. */
static float *spectra(GenreStft *stft, int n_fft, const float *in, size_t n, size_t block,
                      size_t *count) {
    const size_t n_bins = (size_t)n_fft / 2 + 1;
    float *all = NULL;
    *count = 0;
    for (size_t at = 0; at < n;) {
        bool ready;
        const size_t end = (at / block + 1) * block; /* the end of the block that `at` is in */
        at += genre_stft_push(stft, in + at, (end < n ? end : n) - at, &ready);
        if (!ready)
            continue;
        all = realloc(all, (*count + 1) * n_bins * sizeof *all);
        memcpy(all + *count * n_bins, genre_stft_power(stft), n_bins * sizeof *all);
        ++*count;
    }
    return all;
}

START_TEST(equals_a_naive_dft) {
    static const int sizes[][2] = {{64, 64}, {64, 1}, {256, 100}, {512, 128}};
    const int n_fft = sizes[_i][0], hop = sizes[_i][1];
    const size_t n = (size_t)(n_fft + 5 * hop), n_bins = (size_t)n_fft / 2 + 1;
    float *in = calloc(n, sizeof *in);
    size_t count;
    sound_noise(in, n, 1, 3);
    GenreStft *stft = genre_stft_new(n_fft, hop);
    float *power = spectra(stft, n_fft, in, n, 64, &count);
    ck_assert_uint_eq(count, 6); /* the first after n_fft samples, one more with each hop */
    for (size_t f = 0; f < count; f++)
        for (size_t k = 0; k < n_bins; k++) {
            double re = 0, im = 0;
            for (int i = 0; i < n_fft; i++) {
                const double x =
                    in[f * (size_t)hop + (size_t)i] * (0.5 - 0.5 * cos(2 * pi * i / n_fft));
                re += x * cos(2 * pi * (double)k * i / n_fft);
                im -= x * sin(2 * pi * (double)k * i / n_fft);
            }
            const double right = re * re + im * im;
            REQUIRE(fabs(power[f * n_bins + k] - right) <= 1e-4 * right + 1e-6,
                    "frame %zu, bin %zu: %g instead of %g", f, k, power[f * n_bins + k], right);
        }
    genre_stft_free(stft);
    free(power);
    free(in);
}
END_TEST

START_TEST(blocks_do_not_matter) {
    static const size_t blocks[] = {7, 64, 512, 4096};
    enum { N_FFT = 512, HOP = 200, N = 10000 };
    static float in[N];
    sound_noise(in, N, 1, 4);
    GenreStft *stft = genre_stft_new(N_FFT, HOP);
    size_t n_one, n_other;
    float *one = spectra(stft, N_FFT, in, N, 1, &n_one);
    ck_assert_uint_eq(n_one, (N - N_FFT) / HOP + 1);
    for (int b = 0; b < 4; b++) {
        genre_stft_reset(stft);
        float *other = spectra(stft, N_FFT, in, N, blocks[b], &n_other);
        ck_assert_uint_eq(n_one, n_other);
        ck_assert_mem_eq(one, other, n_one * (N_FFT / 2 + 1) * sizeof *one);
        free(other);
    }
    genre_stft_free(stft);
    free(one);
}
END_TEST

START_TEST(knows_the_sizes_it_can_do) {
    for (int n = -1; n <= 40000; n++) {
        const bool power_of_two = n > 0 && (n & (n - 1)) == 0;
        REQUIRE(genre_fft_size_ok(n) == (power_of_two && n >= 64 && n <= 16384), "size %d", n);
    }
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_loop_test(tests, equals_a_naive_dft, 0, 4);
    tcase_add_test(tests, blocks_do_not_matter);
    tcase_add_test(tests, knows_the_sizes_it_can_do);
}
