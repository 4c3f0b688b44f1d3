/* Genrecast: listens to music as it plays and says which genre it hears.
 *
 * SPDX-License-Identifier: MIT
 *
 * The whole public interface. A host makes a model (immutable, shared), then one classifier per
 * stream, pushes samples into it and reads the estimate:
 *
 *     GenreError error;
 *     GenreModel *model = genre_model_default(&error);
 *     GenreClassifier *c = genre_classifier_new(model, 48000, 2, NULL, &error);
 *     ... in the audio callback: genre_classifier_push(c, samples, n_frames);
 *     const GenreEstimate *e = genre_classifier_estimate(c);
 *
 * Threads. Functions are grouped by the thread that may call them:
 *   [set-up]    may allocate, read files and fail; any thread, never the audio thread.
 *   [real time] bounded, no heap, lock, system call or log; cannot fail. One thread at a time per
 *               classifier (usually the audio thread); different classifiers are independent.
 *               With a model that is not causal (genre_model_is_causal) that holds for pushing
 *               only where the network runs elsewhere: see genre_classifier_defer.
 *   [worker]    may take long, but allocates nothing; one thread at a time per classifier, beside
 *               the real-time one.
 *   [any]       reads immutable data; any thread, at any time.
 * Of many streams at once, a group (GenreGroup) takes the place of as many classifiers.
 */
#ifndef GENRECAST_H
#define GENRECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GENRE_API __attribute__((visibility("default")))
#else
#define GENRE_API
#endif

/* ---- Errors -------------------------------------------------------------------------------- */

typedef enum {
    GENRE_SUCCESS = 0,
    GENRE_ERR_NO_MEMORY,   /* an allocation failed */
    GENRE_ERR_BAD_ARG,     /* an argument out of its documented range */
    GENRE_ERR_OPEN,        /* a file or device that cannot be opened */
    GENRE_ERR_READ,        /* a file that breaks off or cannot be read */
    GENRE_ERR_WRITE,       /* a file or socket that cannot be written */
    GENRE_ERR_FORMAT,      /* data that is not what it says it is */
    GENRE_ERR_UNSUPPORTED, /* well-formed, but not something this build can do */
    GENRE_ERR_DEVICE,      /* an audio device or server is missing or was lost */
} GenreStatus;

/* What went wrong, as one sentence without a full stop or newline, fit to show to a user. */
typedef struct {
    GenreStatus status;
    char text[256];
} GenreError;

/* The general meaning of a status, in English. [any] */
GENRE_API const char *genre_strerror(GenreStatus status);

/* The library's version, as "major.minor.patch". [any] */
GENRE_API const char *genre_version(void);

/* ---- Model --------------------------------------------------------------------------------- */

/* Weights, labels, feature parameters and calibration. Immutable after loading; any number of
 * classifiers on any threads may share one, and it must outlive them all. */
typedef struct GenreModel GenreModel;

enum { GENRE_MAX_LABELS = 64 };

/* The model compiled into the library. NULL on failure, `error` (NULL is fine) says why.
 * [set-up] */
GENRE_API GenreModel *genre_model_default(GenreError *error);

/* Reads a model file (safetensors). NULL on failure, `error` (NULL is fine) says why: everything
 * in the file is checked, so a hostile one is refused, never trusted. [set-up] */
GENRE_API GenreModel *genre_model_load(const char *path, GenreError *error);

/* The same from `size` bytes in memory, which may be freed afterwards. [set-up] */
GENRE_API GenreModel *genre_model_parse(const void *bytes, size_t size, GenreError *error);

/* Frees a model that no classifier uses any more. NULL is fine. [set-up] */
GENRE_API void genre_model_free(GenreModel *model);

/* Number of labels, 1 to GENRE_MAX_LABELS. Where a model knows what is not music as well, that is
 * none of them: speech, noise and the like then are GENRE_STATE_UNKNOWN. [any] */
GENRE_API int genre_model_n_labels(const GenreModel *model);

/* Label `index` (0 to n_labels - 1), lower case, without blanks; NULL outside that range. The
 * string lives as long as the model. [any] */
GENRE_API const char *genre_model_label(const GenreModel *model, int index);

/* Number of weights. [any] */
GENRE_API size_t genre_model_n_weights(const GenreModel *model);

/* Whether it goes on frame by frame. One that is not looks at a window of the last seconds, all of
 * it again for each estimate, in bursts of many milliseconds: an audio callback must not push into
 * a classifier of such a model unless genre_classifier_defer has been called. [any] */
GENRE_API bool genre_model_is_causal(const GenreModel *model);

/* Whether its labels are independent: any number of them may apply at a time, and each score is the
 * probability of its label by itself. The answer is then the label with the highest score, and
 * "unknown" while none has as much as unknown_below. [any] */
GENRE_API bool genre_model_is_independent(const GenreModel *model);

/* The text kept in the file's metadata under `key` ("layers", "feature", "training", ...), NULL
 * where there is none. Lives as long as the model. [any] */
