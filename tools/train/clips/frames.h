/* One clip's feature frames, from audio or from ready-made mel frames. */
#ifndef GENRE_TRAIN_FRAMES_H
#define GENRE_TRAIN_FRAMES_H

#include <jansson.h>

#include "beat.h"
#include "clips/manifest.h"
#include "clips/mono.h"
#include "model/safetensors.h"

typedef struct {
    int n; /* frames */
    int n_bands;
    float *values; /* (n, n_bands); free() */
} Frames;

/* A clip may be so much shorter than what it counts as: many of "30 s" last 29.98, and a last
 * estimate comes before the end. */
static const double frames_short_s = 0.3;

/* Decodes and analyses a sound file with the product's own resampler and feature. */
GenreStatus frames_from_audio(Frames *frames, const char *path, const json_t *feature,
                              GenreError *error);

/* The same from sound in memory, at the feature's rate; `path` is what errors call it. */
GenreStatus frames_from_mono(Frames *frames, const char *path, const Mono *mono,
                             const json_t *feature, GenreError *error);

/* When the frames of `feature` are: the middles of what they are computed from. */
GenreFrameTimes frames_times(const json_t *feature);

/* The log-mel bands in a feature's frames. */
typedef struct {
    int first, n; /* where they stand in a frame, and how many; n = 0: there are none */
    double low_hz, high_hz;
    double period_s; /* from one frame to the next */
} MelBands;

GenreStatus frames_find_mel(MelBands *bands, const json_t *feature, GenreError *error);

/* The files of ready-made mel frames that a manifest names: mel/<dataset>.safetensors beside it,
 * tensor "mel", U8 (clips, frames, bands), 0 = -80 dB and 255 = 0 dB under the clip's loudest. */
typedef struct MelFiles MelFiles;

/* Opens those that `manifest` refers to. */
GenreStatus mel_files_open(MelFiles **files, const Manifest *manifest, GenreError *error);
void mel_files_close(MelFiles *files);

/* One clip's frames, turned into those of `feature`, which must fit. */
GenreStatus frames_from_mel(Frames *frames, const MelFiles *files, const Clip *clip,
                            const json_t *feature, GenreError *error);

/* Whether frames of `feature` can be made of those that mel files hold, 128 log-mel bands up to
 * 11025 Hz about 77.5 ms apart: log-mel itself and its cepstra. The error says what is needed. */
GenreStatus frames_fit_mel(const json_t *feature, GenreError *error);

#endif
