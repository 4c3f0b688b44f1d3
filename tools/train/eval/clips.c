#include "eval/clips.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli.h"
#include "base/path.h"
#include "clips/tags.h"
#include "eval/trained.h"
#include "learn/batch.h"
#include "model/model.h"
#include "recipe/make_model.h"
#include "status.h"

bool eval_read_source(const char *text, EvalChoice *choice) {
    choice->prefer_mel = strcmp(text, "mel") == 0;
    if (choice->prefer_mel || strcmp(text, "audio") == 0)
        return true;
    genre_complain("--source: \"%s\" is neither audio nor mel", text);
    return false;
}

static bool chosen(const EvalChoice *choice, const char *split, const char *dataset) {
    const bool of_dataset = !choice->datasets || split_names_have(choice->datasets, dataset);
    return of_dataset && (!choice->split || strcmp(choice->split, split) == 0);
}

/* Those of the labels of a genre, or of several, that count, a bit each. */
static uint64_t find_labels(const Evaluation *evaluation, const char *genre) {
    uint64_t found = batch_labels_of(evaluation->model->labels, evaluation->model->n_labels, genre);
    for (int i = 0; i < evaluation->model->n_labels; i++)
        if (!evaluation->allowed[i])
            found &= ~((uint64_t)1 << i);
    return found;
}

static GenreStatus check_any(const EvalClips *clips, GenreError *error) {
    return clips->n ? GENRE_SUCCESS
                    : genre_fail(error, GENRE_ERR_BAD_ARG,
                                 "no clip is of the split and dataset asked for and has one of the "
                                 "model's labels");
}

void eval_clips_clear(EvalClips *clips) {
    for (size_t i = 0; clips->paths && i < clips->n; i++)
        free(clips->paths[i]);
    for (size_t i = 0; clips->frames && i < clips->n; i++)
        free(clips->frames[i].values);
    free(clips->clips);
    free(clips->paths);
    free(clips->frames);
    json_decref(clips->description);
    json_decref(clips->training);
    manifest_clear(&clips->manifest);
    cache_close(&clips->cache);
}

static GenreStatus list(EvalClips *clips, const Evaluation *evaluation, const EvalChoice *choice,
                        const MelFiles *mel, GenreError *error) {
    const Manifest *manifest = &clips->manifest;
    clips->clips = calloc(manifest->n, sizeof *clips->clips);
    clips->paths = calloc(manifest->n, sizeof *clips->paths);
    clips->frames = calloc(manifest->n, sizeof *clips->frames);
    if (!clips->clips || !clips->paths || !clips->frames)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    size_t n_without = 0;
    for (size_t i = 0; i < manifest->n; i++) {
        const Clip *clip = &manifest->clips[i];
        const uint64_t labels = find_labels(evaluation, clip->genre);
        const bool by_mel = clip->mel_row >= 0 && (choice->prefer_mel || !*clip->audio);
        const bool not_music = labels == 0 && not_music_is(evaluation->model, clip->genre);
        if ((labels == 0 && !not_music) || !chosen(choice, clip->split, clip->dataset))
            continue;
        if (by_mel && !mel) {
            n_without++;
            continue;
        }
        EvaluateClip *to = &clips->clips[clips->n];
        Frames *frames = &clips->frames[clips->n];
        to->label = not_music ? -1 : __builtin_ctzll(labels);
        to->labels = labels;
        to->artist = clip->artist;
        if (!by_mel) {
            to->path = clips->paths[clips->n] = path_in(manifest->folder, clip->audio);
        } else if (frames_from_mel(frames, mel, clip, evaluation->model->feature, error)) {
            genre_complain("left out: %s", error->text);
            *frames = (Frames){0};
            clips->n_failed++;
            continue;
        } else {
            to->frames = frames->values;
            to->n_frames = frames->n;
        }
        clips->n++;
        clips->n_trained += trained_may_have(clips->training, clip->split, clip->dataset);
    }
    if (n_without > 0 && frames_fit_mel(evaluation->model->feature, error))
        genre_complain("%zu clips of mel frames left out: %s", n_without, error->text);
    return check_any(clips, error);
}

