#include "learn/calibrate.h"

#include <math.h>

#include "clips/frames.h"
#include "estimate/estimate.h"

static const float times_s[] = {1, 3, 5, 10, 30};
enum { N_TIMES = sizeof times_s / sizeof *times_s, N_STEPS = 65 };

/* Cross entropy of what the estimate says; of independent labels, summed over them. */
static double surprise(const GenreEstimator *estimator, uint64_t labels) {
    double sum = 0;
    for (int i = 0; i < estimator->n_outputs; i++) {
        const float score = estimator->mean[i];
        if (labels >> i & 1)
            sum -= log(fmaxf(score, 1e-9f));
        else if (estimator->independent)
            sum -= log(fmaxf(1 - score, 1e-9f));
    }
    return sum;
}

static bool is_not_music(const GenreModel *model, uint64_t labels) {
    return model->not_music && labels == (uint64_t)1 << model->n_labels;
}

/* Frames of the longest clip of music; 0: there is none. */
static int longest_music(const GenreModel *model, const Inference *inference) {
    int longest = 0;
    for (size_t i = 0; i < inference->n; i++)
        if (!is_not_music(model, inference->labels[i]) && inference->lengths[i] > longest)
            longest = inference->lengths[i];
    return longest;
}

/* Mean cross entropy of the estimates after `frame` frames of music, or at the end of clips that
 * have at least `fewest`; infinite without any. What is no music is mostly plain to hear, and would
 * make the confidence in genres too large. */
static double loss_at(const GenreModel *model, const Inference *inference, double period_s,
                      int frame, int fewest) {
    double loss = 0;
    size_t n = 0;
    for (size_t i = 0; i < inference->n; i++) {
        GenreEstimator estimator;
        const int length = inference->lengths[i] < frame ? inference->lengths[i] : frame;
        if (length < fewest || is_not_music(model, inference->labels[i]))
            continue;
        genre_estimator_init(&estimator, model, period_s);
        for (int t = 0; t < length; t++) {
            genre_estimator_gate(&estimator, 0);
            genre_estimator_push(&estimator, inference_at(inference, i, t), 0, t * period_s);
        }
        loss += surprise(&estimator, inference->labels[i]);
        n++;
    }
    return n ? loss / (double)n : INFINITY;
}

void calibrate(GenreModel *model, const Inference *inference, double period_s) {
    GenreCalibration *calibration = &model->calibration;
    const int longest = longest_music(model, inference);
    calibration->n = 0;
    for (int k = 0; k < N_TIMES; k++) {
        const int frame = (int)(times_s[k] / period_s);
        int fewest = (int)((times_s[k] - frames_short_s) / period_s);
        if (fewest > longest) {
            if (k > 0)
                return; /* the clips are shorter: the last temperature stays in force */
            fewest = longest;
        }
        double best = INFINITY, best_temperature = 1;
        calibration->n = k + 1;
        calibration->heard_s[k] = times_s[k];
        for (int step = 0; step < N_STEPS; step++) {
            const double temperature = 0.25 * pow(2, step / 16.0); /* 0.25 to 4 */
            calibration->temperature[k] = (float)temperature;
            const double loss = loss_at(model, inference, period_s, frame, fewest);
            if (loss < best) {
                best = loss;
                best_temperature = temperature;
            }
        }
        calibration->temperature[k] = (float)best_temperature;
    }
}
