#include "clips/mono.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "audio/file.h"
#include "audio/resample.h"
#include "status.h"

enum { BLOCK_FRAMES = 4096 };

static GenreStatus pass_block(GenreResampler *resampler, const float *samples, int n_channels,
                              size_t n_frames, MonoSink *sink, void *context, GenreError *error) {
    const float *channels[64];
    GenreStatus status = GENRE_SUCCESS;
    while (n_frames > 0 && !status) {
        float mono[GENRE_RESAMPLE_MAX_OUT];
        size_t n_mono;
        for (int c = 0; c < n_channels; c++)
            channels[c] = samples + c;
        const size_t taken =
            genre_resampler_push(resampler, channels, (size_t)n_channels, n_frames, mono, &n_mono);
        samples += taken * n_channels;
        n_frames -= taken;
        status = sink(context, mono, n_mono, error);
    }
    return status;
}

GenreStatus mono_stream(const char *path, double rate_hz, MonoSink *sink, void *context,
                        GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    GenreAudioFile *file = genre_audio_file_open(path, error);
    if (!file)
        return GENRE_ERR_OPEN;
    const int n_channels = genre_audio_file_n_channels(file);
    GenreResampler *resampler =
        genre_resampler_new(genre_audio_file_rate_hz(file), n_channels, rate_hz, error);
    float *block = malloc(BLOCK_FRAMES * (size_t)n_channels * sizeof *block);
    if (!resampler || !block) {
        status = GENRE_ERR_NO_MEMORY;
    } else {
        for (size_t n = 1; n > 0 && !status;) {
            n = genre_audio_file_read(file, block, BLOCK_FRAMES);
            status = pass_block(resampler, block, n_channels, n, sink, context, error);
        }
        if (!status)
            status = genre_audio_file_error(file, error);
    }
    free(block);
    genre_resampler_free(resampler);
    genre_audio_file_close(file);
    return status;
}

static GenreStatus append(void *context, const float *samples, size_t n, GenreError *error) {
    enum { STEP = 1 << 20 };
    Mono *mono = context;
    if (mono->n / STEP != (mono->n + n) / STEP || !mono->samples) {
        const size_t room = ((mono->n + n) / STEP + 1) * STEP;
        float *larger = realloc(mono->samples, room * sizeof *larger);
        if (!larger)
            return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        mono->samples = larger;
    }
    memcpy(mono->samples + mono->n, samples, n * sizeof *samples);
    mono->n += n;
    return GENRE_SUCCESS;
}

GenreStatus mono_read(Mono *mono, const char *path, double rate_hz, GenreError *error) {
    *mono = (Mono){.rate_hz = rate_hz};
    GenreStatus status = mono_stream(path, rate_hz, append, mono, error);
    if (!status && mono->n == 0)
        status = genre_fail(error, GENRE_ERR_FORMAT, "%s: has no sound in it", path);
    if (status) {
        free(mono->samples);
        *mono = (Mono){0};
    }
    return status;
}

GenreStatus mono_write(const Mono *mono, const char *path, int format, GenreError *error) {
    SF_INFO info = {.samplerate = (int)lround(mono->rate_hz), .channels = 1, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file) {
        sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
        /* The time of day is in that chunk: the same sound would be another file each second. */
        sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    }
    bool ok =
        file && sf_write_float(file, mono->samples, (sf_count_t)mono->n) == (sf_count_t)mono->n;
    ok = file && sf_close(file) == 0 && ok;
    return ok ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", path);
}
