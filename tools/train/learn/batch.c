#include "learn/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/window.h"
#include "status.h"

uint64_t batch_labels_of(char *const *labels, int n_labels, const char *genre) {
    uint64_t found = 0;
    for (size_t n; *genre; genre += n + (genre[n] == ';')) {
        n = strcspn(genre, ";");
        for (int i = 0; i < n_labels; i++)
            if (strlen(labels[i]) == n && memcmp(labels[i], genre, n) == 0)
                found |= (uint64_t)1 << i;
    }
    return found;
}

/* A dataset's genre. */
typedef struct {
    const char *dataset;
    uint64_t labels;
    size_t n_clips;
} Kind;

static Kind *find_kind(Kind *kinds, size_t *n, const BatchClip *clip) {
    const char *dataset = batch_clip_entry(clip)->dataset;
    for (size_t i = 0; i < *n; i++)
        if (kinds[i].labels == clip->labels && strcmp(kinds[i].dataset, dataset) == 0)
            return &kinds[i];
    kinds[*n] = (Kind){.dataset = dataset, .labels = clip->labels};
    return &kinds[(*n)++];
}

/* Chance of each clip: its dataset's genre counts as n^(1 - balance) of its n clips. */
static GenreStatus set_chances(BatchSource *source, double balance, GenreError *error) {
    size_t n = 0;
    double sum = 0;
    Kind *kinds = calloc(source->n, sizeof *kinds);
    if (!kinds)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < source->n; i++)
        find_kind(kinds, &n, &source->clips[i])->n_clips++;
    for (size_t i = 0; i < source->n; i++) {
        const Kind *kind = find_kind(kinds, &n, &source->clips[i]);
        source->up_to[i] = sum += pow((double)kind->n_clips, -balance);
    }
    for (size_t i = 0; i < source->n; i++)
        source->up_to[i] /= sum;
    free(kinds);
    return GENRE_SUCCESS;
}

static bool is_in(const CacheEntry *entry, const char *split, const char *also) {
    return strcmp(entry->split, split) == 0 || (also && strcmp(entry->split, also) == 0);
}

GenreStatus batch_source_init(BatchSource *source, const Cache *cache, const char *split,
                              const char *also, char *const *labels, int n_labels, double balance,
                              GenreError *error) {
    *source = (BatchSource){.clips = calloc(cache->n + 1, sizeof *source->clips),
                            .up_to = calloc(cache->n + 1, sizeof *source->up_to)};
    if (!source->clips || !source->up_to) {
        batch_source_clear(source);
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    }
    const CacheEntry *before = NULL;
    for (size_t i = 0; i < cache->n; i++) {
        const CacheEntry *entry = &cache->entries[i];
        const uint64_t found = batch_labels_of(labels, n_labels, entry->genre);
        if (found == 0 || !is_in(entry, split, also))
            continue;
        /* A clip's entries stand next to each other, the unchanged audio before its variants. */
        const bool same = before && strcmp(before->id, entry->id) == 0 &&
                          strcmp(before->dataset, entry->dataset) == 0;
        BatchClip *clip = &source->clips[same ? source->n - 1 : source->n++];
        clip->labels = found;
        if (entry->variant > 0)
            clip->n_variants++;
        else
            *(entry->from_mel ? &clip->mel : &clip->audio) = entry;
        before = entry;
    }
    if (source->n == 0) {
        batch_source_clear(source);
        const char *other = NULL;
        for (size_t i = 0; i < cache->n; i++)
            if (!is_in(&cache->entries[i], split, also))
                other = cache->entries[i].split;
        return other ? genre_fail(error, GENRE_ERR_FORMAT,
                                  "the split \"%s\" has no clip with a label; there are some in "
                                  "\"%s\"",
                                  split, other)
                     : genre_fail(error, GENRE_ERR_FORMAT,
                                  "the split \"%s\" has no clip with a label", split);
    }
    const GenreStatus status = set_chances(source, balance, error);
    if (status)
        batch_source_clear(source);
    return status;
}

void batch_source_clear(BatchSource *source) {
    free(source->clips);
    free(source->up_to);
    *source = (BatchSource){0};
}

const CacheEntry *batch_clip_entry(const BatchClip *clip) {
    return clip->audio ? clip->audio : clip->mel;
}

