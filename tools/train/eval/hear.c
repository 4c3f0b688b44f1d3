#include "eval/hear.h"

#include <math.h>
#include <stdlib.h>

#include "audio/file.h"
#include "classifier.h"
#include "clips/frames.h"
#include "model/model.h"

enum { BLOCK = 1024 };

const int evaluate_times_s[EVALUATE_N_TIMES] = {1, 2, 3, 5, 10, 15, 20, 30};

/* A frame more than the time: frames end a little after whole seconds, and the first estimate rests
 * on a whole second of them. */
static const double slack_s = 0.08;

static double last_s(void) {
    return evaluate_times_s[EVALUATE_N_TIMES - 1] + slack_s;
}

uint64_t hear_labels_of(const EvaluateClip *clip) {
    if (clip->label < 0)
        return 0;
    return clip->labels ? clip->labels : (uint64_t)1 << clip->label;
}

static void note(Heard *heard, const GenreEstimate *estimate, uint64_t labels) {
    const double time_s = estimate->time_s - heard->from_s;
    heard->lasted_s = time_s;
    for (int k = 0; k < EVALUATE_N_TIMES; k++)
        if (time_s <= evaluate_times_s[k] + slack_s)
            heard->at[k] = *estimate;
    if (time_s <= last_s())
        showing_note(&heard->showing, estimate, labels, time_s);
}

static void hear_frames(Heard *heard, GenreClassifier *classifier, const EvaluateClip *clip) {
    const int n_bands = genre_classifier_model(classifier)->n_bands;
    const GenreEstimate *estimate = genre_classifier_estimate(classifier);
    for (int t = 0; t < clip->n_frames && estimate->time_s - heard->from_s <= last_s(); t++) {
        genre_classifier_push_frame(classifier, clip->frames + (size_t)t * n_bands, 0);
        note(heard, estimate, hear_labels_of(clip));
    }
}

/* Blocks shorter than the time between two frames, so that each estimate is seen. */
static size_t block_frames(double rate_hz, int n_channels) {
    return (size_t)fmin(BLOCK / (double)n_channels, rate_hz / 50);
}

static GenreStatus hear_file(Heard *heard, GenreClassifier *classifier, const EvaluateClip *clip,
                             GenreAudioFile *file, GenreError *error) {
    float block[BLOCK];
    const size_t n_block =
        block_frames(genre_audio_file_rate_hz(file), genre_audio_file_n_channels(file));
    const GenreEstimate *estimate = genre_classifier_estimate(classifier);
    for (size_t n = 1; n > 0 && estimate->time_s <= last_s();) {
        n = genre_audio_file_read(file, block, n_block);
        genre_classifier_push(classifier, block, n);
        note(heard, estimate, hear_labels_of(clip));
    }
    return estimate->time_s > last_s() ? GENRE_SUCCESS : genre_audio_file_error(file, error);
}

static void hear_mono(Heard *heard, GenreClassifier *classifier, const EvaluateClip *clip,
                      const Mono *mono) {
    const size_t n_block = block_frames(mono->rate_hz, 1);
    const GenreEstimate *estimate = genre_classifier_estimate(classifier);
    for (size_t at = 0; at < mono->n && estimate->time_s <= last_s(); at += n_block) {
        const size_t left = mono->n - at;
        genre_classifier_push(classifier, mono->samples + at, left < n_block ? left : n_block);
        note(heard, estimate, hear_labels_of(clip));
    }
}

/* A clip that ended before the first estimate fell due is still asked about, as a file is. */
static void answer_at_end(Heard *heard, GenreClassifier *classifier, const EvaluateClip *clip) {
    const GenreEstimate *estimate = genre_classifier_estimate(classifier);
    if (estimate->sequence > 0)
        return;
    genre_classifier_finish(classifier);
    note(heard, estimate, hear_labels_of(clip));
}

/* Every estimate is wanted, not one every two seconds. */
static GenreClassifier *new_classifier(const GenreModel *model, double rate_hz, int n_channels,
                                       GenreError *error) {
    GenreSettings settings = genre_settings_default();
    settings.interval_s = 0.1f;
    return genre_classifier_new(model, rate_hz, n_channels, &settings, error);
}

static GenreStatus hear_degraded(Heard *heard, const GenreModel *model, const EvaluateClip *clip,
                                 Degradation degradation, GenreError *error) {
    Mono mono;
    GenreStatus status = degrade_read(&mono, clip->path, degradation, error);
    if (status)
        return status;
    GenreClassifier *classifier = new_classifier(model, mono.rate_hz, 1, error);
    if (classifier) {
        hear_mono(heard, classifier, clip, &mono);
        answer_at_end(heard, classifier, clip);
    }
    genre_classifier_free(classifier);
    free(mono.samples);
    return classifier ? GENRE_SUCCESS : error->status;
}

/* As it is: the whole pipe for a sound file, what comes behind the feature for frames. */
static GenreStatus hear_clean(Heard *heard, const GenreModel *model, const EvaluateClip *clip,
                              GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    GenreClassifier *classifier = NULL;
    GenreAudioFile *file = clip->path ? genre_audio_file_open(clip->path, error) : NULL;
    if (file)
        classifier = new_classifier(model, genre_audio_file_rate_hz(file),
                                    genre_audio_file_n_channels(file), error);
    else if (!clip->path)
        classifier = new_classifier(model, 22050, 1, error);
    if (!classifier)
        status = error->status;
    else if (file)
        status = hear_file(heard, classifier, clip, file, error);
    else
        hear_frames(heard, classifier, clip);
    if (!status)
        answer_at_end(heard, classifier, clip);
    genre_classifier_free(classifier);
    genre_audio_file_close(file);
    return status;
}

/* The clip as frames; those that were made for it are in `made`. */
static GenreStatus as_frames(EvaluateClip *clip, Frames *made, const GenreModel *model,
                             GenreError *error) {
    if (!clip->path)
        return GENRE_SUCCESS;
    const GenreStatus status = frames_from_audio(made, clip->path, model->feature, error);
    clip->frames = made->values;
    clip->n_frames = made->n;
    clip->path = NULL;
    return status;
}

static GenreStatus hear_segue(Heard *heard, const GenreModel *model, const EvaluateClip *clip,
                              GenreError *error) {
    EvaluateClip first = *clip->before, then = *clip;
    Frames of_first = {0}, of_then = {0};
    GenreClassifier *classifier = NULL;
    Heard before = {0};
    GenreStatus status = as_frames(&first, &of_first, model, error);
    if (!status)
        status = as_frames(&then, &of_then, model, error);
    if (!status && !(classifier = new_classifier(model, 22050, 1, error)))
        status = error->status;
    if (!status) {
        hear_frames(&before, classifier, &first);
        heard->from_s = before.lasted_s; /* to a tenth of a second, as estimates come */
        hear_frames(heard, classifier, &then);
        answer_at_end(heard, classifier, &then);
    }
    genre_classifier_free(classifier);
    free(of_first.values);
    free(of_then.values);
    return status;
}

GenreStatus hear(Heard *heard, const GenreModel *model, const EvaluateClip *clip,
                 Degradation degradation, GenreError *error) {
    *heard = (Heard){0};
    const GenreStatus status = clip->before ? hear_segue(heard, model, clip, error)
                               : degradation != DEGRADE_NOT && clip->path
                                   ? hear_degraded(heard, model, clip, degradation, error)
                                   : hear_clean(heard, model, clip, error);
    heard->failed = status != GENRE_SUCCESS;
    return status;
}
