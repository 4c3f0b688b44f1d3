/* D. Ellis, Beat tracking by dynamic programming, Journal of New Music Research 36 (1), 2007.
 *
 * Tempo: the autocorrelation of the onset strength, weighted by a window over the lag's logarithm
 * around 120 BPM (equations 6 and 7 there), to which are added lags two or three times as long
 * (equations 8 and 9), because a beat recurs in the bar as well.
 *
 * Beats: the times t_i that maximise  sum_i O(t_i) - alpha sum_i log^2((t_i - t_{i-1}) / period),
 * found from the best score of a beat sequence that ends at t:
 *
 *   C(t) = O(t) + max_{t'} (C(t') - alpha log^2((t - t') / period)),   t - t' in period / 2 .. 2
 *
 * and followed back from the end. O is smoothed over a thirty-second of a beat, alpha is 100, and
 * weak beats at either end are left out, as librosa.beat.beat_track does it.
 */
#include "feature/beat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

static const double slowest_bpm = 40, fastest_bpm = 240, likely_bpm = 120;
static const double octaves = 0.9; /* standard deviation of the tempo window */
static const double tightness = 100;
static const double least_s = 2; /* shorter clips tell no tempo */

/* Takes away the mean over 2.5 s around each frame (slower changes are no rhythm) and divides by
 * the standard deviation. False where nothing happens. */
static bool normalise(const float *onset, int n, double period_s, double *out) {
    const int reach = (int)(1.25 / period_s);
    double sum = 0, squares = 0;
    for (int i = 0; i < n && i < reach; i++)
        sum += onset[i];
    for (int i = 0; i < n; i++) {
        const int enters = i + reach, leaves = i - reach - 1;
        const int first = leaves < 0 ? 0 : leaves + 1, end = enters < n ? enters + 1 : n;
        sum += enters < n ? onset[enters] : 0;
        sum -= leaves >= 0 ? onset[leaves] : 0;
        out[i] = onset[i] - sum / (end - first);
        squares += out[i] * out[i];
    }
    const double deviation = sqrt(squares / n);
    for (int i = 0; i < n && deviation > 1e-3; i++)
        out[i] /= deviation;
    return deviation > 1e-3;
}

/* Frames per beat. `power` has room for n_lags. */
static double find_period(const double *x, int n, double period_s, double *power, int n_lags) {
    const int shortest = (int)ceil(60 / fastest_bpm / period_s);
    const int longest = (int)(60 / slowest_bpm / period_s);
    double best = -INFINITY, period = 0;
    for (int lag = 0; lag < n_lags; lag++) {
        const double off = lag ? log2(lag * period_s * likely_bpm / 60) / octaves : INFINITY;
        double sum = 0;
        for (int i = lag; i < n; i++)
            sum += x[i] * x[i - lag];
        power[lag] = sum * exp(-0.5 * off * off);
    }
    for (int lag = shortest; lag <= longest && 3 * lag + 1 < n_lags; lag++)
        for (int times = 2; times <= 3; times++) {
            const int far = times * lag;
            const double sum =
                times == 2
                    ? power[lag] + 0.5 * power[far] + 0.25 * (power[far - 1] + power[far + 1])
                    : power[lag] + 0.33 * (power[far - 1] + power[far] + power[far + 1]);
            if (sum <= best)
                continue;
            /* The peak lies between lags: at the top of a parabola. */
            const double bend = power[lag - 1] - 2 * power[lag] + power[lag + 1];
            const double shift = bend < 0 ? 0.5 * (power[lag - 1] - power[lag + 1]) / bend : 0;
            best = sum;
            period = lag + fmax(-0.5, fmin(0.5, shift));
        }
    return period;
}

/* Smooths over a thirty-second of a beat. */
static void smooth(const double *x, int n, double period, double *out) {
    const int reach = (int)ceil(period / 8);
    for (int i = 0; i < n; i++) {
        out[i] = 0;
        for (int k = -reach; k <= reach; k++)
            if (i + k >= 0 && i + k < n)
                out[i] += x[i + k] * exp(-0.5 * pow(k * 32 / period, 2));
    }
}

/* Scores every frame as the last beat; before[t] is the beat before it, -1: none. */
static void score_sequences(const double *strength, int n, double period, double *score,
                            int *before) {
    const int near = (int)fmax(1, rint(period / 2)), far = (int)rint(2 * period);
    double most = 0;
    bool begun = false;
    for (int t = 0; t < n; t++)
        most = fmax(most, strength[t]);
    for (int t = 0; t < n; t++) {
        double best = -INFINITY;
        before[t] = -1;
        for (int gap = near; gap <= far && gap <= t; gap++) {
            const double off = log(gap / period);
            const double sum = score[t - gap] - tightness * off * off;
            if (sum > best) {
                best = sum;
                before[t] = t - gap;
            }
        }
        score[t] = strength[t] + (before[t] >= 0 ? best : 0);
        /* A sequence begins with the first onset that is worth the name. */
        begun |= strength[t] >= 0.01 * most;
        if (!begun)
            before[t] = -1;
    }
}

