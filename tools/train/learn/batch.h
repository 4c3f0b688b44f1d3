/* Draws excerpts of clips for training: which clip, where, how it is changed. */
#ifndef GENRE_TRAIN_BATCH_H
#define GENRE_TRAIN_BATCH_H

#include "clips/cache.h"
#include "genrecast.h"
#include "recipe/recipe.h"

/* One labelled clip: its audio entry, its mel entry, or both. */
typedef struct {
    uint64_t labels; /* a bit for each that applies; one unless they are independent */
    const CacheEntry *audio, *mel; /* NULL: there is none */
    int n_variants;                /* of the audio, in the entries that follow it */
} BatchClip;

typedef struct {
    size_t n;
    BatchClip *clips;
    double *up_to; /* (n) running sum of the clips' chances of being drawn, ending at 1 */
} BatchSource;

/* The clips of `split`, and of `also` where that is not NULL, whose genre is among the labels
 * (n_labels), or of whose several genres, "a;b", one is. */
GenreStatus batch_source_init(BatchSource *source, const Cache *cache, const char *split,
                              const char *also, char *const *labels, int n_labels, double balance,
                              GenreError *error);
void batch_source_clear(BatchSource *source);

/* The labels (n_labels) that a genre, or several as "a;b", stands for, a bit each. */
uint64_t batch_labels_of(char *const *labels, int n_labels, const char *genre);

/* The entry that stands for a clip where one will do: the audio, as that is what users have, and
 * unchanged. */
const CacheEntry *batch_clip_entry(const BatchClip *clip);

/* Excerpts side by side, as the network wants them. */
typedef struct {
    int n_frames, n_streams, n_bands, n_labels;
    bool repeats; /* a clip that is too short is repeated, as classifiers do with a window, instead
                   * of its last frame held */
    float *x;     /* (n_frames, n_streams, n_bands) */
    float *targets; /* (n_streams, n_labels) */
    int *lengths;   /* (n_streams) frames before the excerpt's clip ended */
    float *excerpt; /* (2, n_frames, n_bands) work space */
} Batch;

GenreStatus batch_init(Batch *batch, int n_frames, int n_streams, int n_bands, int n_labels,
                       GenreError *error);
void batch_clear(Batch *batch);

/* Fills it with random clips, at most n_frames from a random start each, augmented. */
void batch_draw(Batch *batch, const BatchSource *source, const Recipe *recipe, GenreRng *rng);

#endif
