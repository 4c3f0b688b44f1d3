/* Coded with loss and decoded again, in memory, by libsndfile. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/resample.h"
#include "status.h"
#include "waveform/effects.h"

/* libsndfile passes a block on to the encoder whole, which keeps some of it on the stack. */
enum { BLOCK = 2048 };

static const struct {
    const char *name;
    int format;
} codecs[WAVEFORM_N_CODECS] = {
    [WAVEFORM_VORBIS] = {"Vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
    [WAVEFORM_OPUS] = {"Opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
    [WAVEFORM_MP3] = {"MP3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
};

/* A file in memory, as libsndfile's virtual files want it. */
typedef struct {
    unsigned char *bytes;
    sf_count_t n, room, at;
} Memory;

static sf_count_t memory_length(void *user) {
    return ((Memory *)user)->n;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user) {
    Memory *memory = user;
    const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory->at : memory->n;
    if (from + offset < 0)
        return -1;
    return memory->at = from + offset;
}

static sf_count_t memory_read(void *to, sf_count_t n, void *user) {
    Memory *memory = user;
    const sf_count_t left = memory->at < memory->n ? memory->n - memory->at : 0;
    n = n < left ? n : left;
    if (n > 0)
        memcpy(to, memory->bytes + memory->at, (size_t)n);
    memory->at += n;
    return n;
}

static sf_count_t memory_write(const void *from, sf_count_t n, void *user) {
    Memory *memory = user;
    if (memory->at + n > memory->room) {
        const sf_count_t room = 2 * (memory->at + n);
        unsigned char *larger = realloc(memory->bytes, (size_t)room);
        if (!larger)
            return 0;
        memset(larger + memory->room, 0, (size_t)(room - memory->room));
        memory->bytes = larger;
        memory->room = room;
    }
    memcpy(memory->bytes + memory->at, from, (size_t)n);
    memory->at += n;
    memory->n = memory->at > memory->n ? memory->at : memory->n;
    return n;
}

static sf_count_t memory_tell(void *user) {
    return ((Memory *)user)->at;
}

static SF_VIRTUAL_IO memory_file(void) {
    return (SF_VIRTUAL_IO){memory_length, memory_seek, memory_read, memory_write, memory_tell};
}

/* To another rate, in place. */
static GenreStatus resample(Mono *mono, double rate_hz, GenreError *error) {
    if (rate_hz == mono->rate_hz)
        return GENRE_SUCCESS;
    static const float silence[256];
    const size_t n = (size_t)((double)mono->n * rate_hz / mono->rate_hz + 0.5);
    GenreResampler *resampler = genre_resampler_new(mono->rate_hz, 1, rate_hz, error);
    float *out = calloc(n + 1, sizeof *out);
    if (!resampler || !out) {
        genre_resampler_free(resampler);
        free(out);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    for (size_t at = 0, n_out = 0; n_out < n;) {
        float made[GENRE_RESAMPLE_MAX_OUT];
        size_t n_made;
        const bool over = at >= mono->n;
        const float *from = over ? silence : mono->samples + at;
        at += genre_resampler_push(resampler, &from, 1, over ? 256 : mono->n - at, made, &n_made);
        n_made = n_made < n - n_out ? n_made : n - n_out;
        memcpy(out + n_out, made, n_made * sizeof *out);
        n_out += n_made;
    }
    genre_resampler_free(resampler);
    free(mono->samples);
    *mono = (Mono){rate_hz, n, out};
    return GENRE_SUCCESS;
}

static bool encode(const Mono *mono, int format, double compression, Memory *memory) {
    SF_VIRTUAL_IO io = memory_file();
    SF_INFO info = {.samplerate = (int)lround(mono->rate_hz), .channels = 1, .format = format};
    SNDFILE *file = sf_open_virtual(&io, SFM_WRITE, &info, memory);
    if (!file)
        return false;
    sf_command(file, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
    bool ok = true;
    for (size_t at = 0; at < mono->n && ok; at += BLOCK) {
        const size_t n = mono->n - at < BLOCK ? mono->n - at : BLOCK;
        ok = sf_write_float(file, mono->samples + at, (sf_count_t)n) == (sf_count_t)n;
    }
    return sf_close(file) == 0 && ok;
}

/* What is missing at the end becomes silence. */
static bool decode(Mono *mono, Memory *memory) {
    SF_VIRTUAL_IO io = memory_file();
    SF_INFO info = {0};
    memory->at = 0;
    SNDFILE *file = sf_open_virtual(&io, SFM_READ, &info, memory);
    const bool ok = file && info.channels == 1 && info.samplerate == (int)lround(mono->rate_hz);
    const sf_count_t n = ok ? sf_read_float(file, mono->samples, (sf_count_t)mono->n) : 0;
    for (size_t i = (size_t)n; ok && i < mono->n; i++)
        mono->samples[i] = 0;
    if (file)
        sf_close(file);
    return ok;
}

static void scale(Mono *mono, float factor) {
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] *= factor;
}

/* Opus knows a few rates only. */
static double rate_for(WaveformCodec codec, double rate_hz) {
    if (codec != WAVEFORM_OPUS)
        return rate_hz;
    return rate_hz <= 8000    ? 8000
           : rate_hz <= 12000 ? 12000
           : rate_hz <= 16000 ? 16000
           : rate_hz <= 24000 ? 24000
                              : 48000;
}

GenreStatus waveform_code(Mono *mono, WaveformCodec codec, double compression, GenreError *error) {
    Memory memory = {0};
    const double rate_hz = mono->rate_hz;
    float top = 0;
    for (size_t i = 0; i < mono->n; i++)
        top = fmaxf(top, fabsf(mono->samples[i]));
    if (top == 0)
        return GENRE_SUCCESS;
    /* Encoders and decoders clip. */
    scale(mono, 0.7f / top);
    GenreStatus status = resample(mono, rate_for(codec, rate_hz), error);
    if (!status &&
        (!encode(mono, codecs[codec].format, compression, &memory) || !decode(mono, &memory)))
        status = genre_fail(error, GENRE_ERR_UNSUPPORTED,
                            "libsndfile cannot code %.0f Hz as %s and decode it again",
                            mono->rate_hz, codecs[codec].name);
    free(memory.bytes);
    if (!status)
        status = resample(mono, rate_hz, error);
    if (status)
        return status;
    scale(mono, top / 0.7f);
    return GENRE_SUCCESS;
}

GenreStatus waveform_codec(WaveformChange *change, GenreError *error) {
    const bool wanted = genre_rng_uniform(&change->rng) < change->settings->codec;
    const uint32_t codec = genre_rng_below(&change->rng, WAVEFORM_N_CODECS);
    const double compression = genre_rng_between(&change->rng, 0.3, 0.95);
    if (!wanted)
        return GENRE_SUCCESS;
    snprintf(change->told, sizeof change->told, "%s, compression %.2f of 1", codecs[codec].name,
             compression);
    return waveform_code(change->mono, (WaveformCodec)codec, compression, error);
}
