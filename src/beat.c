/* D. Ellis, Beat tracking by dynamic programming, Journal of New Music Research 36 (1), 2007.
 *
 * Tempo: the autocorrelation of the onset strength, weighted by a window over the lag's logarithm
 * around 120 BPM (equations 6 and 7 there), to which are added lags two or three times as long
 * (equations 8 and 9), because a beat recurs in the bar as well.
 *
 * Beats: the times t_i that maximise  sum_i O(t_i) - alpha sum_i log^2((t_i - t_{i-1}) / period),
 * found from the best score of a beat sequence that ends at t:
 *
 *   C(t) = O(t) + max(0, max_{t'} (C(t') - alpha log^2((t - t') / period))),
 *   t - t' in period / 2 .. 2 period
 *
 * and followed back from the end. O is smoothed over a thirty-second of a beat, alpha is 100, and
 * weak beats at either end are left out, as librosa.beat.beat_track does it.
 */
#include "beat.h"

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
static bool normalise(const float *onset, int n, double period_s, float *out) {
    const int reach = (int)(1.25 / period_s);
    double sum = 0, squares = 0;
    for (int i = 0; i < n && i < reach; i++)
        sum += onset[i];
    for (int i = 0; i < n; i++) {
        const int enters = i + reach, leaves = i - reach - 1;
        const int first = leaves < 0 ? 0 : leaves + 1, end = enters < n ? enters + 1 : n;
        sum += enters < n ? onset[enters] : 0;
        sum -= leaves >= 0 ? onset[leaves] : 0;
        out[i] = (float)(onset[i] - sum / (end - first));
        squares += (double)out[i] * out[i];
    }
    const double deviation = sqrt(squares / n);
    for (int i = 0; i < n && deviation > 1e-3; i++)
        out[i] /= (float)deviation;
    return deviation > 1e-3;
}

/* sum_i x_i x_(i - lag): in eight lanes, which the compiler makes one of. */
static float correlate(const float *x, int n, int lag) {
    float lanes[8] = {0}, sum = 0;
    int i = lag;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            lanes[k] += x[i + k] * x[i + k - lag];
    for (; i < n; i++)
        sum += x[i] * x[i - lag];
    for (int k = 0; k < 8; k++)
        sum += lanes[k];
    return sum;
}

/* Frames per beat. `power` has room for n_lags. */
static double find_period(const float *x, int n, double period_s, float *power, int n_lags) {
    const int shortest = (int)ceil(60 / fastest_bpm / period_s);
    const int longest = (int)(60 / slowest_bpm / period_s);
    double best = -INFINITY, period = 0;
    for (int lag = 0; lag < n_lags; lag++) {
        const double off = lag ? log2(lag * period_s * likely_bpm / 60) / octaves : INFINITY;
        power[lag] = correlate(x, n, lag) * (float)exp(-0.5 * off * off);
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

/* Smooths over a thirty-second of a beat. `kernel` has room for n. */
static void smooth(const float *x, int n, double period, float *out, float *kernel) {
    const int reach = (int)fmin(n - 1, ceil(period / 8));
    for (int k = 0; k <= reach; k++)
        kernel[k] = (float)exp(-0.5 * pow(k * 32 / period, 2));
    for (int i = 0; i < n; i++) {
        out[i] = x[i];
        for (int k = 1; k <= reach; k++)
            out[i] += kernel[k] * ((i - k >= 0 ? x[i - k] : 0) + (i + k < n ? x[i + k] : 0));
    }
}

/* Scores every frame as the last beat; before[t] is the beat before it, -1: none. `cost` has room
 * for n. */
static void score_sequences(const float *strength, int n, double period, float *score, int *before,
                            float *cost) {
    const int near = (int)fmax(1, rint(period / 2)), far = (int)fmin(n - 1, rint(2 * period));
    float most = 0;
    bool begun = false;
    for (int gap = near; gap <= far; gap++) {
        const double off = log(gap / period);
        cost[gap] = (float)(tightness * off * off);
    }
    for (int t = 0; t < n; t++)
        most = fmaxf(most, strength[t]);
    for (int t = 0; t < n; t++) {
        float best = 0; /* any sequence that costs more than it is worth is none */
        before[t] = -1;
        for (int gap = near; gap <= far && gap <= t; gap++) {
            const float sum = score[t - gap] - cost[gap];
            if (sum > best) {
                best = sum;
                before[t] = t - gap;
            }
        }
        score[t] = strength[t] + best;
        /* A sequence begins with the first onset that is worth the name. */
        begun |= strength[t] >= 0.01f * most;
        if (!begun)
            before[t] = -1;
    }
}

/* The value that would stand at `index` of x (n) were it sorted; x is reordered (C. A. R. Hoare,
 * Algorithm 65: Find, 1961). qsort may allocate. */
static float find_nth(float *x, int n, int index) {
    int low = 0, high = n - 1;
    while (low < high) {
        const float pivot = x[index];
        int i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i <= j) {
                const float swapped = x[i];
                x[i++] = x[j];
                x[j--] = swapped;
            }
        }
        if (j < index)
            low = i;
        if (index < i)
            high = j;
    }
    return x[index];
}

