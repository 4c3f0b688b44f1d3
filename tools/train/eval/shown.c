#include "eval/shown.h"

#include <math.h>
#include <stdlib.h>

#include "status.h"

static bool is_right(const GenreEstimate *estimate, uint64_t labels) {
    return estimate->state == GENRE_STATE_MUSIC && labels >> estimate->genre & 1;
}

void showing_note(Showing *showing, const GenreEstimate *estimate, uint64_t labels, double time_s) {
    showing->lasted_s = time_s;
    if (estimate->sequence == 0)
        return;
    const bool right = is_right(estimate, labels);
    if (showing->any && time_s > SHOWN_FROM_S)
        showing->n_changes +=
            estimate->state != showing->state || estimate->genre != showing->genre;
    if (right && !showing->right)
        showing->right_s = time_s;
    const bool sounds =
        showing->state != GENRE_STATE_SILENCE && estimate->state != GENRE_STATE_SILENCE;
    if (showing->any && sounds && estimate->heard_s < showing->heard_s) {
        if (showing->n_anew == 0)
            showing->anew_s = time_s;
        showing->n_anew++;
    }
    showing->heard_s = estimate->heard_s;
    showing->any = true;
    showing->state = estimate->state;
    showing->genre = estimate->genre;
    showing->right = right;
}

void shown_count(Shown *shown, const GenreEstimate *estimate, uint64_t labels) {
    if (estimate->sequence == 0 || estimate->state == GENRE_STATE_UNKNOWN)
        shown->unknown++;
    else if (estimate->state == GENRE_STATE_SILENCE)
        shown->silence++;
    else if (is_right(estimate, labels))
        shown->right++;
    else
        shown->wrong++;
}

void shown_print(const Shown *shown, size_t n, int seconds, FILE *out) {
    const double scale = 100 / (double)n;
    fprintf(out, "    %2d s  %6.1f  %6.1f  %6.1f  %6.1f\n", seconds, scale * (double)shown->right,
            scale * (double)shown->wrong, scale * (double)shown->unknown,
            scale * (double)shown->silence);
}

void steadiness_print_settled(const Steadiness *steadiness, FILE *out) {
    if (steadiness->n_settled > 0)
        fprintf(out, "settled   %5.1f s, the median of the %zu clips that end with a right genre\n",
                steadiness->settled_s, steadiness->n_settled);
}

double steadiness_changes_per_minute(const Steadiness *steadiness) {
    return steadiness->minutes > 0 ? (double)steadiness->n_changes / steadiness->minutes : NAN;
}

double steadiness_anew_per_hour(const Steadiness *steadiness) {
    return steadiness->hours > 0 ? (double)steadiness->n_anew / steadiness->hours : NAN;
}

static int by_value(const void *a, const void *b) {
    const double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

GenreStatus steadiness_of(Steadiness *steadiness, const Showing *showings, size_t n,
                          GenreError *error) {
    double *times = calloc(n + 1, sizeof *times);
    if (!times)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    *steadiness = (Steadiness){0};
    for (size_t i = 0; i < n; i++) {
        steadiness->minutes += fmax(0, showings[i].lasted_s - SHOWN_FROM_S) / 60;
        steadiness->n_changes += showings[i].n_changes;
        steadiness->hours += showings[i].lasted_s / 3600;
        steadiness->n_anew += showings[i].n_anew;
        steadiness->n_noticed += showings[i].n_anew > 0 && showings[i].anew_s <= SHOWN_NOTICED_S;
        if (showings[i].right)
            times[steadiness->n_settled++] = showings[i].right_s;
    }
    const size_t half = steadiness->n_settled / 2;
    qsort(times, steadiness->n_settled, sizeof *times, by_value);
    steadiness->settled_s =
        steadiness->n_settled % 2 || half == 0 ? times[half] : (times[half - 1] + times[half]) / 2;
    free(times);
    return GENRE_SUCCESS;
}
