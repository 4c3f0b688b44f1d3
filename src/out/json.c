#include "out/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/text.h"

enum { MILLION = 1000000 };

void genre_score_millionths(const GenreModel *model, const GenreEstimate *estimate,
                            int *millionths) {
    const int n = estimate->n_labels;
    double sum = 0, rest[GENRE_MAX_LABELS];
    int left = MILLION;
    if (genre_model_is_independent(model)) {
        for (int i = 0; i < n; i++)
            millionths[i] = (int)lround((double)estimate->scores[i] * MILLION);
        return;
    }
    for (int i = 0; i < n; i++)
        sum += estimate->scores[i];
    for (int i = 0; i < n; i++) {
        const double exact = sum > 0 ? estimate->scores[i] / sum * MILLION : 0;
        millionths[i] = (int)exact;
        rest[i] = exact - millionths[i];
        left -= millionths[i];
    }
    /* Largest remainders first, as seats are given out after an election. */
    for (; left > 0 && n > 0; left--) {
        int most = 0;
        for (int i = 1; i < n; i++)
            if (rest[i] > rest[most])
                most = i;
        millionths[most]++;
        rest[most] -= 1;
    }
}

int genre_confidence_millionths(const GenreModel *model, const GenreEstimate *estimate) {
    int millionths[GENRE_MAX_LABELS];
    genre_score_millionths(model, estimate, millionths);
    for (int i = 0; i < estimate->n_labels; i++)
        if (estimate->scores[i] == estimate->confidence)
            return millionths[i];
    return (int)lround((double)estimate->confidence * MILLION);
}

/* `value` to so many decimals. JSON has no infinities; 0 stands for them. */
static json_t *rounded(double value, double decimals) {
    const double scale = pow(10, decimals);
    return json_real(isfinite(value) ? round(value * scale) / scale : 0);
}

static json_t *path_string(const char *path) {
    char *text = genre_text_utf8(path);
    json_t *string = text ? json_string(text) : NULL;
    free(text);
    return string;
}

static json_t *scores_object(const GenreModel *model, const GenreEstimate *estimate) {
    json_t *scores = json_object();
    int millionths[GENRE_MAX_LABELS];
    genre_score_millionths(model, estimate, millionths);
    for (int i = 0; i < estimate->n_labels; i++)
        json_object_set_new(scores, genre_model_label(model, i),
                            json_real((double)millionths[i] / MILLION));
    return scores;
}

/* NULL: out of memory. */
static json_t *estimate_object(const GenreModel *model, const GenreEstimate *estimate,
                               const char *path, int final, int64_t dropped) {
    json_t *object = json_object();
    const char *genre = genre_model_label(model, estimate->genre);
    int failed = 0;
    if (path)
        failed |= json_object_set_new(object, "path", path_string(path));
    failed |= json_object_set_new(object, "time_s", rounded(estimate->time_s, 3));
    failed |= json_object_set_new(object, "state", json_string(genre_state_name(estimate->state)));
    failed |= json_object_set_new(object, "genre", genre ? json_string(genre) : json_null());
    failed |= json_object_set_new(
        object, "confidence",
        json_real((double)genre_confidence_millionths(model, estimate) / MILLION));
    failed |= json_object_set_new(object, "heard_s", rounded(estimate->heard_s, 3));
    failed |= json_object_set_new(object, "held_s", rounded(estimate->held_s, 3));
    failed |= json_object_set_new(object, "level_db", rounded(estimate->level_db, 2));
    failed |= json_object_set_new(object, "scores", scores_object(model, estimate));
    if (dropped >= 0)
        failed |= json_object_set_new(object, "dropped", json_integer(dropped));
    if (final >= 0)
        failed |= json_object_set_new(object, "final", json_boolean(final));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

/* Takes `object`, which may be NULL. */
static char *dump(json_t *object) {
    /* 12 digits show millionths and milliseconds exactly, and no binary dust behind them. */
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    return line;
}

char *genre_json_estimate(const GenreModel *model, const GenreEstimate *estimate, const char *path,
                          int final, int64_t dropped) {
    return dump(estimate_object(model, estimate, path, final, dropped));
}

static json_t *hex_string(const char *path) {
    const size_t n = strlen(path);
    char *hex = malloc(2 * n + 1);
    for (size_t i = 0; hex && i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)path[i]);
    json_t *string = hex ? json_stringn(hex, 2 * n) : NULL;
    free(hex);
    return string;
}

char *genre_json_file(const GenreModel *model, const GenreEstimate *estimate,
                      const GenreJsonFile *file, bool final) {
    json_t *object = estimate_object(model, estimate, file->path, final, -1);
    int failed = !object;
    const char *shown = json_string_value(json_object_get(object, "path"));
    if (shown && strcmp(shown, file->path) != 0)
        failed |= json_object_set_new(object, "path_hex", hex_string(file->path));
    failed |= json_object_set_new(object, "bytes", json_integer((json_int_t)file->n_bytes));
    failed |= json_object_set_new(object, "modified_s", json_integer(file->modified_s));
    failed |= json_object_set_new(object, "made_with", json_string(file->made_with));
    if (file->error) { /* it may quote the path */
        char *text = genre_text_utf8(file->error);
        failed |= json_object_set_new(object, "error", text ? json_string(text) : NULL);
        free(text);
    }
    if (!failed)
        return dump(object);
    json_decref(object);
    return NULL;
}
