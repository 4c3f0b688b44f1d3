#include "evaluate.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli.h"
#include "audio/file.h"
#include "classifier.h"
#include "model/model.h"
#include "app/progress.h"
#include "status.h"

const int evaluate_times_s[EVALUATE_N_TIMES] = {3, 5, 10, 30};

/* A frame more than the time: frames end a little after whole seconds. */
static const double slack_s = 0.05;

/* One clip's scores at each time; sequence 0 where there was no estimate yet. */
typedef struct {
    bool failed;
    GenreEstimate at[EVALUATE_N_TIMES];
} Answers;

static void note(Answers *answers, const GenreEstimate *estimate, double time_s) {
    for (int k = 0; k < EVALUATE_N_TIMES; k++)
        if (time_s <= evaluate_times_s[k] + slack_s)
            answers->at[k] = *estimate;
}

static void hear_frames(Answers *answers, GenreClassifier *classifier, const EvaluateClip *clip,
                        int n_bands) {
    for (int t = 0; t < clip->n_frames; t++) {
        genre_classifier_push_frame(classifier, clip->frames + (size_t)t * n_bands, 0);
        const GenreEstimate *estimate = genre_classifier_estimate(classifier);
        note(answers, estimate, estimate->time_s);
    }
}

static GenreStatus hear_file(Answers *answers, GenreClassifier *classifier, GenreAudioFile *file,
                             GenreError *error) {
    float block[1024];
    const int n_channels = genre_audio_file_n_channels(file);
    const double last_s = evaluate_times_s[EVALUATE_N_TIMES - 1] + slack_s;
    const GenreEstimate *estimate = genre_classifier_estimate(classifier);
    for (size_t n = 1; n > 0 && estimate->time_s <= last_s;) {
        n = genre_audio_file_read(file, block, 1024 / (size_t)n_channels);
        genre_classifier_push(classifier, block, n);
        note(answers, estimate, estimate->time_s);
    }
    return estimate->time_s > last_s ? GENRE_SUCCESS : genre_audio_file_error(file, error);
}

typedef struct {
    const Evaluation *evaluation;
    const EvaluateClip *clips;
    Answers *answers;
    size_t n, n_done;
    int n_bands;
    GenreProgress progress;
    pthread_mutex_t lock;
} Job;

/* Every estimate is wanted, not one every two seconds. */
static GenreClassifier *new_classifier(const GenreModel *model, double rate_hz, int n_channels,
                                       GenreError *error) {
    GenreSettings settings = genre_settings_default();
    settings.interval_s = 0.1f;
    return genre_classifier_new(model, rate_hz, n_channels, &settings, error);
}

static void hear_clip(void *context, int i) {
    Job *job = context;
    const EvaluateClip *clip = &job->clips[i];
    Answers *answers = &job->answers[i];
    GenreError error;
    GenreAudioFile *file = clip->path ? genre_audio_file_open(clip->path, &error) : NULL;
    const double rate_hz = file ? genre_audio_file_rate_hz(file) : 22050;
    GenreClassifier *classifier = NULL;
    if (file || !clip->path)
        classifier = new_classifier(job->evaluation->model, rate_hz,
                                    file ? genre_audio_file_n_channels(file) : 1, &error);
    answers->failed = !classifier;
    if (classifier && file)
        answers->failed = hear_file(answers, classifier, file, &error) != GENRE_SUCCESS;
    else if (classifier)
        hear_frames(answers, classifier, clip, job->n_bands);
    if (answers->failed)
        genre_complain("left out: %s", error.text);
    genre_classifier_free(classifier);
    genre_audio_file_close(file);
    pthread_mutex_lock(&job->lock);
    genre_progress_show(&job->progress, (double)++job->n_done / (double)job->n, NULL);
    pthread_mutex_unlock(&job->lock);
}

/* The leading label among the allowed ones, -1 where nothing was heard; *confidence is its share
 * of the allowed labels' scores. */
static int answer(const Evaluation *evaluation, const GenreEstimate *estimate, double *confidence) {
    int best = -1;
    double sum = 0;
    for (int i = 0; i < estimate->n_labels; i++) {
        if (!evaluation->allowed[i])
            continue;
        sum += estimate->scores[i];
        if (best < 0 || estimate->scores[i] > estimate->scores[best])
            best = i;
    }
    *confidence = best >= 0 && sum > 0 ? estimate->scores[best] / sum : 0;
    return estimate->sequence > 0 && estimate->heard_s > 0 ? best : -1;
}

typedef struct {
    double confidence;
    bool right;
} Judged;

static int by_confidence(const void *a, const void *b) {
    const double l = ((const Judged *)a)->confidence, r = ((const Judged *)b)->confidence;
    return (l > r) - (l < r);
}

/* Expected calibration error: the mean gap between confidence and accuracy over bins that hold
 * equally many clips. */
static double calibration_error(Judged *judged, size_t n) {
    enum { BINS = 10 };
    double error = 0;
    qsort(judged, n, sizeof *judged, by_confidence);
    for (size_t bin = 0; bin < BINS; bin++) {
        double gap = 0;
        for (size_t i = bin * n / BINS; i < (bin + 1) * n / BINS; i++)
            gap += judged[i].confidence - judged[i].right;
        error += fabs(gap);
    }
    return n ? error / (double)n : 0;
}

