#include "run/job_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole_file.h"
#include "eval/evaluate.h"
#include "learn/batch.h"
#include "model/model.h"
#include "run/open.h"
#include "split/split.h"
#include "status.h"

/* The clips of `split`, from audio where they are there as that. Returns how many. */
static size_t list_clips(const Job *job, const GenreModel *model, const char *split,
                         EvaluateClip *clips) {
    size_t n = 0;
    for (size_t i = 0; i < job->cache->n; i++) {
        const CacheEntry *entry = &job->cache->entries[i];
        const uint64_t labels = batch_labels_of(model->labels, model->n_labels, entry->genre);
        const bool again = i > 0 && strcmp(entry->id, entry[-1].id) == 0 &&
                           strcmp(entry->dataset, entry[-1].dataset) == 0;
        const bool not_music = labels == 0 && not_music_is(model, entry->genre);
        if ((labels != 0 || not_music) && !again && strcmp(entry->split, split) == 0)
            clips[n++] = (EvaluateClip){.label = not_music ? -1 : __builtin_ctzll(labels),
                                        .labels = labels,
                                        .frames = entry->frames,
                                        .n_frames = entry->n_frames,
                                        .song = entry->song,
                                        .artist = entry->artist};
    }
    return n;
}

/* Scores the clips of `split`: *json is null where there are none. */
static GenreStatus score(const Job *job, const GenreModel *model, const char *split, FILE *text,
                         json_t **json, GenreError *error) {
    Evaluation evaluation = {.model = model};
    GenreStatus status = GENRE_SUCCESS;
    EvaluateClip *clips = calloc(job->cache->n + 1, sizeof *clips);
    *json = NULL;
    if (!clips)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    const size_t n = list_clips(job, model, split, clips);
    for (int i = 0; i < model->n_labels; i++)
        evaluation.allowed[i] = true;
    if (strcmp(job->by, split_by_name(SPLIT_DATASET)) == 0)
        evaluate_ask_theirs(&evaluation, clips, n);
    if (n > 0)
        status = evaluate(&evaluation, clips, n, job->pool, error);
    if (n > 0 && !status) {
        fprintf(text, "%s%s\n", ftell(text) > 0 ? "\n" : "", split);
        evaluation_print(&evaluation, text);
    }
    free(clips);
    *json = n > 0 && !status ? evaluation_json(&evaluation) : json_null();
    return status;
}

GenreStatus job_report(const Job *job, json_t *report, GenreError *error) {
    char *text = NULL;
    size_t size = 0;
    json_t *json;
    FILE *out = open_memstream(&text, &size);
    GenreModel *model = genre_model_load(job->paths.model, error);
    GenreStatus status = GENRE_SUCCESS;
    if (!out || !model)
        status = model ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory") : GENRE_ERR_READ;
    if (!status) {
        const json_t *open = json_object_get(json_object_get(report, "training"), "open");
        split_print(job->split, out);
        if (open)
            open_print(open, out);
        json = json_null();
        if (job->refit)
            fprintf(out, "trained on %s and %s together: there are no figures on these\n",
                    job->train, job->valid);
        else
            status = score(job, model, job->valid, out, &json, error);
        json_object_set_new(report, "valid", json);
    }
    if (!status) {
        status = score(job, model, job->test, out, &json, error);
        json_object_set_new(report, "test", json);
    }
    if (out)
        fclose(out);
    if (!status)
        status = whole_file_write(job->paths.report_text, text, error);
    char *dump = status ? NULL : json_dumps(report, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    if (!status && !dump)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status)
        status = whole_file_write(job->paths.report_json, dump, error);
    free(dump);
    free(text);
    genre_model_free(model);
    return status;
}