static int by_value(const void *a, const void *b) {
    const double l = *(const double *)a, r = *(const double *)b;
    return (l > r) - (l < r);
}

/* The last peak of the score that is at least half of the peaks' median; `peaks` has room for n. */
static int find_last(const double *score, int n, double *peaks) {
    int n_peaks = 0;
    for (int t = 1; t + 1 < n; t++)
        if (score[t] > score[t - 1] && score[t] >= score[t + 1])
            peaks[n_peaks++] = score[t];
    if (n_peaks == 0)
        return -1;
    qsort(peaks, (size_t)n_peaks, sizeof *peaks, by_value);
    const double enough = 0.5 * peaks[n_peaks / 2];
    for (int t = n - 2; t > 0; t--)
        if (score[t] > score[t - 1] && score[t] >= score[t + 1] && score[t] >= enough)
            return t;
    return -1;
}

/* Leaves out beats at either end that are weaker than half the root mean square of all. */
static void trim(const double *strength, const int *beats, int *first, int *end) {
    double squares = 0;
    for (int i = *first; i < *end; i++)
        squares += strength[beats[i]] * strength[beats[i]];
    const double least = 0.5 * sqrt(squares / fmax(1, *end - *first));
    while (*first < *end && strength[beats[*first]] < least)
        ++*first;
    while (*first < *end && strength[beats[*end - 1]] < least)
        --*end;
}

static GenreStatus keep(GenreBeats *beats, const int *frames, int n, double period,
                        GenreFrameTimes times) {
    if (n < 2)
        return GENRE_SUCCESS;
    beats->times_s = calloc((size_t)n, sizeof *beats->times_s);
    if (!beats->times_s)
        return GENRE_ERR_NO_MEMORY;
    beats->n = n;
    for (int i = 0; i < n; i++)
        beats->times_s[i] = times.first_s + frames[i] * times.period_s;
    beats->tempo_bpm = 60 / (period * times.period_s);
    return GENRE_SUCCESS;
}

GenreStatus genre_beats_find(GenreBeats *beats, const float *onset, int n, GenreFrameTimes times,
                             GenreError *error) {
    *beats = (GenreBeats){0};
    if (n < 3 || n * times.period_s < least_s)
        return GENRE_SUCCESS;
    const int n_lags = (int)fmin(n, 3 * 60 / slowest_bpm / times.period_s + 3);
    double *x = calloc((size_t)n, sizeof *x), *strength = calloc((size_t)n, sizeof *strength);
    double *score = calloc((size_t)n, sizeof *score);
    int *before = calloc((size_t)n, sizeof *before);
    GenreStatus status = GENRE_SUCCESS;
    if (!x || !strength || !score || !before) {
        status = GENRE_ERR_NO_MEMORY;
    } else if (normalise(onset, n, times.period_s, x)) {
        const double period = find_period(x, n, times.period_s, score, n_lags);
        if (period > 0) {
            smooth(x, n, period, strength);
            score_sequences(strength, n, period, score, before);
            int *const frames = before; /* beats, from the end on; behind what is still read */
            int first = n, end = n;
            for (int t = find_last(score, n, x); t >= 0;) {
                const int next = before[t];
                frames[--first] = t;
                t = next;
            }
            trim(strength, frames, &first, &end);
            status = keep(beats, frames + first, end - first, period, times);
        }
    }
    free(x);
    free(strength);
    free(score);
    free(before);
    return status ? genre_fail(error, status, "out of memory") : GENRE_SUCCESS;
}

void genre_beats_clear(GenreBeats *beats) {
    free(beats->times_s);
    *beats = (GenreBeats){0};
}

/* Number of frames before time_s. */
static int frames_before(double time_s, int n, GenreFrameTimes times) {
    const double f = ceil((time_s - times.first_s) / times.period_s);
    return f < 0 ? 0 : f > n ? n : (int)f;
}

void genre_beats_average(const GenreBeats *beats, const float *frames, int n, int size,
                         GenreFrameTimes times, float *out) {
    for (int i = 0; i < beats->n; i++, out += size) {
        const double start_s = beats->times_s[i];
        const double end_s = i + 1 < beats->n ? beats->times_s[i + 1]
                             : i > 0          ? 2 * start_s - beats->times_s[i - 1]
                                              : INFINITY;
        int first = frames_before(start_s, n, times), end = frames_before(end_s, n, times);
        if (first == end) {
            const double middle_s = isinf(end_s) ? start_s : (start_s + end_s) / 2;
            first = frames_before(middle_s - times.period_s / 2, n, times);
            first = first < n ? first : n - 1;
            end = first + 1;
        }
        memset(out, 0, (size_t)size * sizeof *out);
        for (int f = first; f < end; f++)
            for (int k = 0; k < size; k++)
                out[k] += frames[(size_t)f * size + k] / (float)(end - first);
    }
}
