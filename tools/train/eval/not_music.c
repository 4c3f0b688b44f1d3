#include "eval/not_music.h"

#include <string.h>

#include "eval/evaluate.h"
#include "eval/metrics.h"
#include "model/model.h"

_Static_assert((int)NOT_MUSIC_N_TIMES == (int)EVALUATE_N_TIMES, "the same times");

bool not_music_is(const GenreModel *model, const char *genre) {
    for (int i = 0; i < model->n_labels; i++)
        if (strcmp(model->labels[i], genre) == 0)
            return false;
    return strcmp(genre, model->not_music ? model->not_music : "not-music") == 0;
}

static size_t n_right(const NotMusic *figures, int k) {
    return figures->shown[k].unknown + figures->shown[k].silence;
}

double not_music_right(const NotMusic *figures, int k) {
    return figures->n ? (double)n_right(figures, k) / (double)figures->n : 0;
}

void not_music_print(const NotMusic *figures, FILE *out) {
    if (figures->n == 0)
        return;
    fprintf(out, "\nNot music, shown as unknown or silence: %zu clips\n", figures->n);
    for (int k = 0; k < NOT_MUSIC_N_TIMES; k++) {
        const Interval interval = metrics_wilson(n_right(figures, k), figures->n);
        if (figures->lasting[k] > 0)
            fprintf(out, "after     %2d s %5.1f %%  (%.1f to %.1f, 95 %%)\n", evaluate_times_s[k],
                    100 * not_music_right(figures, k), 100 * interval.low, 100 * interval.high);
    }
}

json_t *not_music_json(const NotMusic *figures) {
    json_t *accuracy = json_object();
    for (int k = 0; k < NOT_MUSIC_N_TIMES; k++) {
        char key[16];
        snprintf(key, sizeof key, "%d", evaluate_times_s[k]);
        json_object_set_new(accuracy, key, json_real(not_music_right(figures, k)));
    }
    return json_pack("{sIso}", "clips", (json_int_t)figures->n, "accuracy", accuracy);
}
