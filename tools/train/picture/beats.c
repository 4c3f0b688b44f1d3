#include "picture/beats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

enum { MAX_TEXT = 16 << 20 };

/* The floor lies some 80 dB under full scale: below, nothing is a beat. */
static const char feature_text[] = "{\"kind\": \"onset\", \"rate_hz\": 22050, \"n_fft\": 1024, "
                                   "\"hop\": 256, \"bands\": 64, \"floor_db\": -40}";

json_t *beats_feature(void) {
    return json_loads(feature_text, 0, NULL);
}

GenreStatus beats_from_onset(GenreBeats *beats, const Frames *onset, GenreError *error) {
    json_t *feature = beats_feature();
    const GenreFrameTimes times = frames_times(feature);
    json_decref(feature);
    return genre_beats_find(beats, onset->values, onset->n, times, error);
}

GenreStatus beats_from_audio(GenreBeats *beats, const char *path, GenreError *error) {
    Frames onset;
    json_t *feature = beats_feature();
    GenreStatus status = frames_from_audio(&onset, path, feature, error);
    json_decref(feature);
    if (status)
        return status;
    status = beats_from_onset(beats, &onset, error);
    free(onset.values);
    return status;
}

static int by_value(const void *a, const void *b) {
    const double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

/* Reads one line that may be a beat; false where it is neither that nor to be passed over. */
static bool read_line(GenreBeats *beats, char *line) {
    char *end;
    line += strspn(line, " \t\r");
    if (!*line || *line == '#')
        return true;
    const double time_s = strtod(line, &end);
    if (end == line || !strchr(" \t\r,;", *end) || !(time_s >= 0 && time_s <= 1e6))
        return false;
    beats->times_s[beats->n++] = time_s;
    return true;
}

GenreStatus beats_from_text(GenreBeats *beats, const char *path, GenreError *error) {
    size_t size, n_lines = 1, line = 0;
    GenreStatus status = GENRE_SUCCESS;
    *beats = (GenreBeats){0};
    unsigned char *bytes = genre_read_file(path, MAX_TEXT, &size, error);
    char *text = bytes ? malloc(size + 1) : NULL;
    if (!bytes)
        return GENRE_ERR_OPEN;
    for (size_t i = 0; i < size; i++)
        n_lines += bytes[i] == '\n';
    beats->times_s = calloc(n_lines, sizeof *beats->times_s);
    if (!text || !beats->times_s) {
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    } else {
        memcpy(text, bytes, size);
        text[size] = 0;
        for (char *next = text, *at; !status && (at = strsep(&next, "\n"));) {
            line++;
            if (!read_line(beats, at))
                status =
                    genre_fail(error, GENRE_ERR_FORMAT,
                               "%s: line %zu does not begin with a time in seconds", path, line);
        }
        qsort(beats->times_s, (size_t)beats->n, sizeof *beats->times_s, by_value);
    }
    free(bytes);
    free(text);
    if (status)
        genre_beats_clear(beats);
    return status;
}

/* In sorted lists the best matching is the one that pairs the earliest that fit. */
int beats_n_matched(const GenreBeats *found, const GenreBeats *right, double tolerance_s) {
    int n = 0;
    for (int f = 0, r = 0; f < found->n && r < right->n;) {
        const double apart_s = found->times_s[f] - right->times_s[r];
        n += fabs(apart_s) <= tolerance_s;
        if (fabs(apart_s) <= tolerance_s)
            f++, r++;
        else if (apart_s < 0)
            f++;
        else
            r++;
    }
    return n;
}

double beats_f_measure(int n_matched, int n_found, int n_right) {
    return n_found + n_right > 0 ? 2.0 * n_matched / (n_found + n_right) : 1;
}