GENRE_API const char *genre_model_metadata(const GenreModel *model, const char *key);

/* ---- Classifier ---------------------------------------------------------------------------- */

/* How the network's scores become an answer. Each can be changed while running. Values outside
 * the range given are clamped to it, NaN means the default. */
typedef struct {
    float interval_s;  /* time between estimates, 0.1 to 3600 s; default 2 */
    float smoothing_s; /* time constant of the scores' mean, 0 (none) to INFINITY; default 5. The
                        * mean begins anew where the music changes, unless it is INFINITY */
    float hold_s; /* how long another genre must lead, by 0.15, before it is named, 0 to 60; default
                   * 1. 0: what leads is named at once, by however little */
    float unknown_below; /* confidence under which the state is "unknown", 0 to 1; default 0.3 */
    float silence_db;    /* level under which it is silent, -120 to 0 dBFS; default -70 */
    float silence_s;     /* how long it must be so, 0 to 60; default 0.5 */
} GenreSettings;

/* The defaults. [any] */
GENRE_API GenreSettings genre_settings_default(void);

typedef enum {
    GENRE_STATE_SILENCE = 0, /* nothing above the silence level */
    GENRE_STATE_UNKNOWN = 1, /* sound, but too little heard or too little confidence to name it, or
                              * no music by all that the model knows */
    GENRE_STATE_MUSIC = 2,   /* `genre` is the answer */
} GenreState;

/* "silence", "unknown" or "music". [any] */
GENRE_API const char *genre_state_name(GenreState state);

typedef struct {
    uint64_t sequence; /* grows by one with each estimate; 0 = none yet */
    double time_s;     /* how much audio had been pushed since the start or the last reset */
    float heard_s;     /* how much of it the scores rest on: since silence ended, or less where the
                        * music has changed without one */
    float held_s;      /* how long `state` and `genre` have been what they are */
    GenreState state;
    int genre;        /* label index, -1 unless `state` is music */
    float confidence; /* calibrated probability of `genre`, or of the leading label while that is
                       * unknown; 0 to 1, 0 in silence */
    float level_db;   /* dBFS (RMS; a full-scale square wave is 0), at least -120 */
    int n_labels;
    float scores[GENRE_MAX_LABELS]; /* (n_labels), each 0 to 1, summing to 1, even in silence, where
                                     * they are alike, as they nearly are in what the model holds
                                     * for no music; of a model whose labels are independent any
                                     * sum, and 0 in silence */
} GenreEstimate;

/* One stream's whole pipe: downmix, resampling, features, network, estimate. */
typedef struct GenreClassifier GenreClassifier;

/* Makes a classifier for `rate_hz` (8000 to 192000) and `n_channels` (1 to 64); `settings` NULL
 * means the defaults. NULL on failure, `error` (NULL is fine) says why. [set-up] */
GENRE_API GenreClassifier *genre_classifier_new(const GenreModel *model, double rate_hz,
                                                int n_channels, const GenreSettings *settings,
                                                GenreError *error);

/* NULL is fine. [set-up] */
GENRE_API void genre_classifier_free(GenreClassifier *classifier);

/* Takes `n_frames` (0 is fine) of interleaved samples, (n_frames, n_channels), full scale +-1. The
 * estimates do not depend on how the stream is cut into blocks. NaN and infinite samples count as
 * 0. At most one estimate per 0.1 s becomes due; a host that wants to see each one pushes at most
 * that much at a time. Cost: linear in n_frames. [real time] */
GENRE_API void genre_classifier_push(GenreClassifier *classifier, const float *samples,
                                     size_t n_frames);

/* The same for one array per channel, (n_channels) of (n_frames). [real time] */
GENRE_API void genre_classifier_push_planar(GenreClassifier *classifier,
                                            const float *const *channels, size_t n_frames);

/* Call once after a stream's last sample: passes on what the resampler still holds, then makes a
 * last estimate. Where the stream faded into silence that estimate repeats the last one of the
 * music before it. Reset before pushing again. [real time; of a deferred classifier a worker's
 * work, while nothing else is called] */
GENRE_API void genre_classifier_finish(GenreClassifier *classifier);

/* The latest estimate (sequence 0 before the first). Valid until the next push, finish or reset.
 * [real time] */
GENRE_API const GenreEstimate *genre_classifier_estimate(const GenreClassifier *classifier);

/* The level now, in dBFS, at least -120; renewed about 13 times a second. [real time] */
GENRE_API float genre_classifier_level_db(const GenreClassifier *classifier);

/* Changes the settings from the next frame on. [real time] */
GENRE_API void genre_classifier_configure(GenreClassifier *classifier,
                                          const GenreSettings *settings);

/* Forgets all that was heard, as if just made; settings stay. (At some rates, as 192 kHz, the same
 * sound then gives the same scores but for rounding.) [real time] */
GENRE_API void genre_classifier_reset(GenreClassifier *classifier);

