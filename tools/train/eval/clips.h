/* The clips that "eval" scores: those of a list of clips as they are, or of one that is cut, merged
 * and split like a training's. */
#ifndef GENRE_TRAIN_EVAL_CLIPS_H
#define GENRE_TRAIN_EVAL_CLIPS_H

#include "clips/cache.h"
#include "clips/frames.h"
#include "eval/evaluate.h"
#include "split/split.h"

/* Which of them; NULL: all. */
typedef struct {
    const char *split;
    const json_t *datasets; /* list of names */
    bool prefer_mel;        /* mel frames of clips that exist as audio too */
} EvalChoice;

/* Reads "audio" or "mel", as --source has it; false, with a complaint: it is neither. */
bool eval_read_source(const char *text, EvalChoice *choice);

typedef struct {
    size_t n;
    EvaluateClip *clips;
    json_t *training; /* read_training's */
    size_t n_trained; /* clips that trained_may_have */
    size_t n_failed;  /* those that could not be read, and are not among these */
    /* What the clips point to. */
    char **paths;
    Frames *frames;
    Manifest manifest;
    Cache cache;
    json_t *description; /* split_cache's; NULL: as the manifest has it */
} EvalClips;

/* Those of a manifest or folder, with the labels that `evaluation` allows. Sound files are left to
 * be heard in full. */
GenreStatus eval_clips_as_given(EvalClips *clips, const Evaluation *evaluation, const char *path,
                                const EvalChoice *choice, GenreError *error);

/* Those of a manifest, folder or cache after split_cache, as frames in memory. */
GenreStatus eval_clips_split(EvalClips *clips, const Evaluation *evaluation, const char *path,
                             const EvalChoice *choice, const SplitPlan *plan, Pool *pool,
                             GenreError *error);

/* Both have to be cleared, whether they succeed or not. */
void eval_clips_clear(EvalClips *clips);

#endif