static void judge(Evaluation *evaluation, const EvaluateClip *clips, const Answers *answers,
                  size_t n, Judged *judged) {
    for (size_t i = 0; i < n; i++) {
        if (answers[i].failed) {
            evaluation->n_failed++;
            continue;
        }
        int said = -1;
        double confidence = 0;
        for (int k = 0; k < EVALUATE_N_TIMES; k++) {
            said = answer(evaluation, &answers[i].at[k], &confidence);
            evaluation->right[k] += said == clips[i].label;
        }
        if (said >= 0)
            evaluation->confusion[clips[i].label][said]++;
        else
            evaluation->unheard[clips[i].label]++;
        judged[evaluation->n++] = (Judged){confidence, said == clips[i].label};
    }
    evaluation->calibration_error = calibration_error(judged, evaluation->n);
}

GenreStatus evaluate(Evaluation *evaluation, const EvaluateClip *clips, size_t n, Pool *pool,
                     GenreError *error) {
    Answers *answers = calloc(n + 1, sizeof *answers);
    Judged *judged = calloc(n + 1, sizeof *judged);
    GenreStatus status = GENRE_SUCCESS;
    if (!answers || !judged) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    } else {
        Job job = {.evaluation = evaluation,
                   .clips = clips,
                   .answers = answers,
                   .n = n,
                   .n_bands = evaluation->model->n_bands,
                   .progress = genre_progress_start("listening")};
        pthread_mutex_init(&job.lock, NULL);
        pool_run(pool, (int)n, hear_clip, &job);
        pthread_mutex_destroy(&job.lock);
        genre_progress_clear(&job.progress);
        judge(evaluation, clips, answers, n, judged);
        if (evaluation->n == 0)
            status = genre_fail(error, GENRE_ERR_FORMAT, "not one clip could be scored");
    }
    free(judged);
    free(answers);
    return status;
}

/* Number of clips, precision, recall and F1 of one label; 0 where nothing was said or true. */
static void per_class(const Evaluation *evaluation, int label, size_t *n, double *precision,
                      double *recall, double *f1) {
    size_t said = 0;
    *n = evaluation->unheard[label];
    for (int i = 0; i < GENRE_MAX_LABELS; i++) {
        *n += evaluation->confusion[label][i];
        said += evaluation->confusion[i][label];
    }
    const double right = (double)evaluation->confusion[label][label];
    *precision = said ? right / (double)said : 0;
    *recall = *n ? right / (double)*n : 0;
    *f1 = said + *n ? 2 * right / (double)(said + *n) : 0;
}

static bool shown(const Evaluation *evaluation, int label) {
    return label < genre_model_n_labels(evaluation->model) && evaluation->allowed[label];
}

/* Half the width of the 95 % interval (Wald) of a share of n. */
static double half_width(double share, size_t n) {
    return n ? 1.96 * sqrt(share * (1 - share) / (double)n) : 0;
}

void evaluation_print(const Evaluation *evaluation, FILE *out) {
    const GenreModel *model = evaluation->model;
    fprintf(out, "clips     %zu\n", evaluation->n);
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        const double share = (double)evaluation->right[k] / (double)evaluation->n;
        fprintf(out, "right     %5.1f %% after %2d s  (+- %.1f, 95 %%)\n", 100 * share,
                evaluate_times_s[k], 100 * half_width(share, evaluation->n));
    }
    fprintf(out, "ECE       %5.3f after 30 s\n\n", evaluation->calibration_error);
    fprintf(out, "%-12s %5s %9s %9s %9s\n", "after 30 s", "clips", "precision", "recall", "F1");
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        size_t n;
        double precision, recall, f1;
        if (!shown(evaluation, i))
            continue;
        per_class(evaluation, i, &n, &precision, &recall, &f1);
        fprintf(out, "%-12s %5zu %9.2f %9.2f %9.2f\n", genre_model_label(model, i), n, precision,
                recall, f1);
    }
    fprintf(out, "\n%-12s", "true \\ said");
    for (int i = 0; i < genre_model_n_labels(model); i++)
        if (shown(evaluation, i))
            fprintf(out, " %5.5s", genre_model_label(model, i));
    fputc('\n', out);
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        if (!shown(evaluation, i))
            continue;
        fprintf(out, "%-12s", genre_model_label(model, i));
        for (int k = 0; k < genre_model_n_labels(model); k++)
            if (shown(evaluation, k))
                fprintf(out, " %5zu", evaluation->confusion[i][k]);
        fputc('\n', out);
    }
}

json_t *evaluation_json(const Evaluation *evaluation) {
    const GenreModel *model = evaluation->model;
    json_t *accuracy = json_object(), *labels = json_array(), *classes = json_object(),
           *confusion = json_array();
    for (int k = 0; k < EVALUATE_N_TIMES; k++) {
        char key[16];
        snprintf(key, sizeof key, "%d", evaluate_times_s[k]);
        json_object_set_new(accuracy, key,
                            json_real((double)evaluation->right[k] / (double)evaluation->n));
    }
    for (int i = 0; i < genre_model_n_labels(model); i++) {
        size_t n;
        double precision, recall, f1;
        if (!shown(evaluation, i))
            continue;
        per_class(evaluation, i, &n, &precision, &recall, &f1);
        json_array_append_new(labels, json_string(genre_model_label(model, i)));
        json_object_set_new(classes, genre_model_label(model, i),
                            json_pack("{sIsfsfsf}", "clips", (json_int_t)n, "precision", precision,
                                      "recall", recall, "f1", f1));
        json_t *row = json_array();
        for (int k = 0; k < genre_model_n_labels(model); k++)
            if (shown(evaluation, k))
                json_array_append_new(row, json_integer((json_int_t)evaluation->confusion[i][k]));
        json_array_append_new(confusion, row);
    }
    return json_pack("{sIsIsosfsososo}", "clips", (json_int_t)evaluation->n, "failed",
                     (json_int_t)evaluation->n_failed, "accuracy", accuracy, "ece",
                     evaluation->calibration_error, "labels", labels, "per_class", classes,
                     "confusion", confusion);
}