/* Divides the work between two threads, for models that are not causal. From now on pushing only
 * collects, whatever the model, and takes no longer than with the smallest one; the network runs in
 * genre_classifier_update, called by a worker, and what it finds is seen through
 * genre_classifier_estimate, which stays with the thread that pushes, as do all [real time]
 * functions. To be called before the first push. [set-up] */
GENRE_API GenreStatus genre_classifier_defer(GenreClassifier *classifier, GenreError *error);

/* Whether something was collected that genre_classifier_update has not taken yet. [real time] */
GENRE_API bool genre_classifier_is_waiting(const GenreClassifier *classifier);

/* Goes on with what was collected until there is a new estimate; false once all is taken, and where
 * nothing is deferred. While it keeps up, estimates are the ones that pushing alone would have
 * made. Where it falls behind by an interval, estimates are left out and the next one is of the
 * newest sound, so it never lags by more than that and one run of the network. [worker] */
GENRE_API bool genre_classifier_update(GenreClassifier *classifier);

/* Grows while estimates are left out because the worker does not keep up. [real time] */
GENRE_API uint64_t genre_classifier_n_put_off(const GenreClassifier *classifier);

/* The model it was made with. [any] */
GENRE_API const GenreModel *genre_classifier_model(const GenreClassifier *classifier);

/* ---- Many streams at once ------------------------------------------------------------------ */

/* The pipes of many streams of one form, whose frames go through the network together: each weight
 * is fetched once for several streams instead of once for each, and what streams have in common is
 * there once. Streams are independent of each other: they need not be in step, may be silent or
 * idle, and begin and end one by one. Each stream's estimates are, to the last bit, those of a
 * classifier that is given the same samples.
 *
 *     GenreGroup *group = genre_group_new(model, 16, 44100, 2, NULL, &error);
 *     ... for each stream: taken = genre_group_push(group, stream, samples, n_frames);
 *     do {
 *         more = genre_group_step(group);
 *         ... for each stream: genre_group_estimate(group, stream);
 *     } while (more);
 *     ... and what was not taken is pushed again, with what has come in since
 *
 * All calls for one group are made by one thread at a time; different groups are independent.
 * Streams are counted from 0; one that there is not must not be named. */
typedef struct GenreGroup GenreGroup;

enum { GENRE_MAX_STREAMS = 65536 };

/* Makes a group of `n_streams` (1 to GENRE_MAX_STREAMS), all of `rate_hz` (8000 to 192000) and
 * `n_channels` (1 to 64); `settings` NULL means the defaults. Models of any kind will do. NULL on
 * failure, `error` (NULL is fine) says why. [set-up] */
GENRE_API GenreGroup *genre_group_new(const GenreModel *model, int n_streams, double rate_hz,
                                      int n_channels, const GenreSettings *settings,
                                      GenreError *error);

/* NULL is fine. [set-up] */
GENRE_API void genre_group_free(GenreGroup *group);

/* Takes samples of one stream, as genre_classifier_push does, but only collects what becomes of
 * them. Returns how many of `n_frames` it took: fewer where as much waits already as the network
 * takes at a time (a third of a second with the compiled-in model); step, then push the rest.
 * [real time] */
GENRE_API size_t genre_group_push(GenreGroup *group, int stream, const float *samples,
                                  size_t n_frames);

/* The same for one array per channel, (n_channels) of (n_frames). [real time] */
GENRE_API size_t genre_group_push_planar(GenreGroup *group, int stream,
                                         const float *const *channels, size_t n_frames);

/* Runs the network for all streams that have something to run it on. Each goes on until it has a
 * new estimate, so that each one can be seen, or all is taken that was pushed. False once nothing
 * waits: until then call again. It costs least where many streams have been given samples since the
 * last time. [real time; with a model that is not causal a worker's work] */
GENRE_API bool genre_group_step(GenreGroup *group);

/* Call once after a stream's last sample, whether or not something waits: takes all of it, then
 * makes a last estimate, as genre_classifier_finish does. Reset the stream before pushing again.
 * [as genre_group_step] */
GENRE_API void genre_group_finish(GenreGroup *group, int stream);

/* The latest estimate of one stream (sequence 0 before the first). Valid until the next step, or
 * until this stream is finished or reset. [real time] */
GENRE_API const GenreEstimate *genre_group_estimate(const GenreGroup *group, int stream);

/* The level of one stream now, in dBFS; see genre_classifier_level_db. [real time] */
GENRE_API float genre_group_level_db(const GenreGroup *group, int stream);

/* Changes the settings of one stream, from the next frame on that is not taken yet. [real time] */
GENRE_API void genre_group_configure(GenreGroup *group, int stream, const GenreSettings *settings);

/* Forgets all that one stream was given, as genre_classifier_reset does: another may take its
 * place. [real time] */
GENRE_API void genre_group_reset(GenreGroup *group, int stream);

/* How many streams it was made for. [any] */
GENRE_API int genre_group_n_streams(const GenreGroup *group);

/* The model it was made with. [any] */
GENRE_API const GenreModel *genre_group_model(const GenreGroup *group);

#ifdef __cplusplus
}
#endif

#endif