GenreStatus batch_init(Batch *batch, int n_frames, int n_streams, int n_bands, int n_labels,
                       GenreError *error) {
    const size_t excerpt = (size_t)n_frames * n_bands;
    *batch = (Batch){.n_frames = n_frames,
                     .n_streams = n_streams,
                     .n_bands = n_bands,
                     .n_labels = n_labels,
                     .x = calloc(excerpt * n_streams, sizeof(float)),
                     .targets = calloc((size_t)n_streams * n_labels, sizeof(float)),
                     .lengths = calloc((size_t)n_streams, sizeof(int)),
                     .excerpt = calloc(2 * excerpt, sizeof(float))};
    if (batch->x && batch->targets && batch->lengths && batch->excerpt)
        return GENRE_SUCCESS;
    batch_clear(batch);
    return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

void batch_clear(Batch *batch) {
    free(batch->x);
    free(batch->targets);
    free(batch->lengths);
    free(batch->excerpt);
    *batch = (Batch){0};
}

static const BatchClip *draw_clip(const BatchSource *source, GenreRng *rng) {
    const double at = genre_rng_uniform(rng);
    size_t low = 0, high = source->n - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (source->up_to[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return &source->clips[low];
}

/* A random clip's excerpt into `excerpt`; *length = frames before the clip ends. */
static const BatchClip *draw_excerpt(const Batch *batch, const BatchSource *source,
                                     const Recipe *recipe, GenreRng *rng, float *excerpt,
                                     int *length) {
    const BatchClip *clip = draw_clip(source, rng);
    const bool by_mel = genre_rng_uniform(rng) < recipe->mel_share;
    const CacheEntry *entry =
        clip->mel && (by_mel || !clip->audio) ? clip->mel : batch_clip_entry(clip);
    if (entry == clip->audio && clip->n_variants > 0)
        entry += genre_rng_below(rng, (uint32_t)clip->n_variants + 1);
    const double speed = augment_speed(&recipe->augment, rng);
    const double spare = entry->n_frames - batch->n_frames * speed;
    const double start = genre_rng_between(rng, 0, spare > 0 ? spare : 0);
    const double whole = (entry->n_frames - start) / speed;
    *length = whole < batch->n_frames ? (int)whole : batch->n_frames;
    *length = *length < 1 ? 1 : *length;
    augment_resample(entry->frames, entry->n_frames, batch->n_bands, start, speed, excerpt,
                     batch->n_frames);
    augment_apply(&recipe->augment, rng, excerpt, *length, batch->n_bands);
    return clip;
}

static void add_labels(float *target, int n_labels, uint64_t labels, float share) {
    for (int i = 0; i < n_labels; i++)
        target[i] += labels >> i & 1 ? share : 0;
}

void batch_draw(Batch *batch, const BatchSource *source, const Recipe *recipe, GenreRng *rng) {
    float *first = batch->excerpt;
    float *second = first + (size_t)batch->n_frames * batch->n_bands;
    memset(batch->targets, 0, (size_t)batch->n_streams * batch->n_labels * sizeof(float));
    for (int b = 0; b < batch->n_streams; b++) {
        int length, other_length;
        const BatchClip *clip = draw_excerpt(batch, source, recipe, rng, first, &length);
        float *target = batch->targets + (size_t)b * batch->n_labels;
        double share = 1;
        if (recipe->augment.restyle > 0 && genre_rng_uniform(rng) < recipe->augment.restyle) {
            draw_excerpt(batch, source, recipe, rng, second, &other_length);
            augment_restyle(&recipe->augment, first, second, genre_rng_between(rng, 0.3, 1), length,
                            other_length, batch->n_bands);
        }
        if (genre_rng_uniform(rng) < recipe->augment.mixup) {
            const BatchClip *other =
                draw_excerpt(batch, source, recipe, rng, second, &other_length);
            length = other_length < length ? other_length : length;
            share = genre_rng_between(rng, 0.5, 1);
            augment_mix(&recipe->augment, first, second, share, length, batch->n_bands);
            add_labels(target, batch->n_labels, other->labels, (float)(1 - share));
        }
        add_labels(target, batch->n_labels, clip->labels, (float)share);
        /* Of independent labels each is yes or no, so half of what is taken off is put on. */
        const float n_ways = recipe->independent ? 2 : (float)batch->n_labels;
        for (int i = 0; i < batch->n_labels; i++)
            target[i] = target[i] * (float)(1 - recipe->label_smoothing) +
                        (float)recipe->label_smoothing / n_ways;
        batch->lengths[b] = length;
        for (int t = 0; t < batch->n_frames; t++) {
            const int held = t < length ? t : length - 1;
            const int from =
                batch->repeats ? genre_window_source(t, batch->n_frames, length) : held;
            memcpy(batch->x + ((size_t)t * batch->n_streams + b) * batch->n_bands,
                   first + (size_t)from * batch->n_bands, (size_t)batch->n_bands * sizeof(float));
        }
    }
}
