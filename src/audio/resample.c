#include "audio/resample.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>

#include "status.h"

/* Speex's scale is 0 to 10. 3 keeps the pass band flat to about 0.9 of the Nyquist frequency, at a
 * sixth of the cost of 10. Ratios like 48000 : 22050 cost several times what 2 : 1 does, as Speex
 * interpolates its filter for them; even so 48 kHz takes 0.2 % of a core. */
enum { QUALITY = 3 };

/* At most this many input frames a call. Upsampling from 8 kHz, the worst case, still fits
 * GENRE_RESAMPLE_MAX_OUT for model rates up to 48 kHz: 64 * 6 = 384. */
enum { MAX_IN = 64 };

static const float loudest = 1000.0f;

struct GenreResampler {
    SpeexResamplerState *speex; /* NULL where the rates are equal */
    int n_channels;
    float scale; /* 1 / n_channels */
};

GenreResampler *genre_resampler_new(double in_hz, int n_channels, double out_hz,
                                    GenreError *error) {
    if (!(in_hz >= 8000 && in_hz <= 192000)) {
        genre_fail(error, GENRE_ERR_BAD_ARG,
                   "a sample rate of %g Hz is outside of 8000 to 192000 Hz", in_hz);
        return NULL;
    }
    if (n_channels < 1 || n_channels > 64) {
        genre_fail(error, GENRE_ERR_BAD_ARG, "%d channels are outside of 1 to 64", n_channels);
        return NULL;
    }
    GenreResampler *resampler = calloc(1, sizeof *resampler);
    if (!resampler) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    resampler->n_channels = n_channels;
    resampler->scale = 1.0f / (float)n_channels;
    const spx_uint32_t in = (spx_uint32_t)lround(in_hz), out = (spx_uint32_t)lround(out_hz);
    if (in != out) {
        int failed = 0;
        resampler->speex = speex_resampler_init(1, in, out, QUALITY, &failed);
        if (failed || !resampler->speex) {
            genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
            genre_resampler_free(resampler);
            return NULL;
        }
        speex_resampler_skip_zeros(resampler->speex);
    }
    return resampler;
}

void genre_resampler_free(GenreResampler *resampler) {
    if (!resampler)
        return;
    if (resampler->speex)
        speex_resampler_destroy(resampler->speex);
    free(resampler);
}

void genre_resampler_reset(GenreResampler *resampler) {
    if (resampler->speex) {
        speex_resampler_reset_mem(resampler->speex);
        speex_resampler_skip_zeros(resampler->speex);
    }
}

static float clean(float x) {
    if (!isfinite(x))
        return 0;
    return x > loudest ? loudest : x < -loudest ? -loudest : x;
}

/* Adds n samples that lie `stride` apart. Inlined for the usual strides, so that each becomes
 * SIMD; the slow way is for blocks with a sample that is not one. */
static inline void add_channel(float *restrict sum, const float *restrict in, size_t stride,
                               size_t n) {
    int n_bad = 0;
    for (size_t i = 0; i < n; i++)
        n_bad += !(fabsf(in[i * stride]) <= loudest);
    for (size_t i = 0; !n_bad && i < n; i++)
        sum[i] += in[i * stride];
    for (size_t i = 0; n_bad && i < n; i++)
        sum[i] += clean(in[i * stride]);
}

static void mix_channels(const GenreResampler *resampler, const float *const *channels,
                         size_t stride, size_t n, float *mix) {
    for (size_t i = 0; i < n; i++)
        mix[i] = 0;
    for (int c = 0; c < resampler->n_channels; c++)
        if (stride == 1)
            add_channel(mix, channels[c], 1, n);
        else if (stride == 2)
            add_channel(mix, channels[c], 2, n);
        else
            add_channel(mix, channels[c], stride, n);
    for (size_t i = 0; i < n; i++)
        mix[i] *= resampler->scale;
}

size_t genre_resampler_push(GenreResampler *resampler, const float *const *channels, size_t stride,
                            size_t n_frames, float *out, size_t *n_out) {
    float mono[MAX_IN];
    const size_t n = n_frames < MAX_IN ? n_frames : MAX_IN;
    if (!resampler->speex) {
        mix_channels(resampler, channels, stride, n, out);
        *n_out = n;
        return n;
    }
    mix_channels(resampler, channels, stride, n, mono);
    spx_uint32_t used = (spx_uint32_t)n, made = GENRE_RESAMPLE_MAX_OUT;
    speex_resampler_process_float(resampler->speex, 0, mono, &used, out, &made);
    *n_out = made;
    return used;
}

size_t genre_resampler_latency(const GenreResampler *resampler) {
    return resampler->speex ? (size_t)speex_resampler_get_input_latency(resampler->speex) : 0;
}
