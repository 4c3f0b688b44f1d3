/* The front half of the pipe, of one stream: samples of any form to feature frames and their level.
 */
#ifndef GENRE_HEARING_H
#define GENRE_HEARING_H

#include "audio/resample.h"
#include "feature/feature.h"
#include "genrecast.h"

enum { GENRE_MAX_CHANNELS = 64 };

enum { GENRE_LEVEL_SUMS = 8 /* as many as processors add at a time */ };

typedef struct {
    int n_channels;
    GenreResampler *resampler;
    GenreFeature *feature;
    uint64_t n_samples;                   /* at the model's rate, that the feature has taken */
    double square_sums[GENRE_LEVEL_SUMS]; /* of samples since the last frame, in turn */
    uint64_t n_squares;
    float level_db; /* of the last frame; at least -120 */
} GenreHearing;

/* What is done with a frame, at whose call the hearing's time and level are those of its end. */
typedef void (*GenreTakeFrame)(void *context, const float *frame);

/* For `rate_hz` and `n_channels`. `beside`, where it is not NULL, hears another stream for the same
 * model in the same thread, and outlives this one: they share what they can. Where it fails, what
 * was made can be cleared. [set-up] */
GenreStatus genre_hearing_init(GenreHearing *hearing, const GenreModel *model, double rate_hz,
                               int n_channels, const GenreHearing *beside, GenreError *error);
void genre_hearing_clear(GenreHearing *hearing); /* all zero is fine */

void genre_hearing_reset(GenreHearing *hearing); /* [real time] */

/* How much sound its frames have come from so far. [real time] */
double genre_hearing_time_s(const GenreHearing *hearing);

/* The most frames that one push or finish can give. [any] */
int genre_hearing_most_frames(const GenreHearing *hearing);

/* Takes some of `n_frames` samples of each channel, `stride` floats apart, and moves `channels`
 * (n_channels) on to the next. Returns how many, at least 1 where n_frames is. [real time] */
size_t genre_hearing_push(GenreHearing *hearing, const float **channels, size_t stride,
                          size_t n_frames, GenreTakeFrame take, void *context);

/* After the last push, over and over: takes some of what the resampler still holds. False when
 * nothing is left. [real time] */
bool genre_hearing_finish(GenreHearing *hearing, GenreTakeFrame take, void *context);

/* Takes one ready-made frame as if it had come out of audio at `level_db`. [real time] */
void genre_hearing_push_frame(GenreHearing *hearing, const float *frame, float level_db,
                              GenreTakeFrame take, void *context);

/* Where the channels of interleaved samples begin. [real time] */
static inline void genre_hearing_part(const GenreHearing *hearing, const float *samples,
                                      const float *channels[GENRE_MAX_CHANNELS]) {
    for (int i = 0; i < hearing->n_channels; i++)
        channels[i] = samples + i;
}

#endif
