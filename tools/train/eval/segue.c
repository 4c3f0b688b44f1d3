#include "eval/segue.h"

#include <stdlib.h>
#include <string.h>

#include "eval/hear.h"
#include "rng.h"
#include "status.h"

/* The clip to play before clip i: one that shares no genre with it, NULL where all do. */
static const EvaluateClip *draw_before(const EvaluateClip *clips, size_t n, size_t i) {
    GenreRng rng = genre_rng(1, i);
    const size_t from = genre_rng_below(&rng, (uint32_t)n);
    for (size_t k = 0; k < n; k++) {
        const EvaluateClip *clip = &clips[(from + k) % n];
        if (!(hear_labels_of(clip) & hear_labels_of(&clips[i])))
            return clip;
    }
    return NULL;
}

GenreStatus segue_evaluate(Evaluation *segue, const Evaluation *alone, const EvaluateClip *clips,
                           size_t n, Pool *pool, GenreError *error) {
    EvaluateClip *music = calloc(n + 1, sizeof *music), *heard = calloc(n + 1, sizeof *heard);
    size_t n_music = 0, n_heard = 0;
    GenreStatus status = GENRE_SUCCESS;
    *segue = (Evaluation){.model = alone->model};
    memcpy(segue->allowed, alone->allowed, sizeof alone->allowed);
    for (size_t i = 0; music && i < n; i++)
        if (clips[i].label >= 0 && alone->said[i] != -2)
            music[n_music++] = clips[i];
    for (size_t i = 0; heard && i < n_music; i++) {
        heard[n_heard] = music[i];
        if ((heard[n_heard].before = draw_before(music, n_music, i)))
            n_heard++;
    }
    if (!music || !heard)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else if (n_heard == 0)
        status = genre_fail(error, GENRE_ERR_BAD_ARG,
                            "no clip of music can follow one of another genre: there is but one");
    else
        status = evaluate(segue, heard, n_heard, pool, error);
    free(music);
    free(heard);
    return status;
}

static double noticed_share(const Evaluation *segue) {
    return (double)segue->steadiness.n_noticed / (double)segue->clips.n;
}

void segue_print(const Evaluation *segue, FILE *out) {
    fprintf(out,
            "\nSegue: %zu clips, each behind one of another genre without a pause; since then\n"
            "As shown   right   wrong unknown silence  (%%)\n",
            segue->clips.n);
    for (int k = 2; k < EVALUATE_N_TIMES; k++) /* from 3 s on */
        if (segue->lasting[k] > 0)
            shown_print(&segue->shown[k], segue->clips.n, evaluate_times_s[k], out);
    fprintf(out, "noticed   %5.1f %%  of the changes within %d s\n", 100 * noticed_share(segue),
            SHOWN_NOTICED_S);
    steadiness_print_settled(&segue->steadiness, out);
}

json_t *segue_json(const Evaluation *segue) {
    static const char *const kept[] = {"clips", "accuracy", "shown"};
    static const char *const steady[] = {"settled_s", "settled"};
    json_t *whole = evaluation_json(segue), *json = json_object();
    const json_t *steadiness = json_object_get(whole, "steadiness");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        json_object_set(json, kept[i], json_object_get(whole, kept[i]));
    for (size_t i = 0; i < sizeof steady / sizeof *steady; i++)
        json_object_set(json, steady[i], json_object_get(steadiness, steady[i]));
    json_object_set_new(json, "noticed", json_real(noticed_share(segue)));
    json_decref(whole);
    return json;
}
