#include "audio/resample.h"

#include <math.h>
#include <soxr.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

/* Soxr does it, in blocks of some 20 ms. Speex, which goes sample by sample, stands in where soxr
 * cannot: for ratios that do not repeat for long, and where soxr was built without SIMD. It takes
 * two and a half times as long for 2 : 1, and ten times for 48000 : 22050. */

/* Speex's scale is 0 to 10. 3 keeps the pass band flat to about 0.85 of the Nyquist frequency, at a
 * sixth of the cost of 10. */
enum { QUALITY = 3 };

/* In lowest terms, the ratios that soxr gets repeat within so many input frames. */
enum { SOXR_MOST_STEP = 1280 };

/* At most this many input frames a call. Upsampling from 8 kHz, the worst case, still fits
 * GENRE_RESAMPLE_MAX_OUT for model rates up to 48 kHz: 256 * 6 = 1536. */
enum { MAX_IN = 256 };

static const float loudest = 1000.0f;

struct GenreResampler {
    int n_channels;
    float scale;                /* 1 / n_channels */
    SpeexResamplerState *speex; /* where this is NULL and soxr as well, the rates are equal */
    uint64_t step_in, step_out; /* the ratio of the rates in lowest terms */
    uint64_t n_in, n_out;       /* frames taken and samples given since the last reset */
    soxr_t soxr;                /* the rest is for this */
    uint64_t soxr_in, soxr_out; /* since it was made */
    uint64_t n_skip;            /* samples to come that are of before the last reset */
    uint64_t flush_frames;      /* that drive out all that was before */
    uint64_t repeat_frames;     /* after as many, soxr does the same again */
};

/* Mono through soxr; returns the samples that came out. */
static size_t push_soxr(GenreResampler *resampler, const float *mono, size_t n, float *out,
                        size_t room) {
    size_t made = 0;
    soxr_process(resampler->soxr, mono, n, NULL, out, room, &made);
    resampler->soxr_in += n;
    resampler->soxr_out += made;
    const size_t skipped = made < resampler->n_skip ? made : (size_t)resampler->n_skip;
    resampler->n_skip -= skipped;
    memmove(out, out + skipped, (made - skipped) * sizeof *out);
    return made - skipped;
}

/* The samples that soxr has yet to give for all that it has got. */
static uint64_t samples_due(const GenreResampler *resampler) {
    return resampler->soxr_in * resampler->step_out / resampler->step_in - resampler->soxr_out;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Silence, until nothing else is left and soxr stands where it began: to clear it would allocate.
 */
static void drain_soxr(GenreResampler *resampler) {
    static const float silence[MAX_IN];
    const uint64_t step = resampler->repeat_frames;
    const uint64_t end = resampler->soxr_in + resampler->flush_frames + step;
    uint64_t left = end - end % step - resampler->soxr_in;
    while (left > 0) {
        float out[GENRE_RESAMPLE_MAX_OUT];
        const size_t n = left < MAX_IN ? (size_t)left : MAX_IN;
        push_soxr(resampler, silence, n, out, GENRE_RESAMPLE_MAX_OUT);
        left -= n;
    }
    resampler->n_skip = samples_due(resampler);
}

/* Soxr's buffers grow with use until each holds 16 kB and what waits in it. So that none grows in
 * real time it first hears silence, in larger pieces than any later, enough to fill each several
 * times over. False where there is no memory. */
static bool warm_soxr(GenreResampler *resampler) {
    enum { PIECE = 1024, N_PIECES = 80, MAX_RATIO = 6 };
    float *silence = calloc(PIECE, sizeof *silence), *out = calloc(PIECE * MAX_RATIO, sizeof *out);
    const bool ok = silence && out;
    for (int i = 0; ok && i < N_PIECES; i++)
        push_soxr(resampler, silence, PIECE, out, PIECE * MAX_RATIO);
    free(silence);
    free(out);
    return ok;
}

/* Finds out what drain_soxr has to know: how far soxr is behind at most, which is just before it
 * takes on a block, and how long its blocks are. It does the same again after a whole number of
 * blocks and of steps; should that be long, or blocks differ, it does so but for rounding after
 * steps alone, of which eight let it halve the rate up to three times before all else. */
static void study_soxr(GenreResampler *resampler) {
    enum { LONGEST_BLOCK = 4096, N_BLOCKS = 4, LONGEST_REPEAT = 70000 };
    const float silence = 0;
    uint64_t most_due = 0, last_burst = 0, block = 0;
    bool alike = true;
    int n_bursts = 0;
    for (int i = 0; i < N_BLOCKS * LONGEST_BLOCK && n_bursts < N_BLOCKS; i++) {
        float out[GENRE_RESAMPLE_MAX_OUT];
        const uint64_t due = samples_due(resampler), out_before = resampler->soxr_out;
        most_due = due > most_due ? due : most_due;
        push_soxr(resampler, &silence, 1, out, GENRE_RESAMPLE_MAX_OUT);
        if (resampler->soxr_out == out_before)
            continue;
        if (n_bursts >= 2)
            alike = alike && resampler->soxr_in - last_burst == block;
        block = resampler->soxr_in - last_burst;
        last_burst = resampler->soxr_in;
        n_bursts++;
    }
    resampler->flush_frames = 4 * most_due * resampler->step_in / resampler->step_out;
    resampler->repeat_frames =
        resampler->step_in / common_divisor(resampler->step_in, block) * block;
    if (n_bursts < N_BLOCKS || !alike || resampler->repeat_frames > LONGEST_REPEAT)
        resampler->repeat_frames = 8 * resampler->step_in;
}

/* False where there is no memory. There is none of it either (soxr stays NULL) where the library
 * was built without SIMD, as on ARM: then it takes a lock around its transforms. */
static bool make_soxr(GenreResampler *resampler) {
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    /* As flat as Speex's and a deeper stop band, at the least work and memory. */
    quality.precision = 15;
    quality.passband_end = 0.85;
    runtime.log2_min_dft_size = 8;
    resampler->soxr = soxr_create((double)resampler->step_in, (double)resampler->step_out, 1, NULL,
                                  &io, &quality, &runtime);
    if (!resampler->soxr)
        return false;
    if (strcmp(soxr_engine(resampler->soxr), "cr32s") != 0) {
        soxr_delete(resampler->soxr);
        resampler->soxr = NULL;
        return true;
    }
    if (!warm_soxr(resampler))
        return false;
    study_soxr(resampler);
    drain_soxr(resampler);
    return true;
}

/* False where there is no memory. */
static bool make_filter(GenreResampler *resampler, spx_uint32_t in_hz, spx_uint32_t out_hz) {
    const uint64_t divisor = common_divisor(in_hz, out_hz);
    int failed;
    resampler->step_in = in_hz / divisor;
    resampler->step_out = out_hz / divisor;
    if (in_hz == out_hz)
        return true;
    if (resampler->step_in <= SOXR_MOST_STEP && !make_soxr(resampler))
        return false;
    if (resampler->soxr)
        return true;
    resampler->speex = speex_resampler_init(1, in_hz, out_hz, QUALITY, &failed);
    if (resampler->speex)
        speex_resampler_skip_zeros(resampler->speex);
    return resampler->speex;
}

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
    if (!make_filter(resampler, (spx_uint32_t)lround(in_hz), (spx_uint32_t)lround(out_hz))) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        genre_resampler_free(resampler);
        return NULL;
    }
    return resampler;
}

