#include "frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/file.h"
#include "audio/resample.h"
#include "feature/feature.h"
#include "status.h"

enum { BLOCK_FRAMES = 4096, MAX_MEL_FILE = 1 << 30 };

static GenreStatus append(Frames *frames, const float *values, GenreError *error) {
    if ((frames->n & (frames->n - 1)) == 0) { /* room for a power of two */
        const size_t room = frames->n ? 2 * (size_t)frames->n : 1;
        float *larger = realloc(frames->values, room * frames->n_bands * sizeof *larger);
        if (!larger)
            return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        frames->values = larger;
    }
    memcpy(frames->values + (size_t)frames->n++ * frames->n_bands, values,
           (size_t)frames->n_bands * sizeof *values);
    return GENRE_SUCCESS;
}

static GenreStatus analyse_block(Frames *frames, GenreResampler *resampler, GenreFeature *feature,
                                 const float *samples, int n_channels, size_t n_frames,
                                 GenreError *error) {
    const float *channels[64];
    while (n_frames > 0) {
        float mono[GENRE_RESAMPLE_MAX_OUT], *next = mono;
        size_t n_mono;
        for (int c = 0; c < n_channels; c++)
            channels[c] = samples + c;
        const size_t taken =
            genre_resampler_push(resampler, channels, (size_t)n_channels, n_frames, mono, &n_mono);
        samples += taken * n_channels;
        n_frames -= taken;
        while (n_mono > 0) {
            bool ready;
            const size_t used = genre_feature_push(feature, next, n_mono, &ready);
            if (ready && append(frames, genre_feature_frame(feature), error))
                return GENRE_ERR_NO_MEMORY;
            next += used;
            n_mono -= used;
        }
    }
    return GENRE_SUCCESS;
}

GenreStatus frames_from_audio(Frames *frames, const char *path, const json_t *description,
                              GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    GenreFeature *feature = NULL;
    GenreResampler *resampler = NULL;
    float *block = NULL;
    *frames = (Frames){0};
    GenreAudioFile *file = genre_audio_file_open(path, error);
    if (!file)
        return GENRE_ERR_OPEN;
    const int n_channels = genre_audio_file_n_channels(file);
    feature = genre_feature_new(description, error);
    if (feature)
        resampler = genre_resampler_new(genre_audio_file_rate_hz(file), n_channels,
                                        genre_feature_spec(feature)->rate_hz, error);
    block = malloc(BLOCK_FRAMES * (size_t)n_channels * sizeof *block);
    if (!resampler || !block) {
        status = GENRE_ERR_NO_MEMORY;
    } else {
        frames->n_bands = genre_feature_size(feature);
        for (size_t n = 1; n > 0 && !status;) {
            n = genre_audio_file_read(file, block, BLOCK_FRAMES);
            status = analyse_block(frames, resampler, feature, block, n_channels, n, error);
        }
        if (!status)
            status = genre_audio_file_error(file, error);
        if (!status && frames->n == 0)
            status = genre_fail(error, GENRE_ERR_FORMAT, "%s: too short for a single frame", path);
    }
    free(block);
    genre_resampler_free(resampler);
    genre_feature_free(feature);
    genre_audio_file_close(file);
    if (status)
        free(frames->values);
    return status;
}

typedef struct {
    const char *dataset; /* the manifest's string */
    void *bytes;
    GenreSafetensors file;
    GenreTensorView mel;
} MelFile;

struct MelFiles {
    size_t n;
    MelFile *files;
};

static MelFile *find(const MelFiles *files, const char *dataset) {
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->files[i].dataset, dataset) == 0)
            return &files->files[i];
    return NULL;
}

static GenreStatus open_one(MelFile *file, const char *folder, const char *dataset,
                            GenreError *error) {
    char path[4096];
    size_t size;
    GenreError inner;
    snprintf(path, sizeof path, "%s/mel/%s.safetensors", folder, dataset);
    file->dataset = dataset;
    file->bytes = genre_read_file(path, MAX_MEL_FILE, &size, error);
    if (!file->bytes)
        return GENRE_ERR_OPEN;
    if (genre_safetensors_parse(&file->file, file->bytes, size, &inner) ||
        genre_safetensors_tensor(&file->file, "mel", &file->mel, &inner))
        return genre_fail(error, inner.status, "%s: %s", path, inner.text);
    if (strcmp(file->mel.type, "U8") != 0 || file->mel.n_dims != 3)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "%s: its \"mel\" is not U8 of (clips, frames, bands)", path);
    return GENRE_SUCCESS;
}

GenreStatus mel_files_open(MelFiles **files, const Manifest *manifest, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    *files = calloc(1, sizeof **files);
    if (!*files)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < manifest->n && !status; i++) {
        const Clip *clip = &manifest->clips[i];
        if (clip->mel_row < 0 || find(*files, clip->dataset))
            continue;
        MelFile *larger = realloc((*files)->files, ((*files)->n + 1) * sizeof *larger);
        if (!larger) {
            status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
            break;
        }
        (*files)->files = larger;
        larger[(*files)->n] = (MelFile){0};
        status = open_one(&larger[(*files)->n++], manifest->folder, clip->dataset, error);
    }
    if (status) {
        mel_files_close(*files);
        *files = NULL;
    }
    return status;
}

void mel_files_close(MelFiles *files) {
    if (!files)
        return;
    for (size_t i = 0; i < files->n; i++) {
        genre_safetensors_clear(&files->files[i].file);
        free(files->files[i].bytes);
    }
    free(files->files);
    free(files);
}

GenreStatus frames_from_mel(Frames *frames, const MelFiles *files, const Clip *clip, int n_bands,
                            GenreError *error) {
    const MelFile *file = find(files, clip->dataset);
    const size_t *shape = file->mel.shape;
    *frames = (Frames){.n_bands = n_bands};
    if ((size_t)clip->mel_row >= shape[0] || shape[2] != (size_t)n_bands || shape[1] == 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "%s: no mel frames of %d bands in row %d (the file has %zu rows of %zu)",
                          clip->id, n_bands, clip->mel_row, shape[0], shape[2]);
    const size_t n = shape[1] * shape[2];
    const unsigned char *from = (const unsigned char *)file->mel.data + (size_t)clip->mel_row * n;
    frames->values = malloc(n * sizeof *frames->values);
    if (!frames->values)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++)
        frames->values[i] = (float)from[i] * (80.0f / 255) - 80;
    frames->n = (int)shape[1];
    return GENRE_SUCCESS;
}

GenreStatus frames_fit_mel(const json_t *description, GenreError *error) {
    const char *kind = json_string_value(json_object_get(description, "kind"));
    GenreFeature *feature = genre_feature_new(description, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    const bool fits = strcmp(kind, "logmel") == 0 && genre_feature_size(feature) == 128 &&
                      genre_feature_spec(feature)->rate_hz == 22050 &&
                      !json_object_get(description, "low_hz") &&
                      !json_object_get(description, "high_hz") &&
                      fabs(genre_feature_period_s(feature) - 0.0775) < 0.0008;
    genre_feature_free(feature);
    return fits ? GENRE_SUCCESS
                : genre_fail(error, GENRE_ERR_UNSUPPORTED,
                             "ready-made mel frames need the feature logmel with 128 bands of 0 to "
                             "11025 Hz every 77.5 ms");
}