static GenreStatus open_mel(const GenreModel *model, const Manifest *manifest, MelFiles **mel,
                            GenreError *error) {
    bool any = false;
    for (size_t i = 0; i < manifest->n; i++)
        any |= manifest->clips[i].mel_row >= 0;
    return any && !frames_fit_mel(model->feature, error) ? mel_files_open(mel, manifest, error)
                                                         : GENRE_SUCCESS;
}

GenreStatus eval_clips_as_given(EvalClips *clips, const Evaluation *evaluation, const char *path,
                                const EvalChoice *choice, GenreError *error) {
    Manifest *manifest = &clips->manifest;
    MelFiles *mel = NULL;
    *clips = (EvalClips){.training = read_training(evaluation->model)};
    GenreStatus status = manifest_read(
        manifest, path, evaluation->model->independent ? MANIFEST_TAGS : MANIFEST_GENRES, error);
    if (status)
        return status;
    status = open_mel(evaluation->model, manifest, &mel, error);
    if (!status)
        status = list(clips, evaluation, choice, mel, error);
    mel_files_close(mel);
    return status;
}

/* Opens the cache at `path`, or makes one for a moment: the split must see the very clips that the
 * training saw, without those that cannot be read. */
static GenreStatus open_cache(EvalClips *clips, const GenreModel *model, const char *path,
                              Pool *pool, GenreError *error) {
    Cache *cache = &clips->cache;
    const char *folder = getenv("TMPDIR");
    char made[4096];
    if (cache_is_one(path)) {
        const GenreStatus status = cache_open(cache, path, error);
        const bool fits = !status && json_equal(cache->feature, model->feature) &&
                          (cache->of == MANIFEST_TAGS) == model->independent;
        return !status && !fits
                   ? genre_fail(error, GENRE_ERR_BAD_ARG,
                                "%s was made with another \"feature\" or \"output\" than the "
                                "model's",
                                path)
                   : status;
    }
    snprintf(made, sizeof made, "%s/genrecast-XXXXXX", folder && *folder ? folder : "/tmp");
    const int fd = mkstemp(made);
    if (fd < 0)
        return genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", made);
    close(fd);
    const Recipe recipe = {.feature = model->feature, .independent = model->independent};
    GenreStatus status = cache_prepare(path, &recipe, pool, made, &clips->n_failed, error);
    if (!status)
        status = cache_open(cache, made, error);
    remove(made);
    return status;
}

GenreStatus eval_clips_split(EvalClips *clips, const Evaluation *evaluation, const char *path,
                             const EvalChoice *choice, const SplitPlan *plan, Pool *pool,
                             GenreError *error) {
    Cache *cache = &clips->cache;
    *clips = (EvalClips){.training = read_training(evaluation->model)};
    GenreStatus status = open_cache(clips, evaluation->model, path, pool, error);
    SplitPlan rest = *plan;
    json_t *all_labels = NULL;
    if (!status && evaluation->model->independent)
        status = tags_choose(cache, &rest, &all_labels, error);
    if (!status)
        status = split_cache(cache, &rest, plan->fold, &clips->description, error);
    json_decref(all_labels);
    if (status)
        return status;
    clips->clips = calloc(cache->n + 1, sizeof *clips->clips);
    if (!clips->clips)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    const bool listed = plan->by == SPLIT_GIVEN;
    const char *id = NULL;
    for (size_t i = 0; i < cache->n; i++) {
        const CacheEntry *entry = &cache->entries[i];
        const uint64_t labels = find_labels(evaluation, entry->genre);
        const bool not_music = labels == 0 && not_music_is(evaluation->model, entry->genre);
        if ((labels == 0 && !not_music) || entry->variant > 0 ||
            !chosen(choice, entry->split, entry->dataset))
            continue;
        /* Audio comes before mel frames. */
        const bool again = id && strcmp(id, entry->id) == 0;
        if (again && !choice->prefer_mel)
            continue;
        id = entry->id;
        clips->n_trained +=
            !again &&
            trained_may_have(clips->training, listed ? entry->split : NULL, entry->dataset);
        clips->clips[again ? clips->n - 1 : clips->n++] =
            (EvaluateClip){.label = not_music ? -1 : __builtin_ctzll(labels),
                           .labels = labels,
                           .frames = entry->frames,
                           .n_frames = entry->n_frames,
                           .song = entry->song,
                           .artist = entry->artist};
    }
    return check_any(clips, error);
}