void genre_resampler_free(GenreResampler *resampler) {
    if (!resampler)
        return;
    if (resampler->speex)
        speex_resampler_destroy(resampler->speex);
    soxr_delete(resampler->soxr);
    free(resampler);
}

void genre_resampler_reset(GenreResampler *resampler) {
    if (resampler->soxr && resampler->n_in > 0)
        drain_soxr(resampler);
    resampler->n_in = resampler->n_out = 0;
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

/* Whether n samples that lie `stride` apart can be added up as they are. */
static inline bool all_clean(const float *in, size_t stride, size_t n) {
    int n_bad = 0;
    for (size_t i = 0; i < n; i++)
        n_bad += !(fabsf(in[i * stride]) <= loudest);
    return n_bad == 0;
}

/* Adds n samples that lie `stride` apart. Inlined for the usual strides, as all_clean is, so that
 * each becomes SIMD; the slow way is for blocks with a sample that is not one. */
static inline void add_channel(float *restrict sum, const float *restrict in, size_t stride,
                               size_t n) {
    const bool ok = all_clean(in, stride, n);
    for (size_t i = 0; ok && i < n; i++)
        sum[i] += in[i * stride];
    for (size_t i = 0; !ok && i < n; i++)
        sum[i] += clean(in[i * stride]);
}

/* Two interleaved channels, in one pass, where all is clean. */
static bool mix_pairs(const float *restrict in, size_t n, float *restrict mix) {
    for (size_t i = 0; i < n; i++)
        mix[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
    return all_clean(in, 1, 2 * n);
}

static void mix_channels(const GenreResampler *resampler, const float *const *channels,
                         size_t stride, size_t n, float *mix) {
    if (resampler->n_channels == 2 && stride == 2 && channels[1] == channels[0] + 1 &&
        mix_pairs(channels[0], n, mix))
        return;
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

/* Mono, up to MAX_IN of it, through either library; returns the samples that came out. */
static size_t push_mono(GenreResampler *resampler, const float *mono, size_t n, float *out) {
    if (resampler->soxr)
        return push_soxr(resampler, mono, n, out, GENRE_RESAMPLE_MAX_OUT);
    spx_uint32_t used = (spx_uint32_t)n, made = GENRE_RESAMPLE_MAX_OUT;
    speex_resampler_process_float(resampler->speex, 0, mono, &used, out, &made);
    return made;
}

size_t genre_resampler_push(GenreResampler *resampler, const float *const *channels, size_t stride,
                            size_t n_frames, float *out, size_t *n_out) {
    float mono[MAX_IN];
    const size_t n = n_frames < MAX_IN ? n_frames : MAX_IN;
    if (!resampler->speex && !resampler->soxr) {
        mix_channels(resampler, channels, stride, n, out);
        *n_out = n;
        return n;
    }
    mix_channels(resampler, channels, stride, n, mono);
    *n_out = push_mono(resampler, mono, n, out);
    resampler->n_in += n;
    resampler->n_out += *n_out;
    return n;
}

size_t genre_resampler_finish(GenreResampler *resampler, float *out) {
    static const float silence[MAX_IN];
    /* As many as the stream was long, rounded. */
    const uint64_t all =
        (resampler->n_in * resampler->step_out + resampler->step_in / 2) / resampler->step_in;
    size_t n = 0;
    while (n == 0 && resampler->n_out < all)
        n = push_mono(resampler, silence, MAX_IN, out);
    if (n > all - resampler->n_out)
        n = (size_t)(all - resampler->n_out);
    resampler->n_out += n;
    return n;
}