/* The last peak of the score that is at least half of the peaks' median; `peaks` has room for n. */
static int find_last(const float *score, int n, float *peaks) {
    int n_peaks = 0;
    for (int t = 1; t + 1 < n; t++)
        if (score[t] > score[t - 1] && score[t] >= score[t + 1])
            peaks[n_peaks++] = score[t];
    if (n_peaks == 0)
        return -1;
    const float enough = 0.5f * find_nth(peaks, n_peaks, n_peaks / 2);
    for (int t = n - 2; t > 0; t--)
        if (score[t] > score[t - 1] && score[t] >= score[t + 1] && score[t] >= enough)
            return t;
    return -1;
}

/* Leaves out beats at either end that are weaker than half the root mean square of all. */
static void trim(const float *strength, const int *beats, int *first, int *end) {
    double squares = 0;
    for (int i = *first; i < *end; i++)
        squares += (double)strength[beats[i]] * strength[beats[i]];
    const double least = 0.5 * sqrt(squares / fmax(1, *end - *first));
    while (*first < *end && strength[beats[*first]] < least)
        ++*first;
    while (*first < *end && strength[beats[*end - 1]] < least)
        --*end;
}

int genre_beats_track(const float *onset, int n, double period_s, float *work, int *beats,
                      double *tempo) {
    float *const x = work, *const strength = x + n, *const score = strength + n;
    int *const before = (int *)(score + n); /* as large as floats; all of `work` is bare memory */
    *tempo = 0;
    if (n < 3 || n * period_s < least_s || !normalise(onset, n, period_s, x))
        return 0;
    const int n_lags = (int)fmin(n, 3 * 60 / slowest_bpm / period_s + 3);
    const double period = find_period(x, n, period_s, score, n_lags);
    if (period <= 0)
        return 0;
    smooth(x, n, period, strength, score);
    score_sequences(strength, n, period, score, before, x);
    int first = n, end = n;
    for (int t = find_last(score, n, x); t >= 0; t = before[t])
        beats[--first] = t;
    trim(strength, beats, &first, &end);
    if (end - first < 2)
        return 0;
    memmove(beats, beats + first, (size_t)(end - first) * sizeof *beats);
    *tempo = period;
    return end - first;
}

GenreStatus genre_beats_find(GenreBeats *beats, const float *onset, int n, GenreFrameTimes times,
                             GenreError *error) {
    double tempo;
    *beats = (GenreBeats){0};
    float *work = calloc((size_t)n + 1, GENRE_BEAT_WORK * sizeof *work);
    int *frames = calloc((size_t)n + 1, sizeof *frames);
    double *times_s = calloc((size_t)n + 1, sizeof *times_s);
    const bool failed = !work || !frames || !times_s;
    if (!failed) {
        beats->n = genre_beats_track(onset, n, times.period_s, work, frames, &tempo);
        for (int i = 0; i < beats->n; i++)
            times_s[i] = times.first_s + frames[i] * times.period_s;
    }
    free(work);
    free(frames);
    if (beats->n == 0) {
        free(times_s);
        return failed ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory") : GENRE_SUCCESS;
    }
    beats->times_s = times_s;
    beats->tempo_bpm = 60 / (tempo * times.period_s);
    return GENRE_SUCCESS;
}

void genre_beats_clear(GenreBeats *beats) {
    free(beats->times_s);
    *beats = (GenreBeats){0};
}
