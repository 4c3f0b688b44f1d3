/* The network's outputs for whole clips at once, many clips in parallel. */
#ifndef GENRE_TRAIN_INFER_H
#define GENRE_TRAIN_INFER_H

#include "base/pool.h"
#include "learn/batch.h"
#include "model/model.h"

typedef struct {
    size_t n;
    int n_frames, n_labels;
    bool independent; /* the labels are */
    uint64_t *labels; /* (n) a bit for each that applies */
    int *lengths;     /* (n) frames of each clip, at most n_frames */
    float *logits;    /* (n, n_frames, n_labels); those behind the end of a clip mean nothing */
} Inference;

/* Runs the first `max_frames` frames of every clip of `source`. A network over a window is run four
 * times per window and at the clip's end; as in the classifier, the logits of a run count for the
 * frames since the run before. Of several ranks all call it, each runs a part, and rank 0 has the
 * whole. */
GenreStatus infer_clips(Inference *inference, const GenreModel *model, const BatchSource *source,
                        int max_frames, Pool *pool, GenreError *error);
void inference_clear(Inference *inference);

static inline const float *inference_at(const Inference *inference, size_t clip, int frame) {
    return inference->logits + (clip * inference->n_frames + (size_t)frame) * inference->n_labels;
}

/* Mean loss over all clips after each of n_times frame counts, and at the clips' ends the share
 * whose leading label applies. */
void inference_score(const Inference *inference, const int *times, int n_times, double *loss,
                     double *accuracy_at_end);

#endif
