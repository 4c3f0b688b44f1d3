/* What a manifest must not say. */
#include <stdlib.h>
#include <string.h>

#include "clips/manifest.h"
#include "status.h"

static int by_id(const void *a, const void *b) {
    const Clip *x = *(const Clip *const *)a, *y = *(const Clip *const *)b;
    const int ids = strcmp(x->id, y->id);
    return ids ? ids : (x->record > y->record) - (x->record < y->record);
}

static int by_audio(const void *a, const void *b) {
    const Clip *x = *(const Clip *const *)a, *y = *(const Clip *const *)b;
    const int files = strcmp(x->audio, y->audio);
    return files ? files : (x->record > y->record) - (x->record < y->record);
}

GenreStatus manifest_check_once(const Manifest *manifest, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    const Clip **clips = calloc(manifest->n + 1, sizeof *clips);
    if (!clips)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < manifest->n; i++)
        clips[i] = &manifest->clips[i];
    qsort(clips, manifest->n, sizeof *clips, by_id);
    for (size_t i = 1; i < manifest->n && !status; i++)
        if (strcmp(clips[i]->id, clips[i - 1]->id) == 0)
            status = genre_fail(error, GENRE_ERR_FORMAT, "records %d and %d are both called \"%s\"",
                                clips[i - 1]->record, clips[i]->record, clips[i]->id);
    qsort(clips, manifest->n, sizeof *clips, by_audio);
    for (size_t i = 1; i < manifest->n && !status; i++)
        if (*clips[i]->audio && strcmp(clips[i]->audio, clips[i - 1]->audio) == 0)
            status =
                genre_fail(error, GENRE_ERR_FORMAT, "records %d and %d are the same file, \"%s\"",
                           clips[i - 1]->record, clips[i]->record, clips[i]->audio);
    free(clips);
    return status;
}
