#include "clips/frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature/feature.h"
#include "status.h"

enum { MAX_MEL_FILE = 1 << 30 };

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

typedef struct {
    Frames *frames;
    GenreFeature *feature;
} Analysis;

static GenreStatus analyse(void *context, const float *samples, size_t n, GenreError *error) {
    Analysis *analysis = context;
    while (n > 0) {
        bool ready;
        const size_t used = genre_feature_push(analysis->feature, samples, n, &ready);
        if (ready && append(analysis->frames, genre_feature_frame(analysis->feature), error))
            return GENRE_ERR_NO_MEMORY;
        samples += used;
        n -= used;
    }
    return GENRE_SUCCESS;
}

/* What both sources have in common: `mono` where it is given, else the file at `path`. */
static GenreStatus analyse_all(Frames *frames, const char *path, const Mono *mono,
                               const json_t *description, GenreError *error) {
    *frames = (Frames){0};
    GenreFeature *feature = genre_feature_new(description, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    frames->n_bands = genre_feature_size(feature);
    Analysis analysis = {frames, feature};
    GenreStatus status =
        mono ? analyse(&analysis, mono->samples, mono->n, error)
             : mono_stream(path, genre_feature_spec(feature)->rate_hz, analyse, &analysis, error);
    if (!status && frames->n == 0)
        status = genre_fail(error, GENRE_ERR_FORMAT, "%s: too short for a single frame", path);
    genre_feature_free(feature);
    if (status) {
        free(frames->values);
        frames->values = NULL;
        return status;
    }
    /* A cache holds thousands of these before they are written: give back the spare room. */
    const size_t size = (size_t)frames->n * frames->n_bands * sizeof *frames->values;
    float *fitting = realloc(frames->values, size);
    if (fitting)
        frames->values = fitting;
    return status;
}

GenreStatus frames_from_audio(Frames *frames, const char *path, const json_t *description,
                              GenreError *error) {
    return analyse_all(frames, path, NULL, description, error);
}

GenreStatus frames_from_mono(Frames *frames, const char *path, const Mono *mono,
                             const json_t *description, GenreError *error) {
    return analyse_all(frames, path, mono, description, error);
}

GenreFrameTimes frames_times(const json_t *description) {
    GenreFrameTimes times = {0, 1};
    GenreFeature *feature = genre_feature_new(description, NULL);
    if (feature) {
        const GenreFeatureSpec *spec = genre_feature_spec(feature);
        times.first_s = (spec->n_fft + (spec->mean_hops - 1) * spec->hop) / 2.0 / spec->rate_hz;
        times.period_s = genre_feature_period_s(feature);
    }
    genre_feature_free(feature);
    return times;
}

/* Values of a frame of one part of a joined feature; 0: it is no part. */
static int part_size(const json_t *joined, const json_t *part) {
    json_t *alone = json_deep_copy(joined);
    json_object_del(alone, "parts");
    json_object_update(alone, (json_t *)part);
    GenreFeature *feature = genre_feature_new(alone, NULL);
    const int size = feature ? genre_feature_size(feature) : 0;
    genre_feature_free(feature);
    json_decref(alone);
    return size;
}

static double number_or(const json_t *object, const char *name, double otherwise) {
    const json_t *value = json_object_get(object, name);
    return value ? json_number_value(value) : otherwise;
}

static bool is_logmel(const json_t *feature) {
    return strcmp(json_string_value(json_object_get(feature, "kind")), "logmel") == 0;
}

GenreStatus frames_find_mel(MelBands *bands, const json_t *description, GenreError *error) {
    GenreFeature *feature = genre_feature_new(description, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    const json_t *logmel = is_logmel(description) ? description : NULL;
    const json_t *parts = json_object_get(description, "parts"), *part;
    size_t i;
    *bands = (MelBands){.n = logmel ? genre_feature_size(feature) : 0,
                        .period_s = genre_feature_period_s(feature)};
    json_array_foreach(parts, i, part) {
        const int size = part_size(description, part);
        if (is_logmel(part)) {
            logmel = part;
            bands->n = size;
            break;
        }
        bands->first += size;
    }
    bands->low_hz = number_or(logmel, "low_hz", 0);
    bands->high_hz = number_or(logmel, "high_hz", genre_feature_spec(feature)->rate_hz / 2);
    genre_feature_free(feature);
    return GENRE_SUCCESS;
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

enum { MEL_BANDS = 128 };

static GenreMelFrame mel_frame(const float db[MEL_BANDS]) {
    return (GenreMelFrame){.n_bands = MEL_BANDS, .low_hz = 0, .high_hz = 11025, .db = db};
}

GenreStatus frames_from_mel(Frames *frames, const MelFiles *files, const Clip *clip,
                            const json_t *description, GenreError *error) {
    const MelFile *file = find(files, clip->dataset);
    const size_t *shape = file->mel.shape;
    *frames = (Frames){0};
    if ((size_t)clip->mel_row >= shape[0] || shape[2] != MEL_BANDS || shape[1] == 0)
        return genre_fail(error, GENRE_ERR_FORMAT,
                          "%s: no mel frames of %d bands in row %d (the file has %zu rows of %zu)",
                          clip->id, MEL_BANDS, clip->mel_row, shape[0], shape[2]);
    GenreFeature *feature = genre_feature_new(description, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    frames->n_bands = genre_feature_size(feature);
    frames->n = (int)shape[1];
    frames->values = malloc(shape[1] * (size_t)frames->n_bands * sizeof *frames->values);
    const unsigned char *from =
        (const unsigned char *)file->mel.data + (size_t)clip->mel_row * shape[1] * MEL_BANDS;
    for (int f = 0; frames->values && f < frames->n; f++) {
        float db[MEL_BANDS];
        for (int i = 0; i < MEL_BANDS; i++)
            db[i] = (float)*from++ * (80.0f / 255) - 80;
        const GenreMelFrame mel = mel_frame(db);
        genre_feature_from_mel(feature, &mel, frames->values + (size_t)f * frames->n_bands);
    }
    genre_feature_free(feature);
    return frames->values ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

GenreStatus frames_fit_mel(const json_t *description, GenreError *error) {
    static const float nothing[MEL_BANDS];
    const GenreMelFrame mel = mel_frame(nothing);
    GenreFeature *feature = genre_feature_new(description, error);
    if (!feature)
        return GENRE_ERR_FORMAT;
    float *frame = calloc((size_t)genre_feature_size(feature), sizeof *frame);
    const bool fits = frame && genre_feature_spec(feature)->rate_hz == 22050 &&
                      fabs(genre_feature_period_s(feature) - 0.0775) < 0.0008 &&
                      genre_feature_from_mel(feature, &mel, frame);
    free(frame);
    genre_feature_free(feature);
    return fits ? GENRE_SUCCESS
                : genre_fail(error, GENRE_ERR_UNSUPPORTED,
                             "ready-made mel frames need the feature logmel or mfcc with 128 bands "
                             "of 0 to 11025 Hz every 77.5 ms");
}
