#include "picture/panels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clips/frames.h"
#include "feature/mel.h"
#include "feature/stft.h"
#include "picture/beats.h"
#include "status.h"

enum { N_FFT = 2048, N_BINS = N_FFT / 2 + 1, N_BANDS = 128, N_COEFFICIENTS = 20 };

static const double range_db = 80; /* shown under the loudest */

/* Finer steps than a page has pixels are a waste: long songs are shown by means of several. */
static void choose_hop(const Song *song, int *hop, int *mean_hops) {
    const double wanted = (double)song->mono->n / 4000;
    *hop = (int)fmin(N_FFT, fmax(128, wanted));
    *mean_hops = (int)fmin(64, fmax(1, ceil(wanted / *hop)));
}

/* Frames of a kind; `options` are members of its own, or NULL. `times` gets what they stand for. */
static GenreStatus analyse(Frames *frames, GenreFrameTimes *times, const Song *song,
                           const char *kind, const char *option, int value, GenreError *error) {
    int hop, mean_hops;
    choose_hop(song, &hop, &mean_hops);
    json_t *feature = json_pack("{ss si si si si}", "kind", kind, "rate_hz", PANEL_RATE_HZ, "n_fft",
                                N_FFT, "hop", hop, "mean_hops", mean_hops);
    if (option)
        json_object_set_new(feature, option, json_integer(value));
    const GenreStatus status = frames_from_mono(frames, song->path, song->mono, feature, error);
    *times = frames_times(feature);
    json_decref(feature);
    return status;
}

static void limits(const Frames *frames, double *least, double *largest) {
    *least = INFINITY;
    *largest = -INFINITY;
    for (size_t i = 0; i < (size_t)frames->n * frames->n_bands; i++) {
        *least = fmin(*least, frames->values[i]);
        *largest = fmax(*largest, frames->values[i]);
    }
}

static GenreStatus draw_waveform(Picture *picture, const Song *song, GenreError *error) {
    double peak = 0.01;
    (void)error;
    for (size_t i = 0; i < song->mono->n; i++)
        peak = fmax(peak, fabs(song->mono->samples[i]));
    const Axis y = axis_linear(-peak * 1.05, peak * 1.05, "Amplitude", 4);
    picture_panel(picture, "Waveform", &y);
    picture_wave(picture, song->mono->samples, song->mono->n, PANEL_RATE_HZ);
    return GENRE_SUCCESS;
}

/* Power spectra in dB of a sine of full scale, (n, N_BINS), as means over mean_hops. */
static GenreStatus spectra(Frames *frames, GenreFrameTimes *times, const Song *song,
                           GenreError *error) {
    int hop, mean_hops, n_summed = 0;
    choose_hop(song, &hop, &mean_hops);
    const size_t n = song->mono->n < N_FFT ? 0 : (song->mono->n - N_FFT) / (size_t)hop + 1;
    *frames = (Frames){.n_bands = N_BINS};
    if (n < (size_t)mean_hops)
        return genre_fail(error, GENRE_ERR_FORMAT, "%s: too short for a single frame", song->path);
    GenreStft *stft = genre_stft_new(N_FFT, hop);
    frames->values = calloc((n / (size_t)mean_hops + 1) * N_BINS, sizeof *frames->values);
    for (size_t at = 0; stft && frames->values && at < song->mono->n;) {
        bool ready;
        at += genre_stft_push(stft, song->mono->samples + at, song->mono->n - at, &ready);
        if (!ready)
            continue;
        float *row = frames->values + (size_t)frames->n * N_BINS;
        const double full_scale = (N_FFT / 4.0) * (N_FFT / 4.0); /* |X|^2 of a sine, Hann window */
        for (int k = 0; k < N_BINS; k++)
            row[k] +=
                (float)(10 * log10(genre_stft_power(stft)[k] / full_scale + 1e-15) / mean_hops);
        n_summed = (n_summed + 1) % mean_hops;
        frames->n += n_summed == 0;
    }
    times->period_s = (double)hop * mean_hops / PANEL_RATE_HZ;
    times->first_s = (N_FFT + (mean_hops - 1.0) * hop) / 2 / PANEL_RATE_HZ;
    const bool ok = stft && frames->values;
    genre_stft_free(stft);
    if (!ok)
        free(frames->values);
    return ok ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

static GenreStatus draw_spectrogram(Picture *picture, const Song *song, GenreError *error) {
    Frames frames;
    GenreFrameTimes times;
    double least, largest;
    const GenreStatus status = spectra(&frames, &times, song, error);
    if (status)
        return status;
    limits(&frames, &least, &largest);
    const Axis y = axis_linear(0, PANEL_RATE_HZ / 2.0, "Frequency (Hz)", 6);
    picture_panel(picture, "Spectrogram", &y);
    picture_image(picture, frames.values, frames.n, frames.n_bands, times, largest - range_db,
                  largest, "Level (dBFS)");
    free(frames.values);
    return GENRE_SUCCESS;
}

static GenreStatus draw_logmel(Picture *picture, const Song *song, GenreError *error) {
    static const int ticks_hz[] = {0, 250, 500, 1000, 2000, 4000, 8000};
    Frames frames;
    GenreFrameTimes times;
    double least, largest;
    const GenreStatus status = analyse(&frames, &times, song, "logmel", "bands", N_BANDS, error);
    if (status)
        return status;
    limits(&frames, &least, &largest);
    /* Band b has its centre b + 1 steps up the mel scale, and its row's middle at b + 1/2. */
    const double step_mel = genre_mel_from_hz(PANEL_RATE_HZ / 2.0) / (N_BANDS + 1);
    Axis y = {.low = 0, .high = N_BANDS, .label = "Frequency (Hz)"};
    for (size_t i = 0; i < sizeof ticks_hz / sizeof *ticks_hz; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", ticks_hz[i]);
        axis_tick(&y, fmax(0, genre_mel_from_hz(ticks_hz[i]) / step_mel - 0.5), text);
    }
    picture_panel(picture, "Log-mel spectrogram, 128 bands", &y);
    picture_image(picture, frames.values, frames.n, frames.n_bands, times, largest - range_db,
                  largest, "Band power (dB)");
    free(frames.values);
    return GENRE_SUCCESS;
}

/* Coefficients 1 and up, (n, size), each less its mean and over its deviation: as they are, the low
 * ones would take all colours. Coefficient 0, the level, is left out. */
static void standardise(Frames *frames) {
    const int n = frames->n, size = frames->n_bands - 1;
    float *to = frames->values; /* moves up over what has been read */
    for (int f = 0; f < n; f++)
        for (int k = 1; k <= size; k++)
            *to++ = frames->values[(size_t)f * frames->n_bands + k];
    frames->n_bands = size;
    for (int k = 0; k < size; k++) {
        double sum = 0, squares = 0;
        for (int f = 0; f < n; f++)
            sum += frames->values[(size_t)f * size + k];
        for (int f = 0; f < n; f++)
            squares += pow(frames->values[(size_t)f * size + k] - sum / n, 2);
        const double deviation = fmax(1e-3, sqrt(squares / n));
        for (int f = 0; f < n; f++) {
            float *value = &frames->values[(size_t)f * size + k];
            *value = (float)((*value - sum / n) / deviation);
        }
    }
}

static GenreStatus draw_mfcc(Picture *picture, const Song *song, GenreError *error) {
    Frames frames;
    GenreFrameTimes times;
    const GenreStatus status =
        analyse(&frames, &times, song, "mfcc", "coefficients", N_COEFFICIENTS, error);
    if (status)
        return status;
    standardise(&frames);
    Axis y = {.low = 0, .high = frames.n_bands, .label = "Coefficient"};
    for (int k = 1; k <= frames.n_bands; k += k == 1 ? 4 : 5) {
        char text[16];
        snprintf(text, sizeof text, "%d", k);
        axis_tick(&y, k - 0.5, text);
    }
    picture_panel(picture, "MFCC, each against its own mean and deviation", &y);
    picture_image(picture, frames.values, frames.n, frames.n_bands, times, -2.5, 2.5, "Deviations");
    free(frames.values);
    return GENRE_SUCCESS;
}

static GenreStatus draw_chroma(Picture *picture, const Song *song, GenreError *error) {
    static const char *const names[] = {"C",       "C\u266f", "D",       "D\u266f", "E",       "F",
                                        "F\u266f", "G",       "G\u266f", "A",       "A\u266f", "B"};
    Frames frames;
    GenreFrameTimes times;
    const GenreStatus status = analyse(&frames, &times, song, "chroma", NULL, 0, error);
    if (status)
        return status;
    Axis y = {.low = 0, .high = 12, .label = "Pitch class"};
    for (int c = 0; c < 12; c++)
        axis_tick(&y, c + 0.5, names[c]);
    picture_panel(picture, "Chroma", &y);
    picture_image(picture, frames.values, frames.n, 12, times, 0, 1, "Share of the strongest");
    free(frames.values);
    return GENRE_SUCCESS;
}

static GenreStatus draw_beats(Picture *picture, const Song *song, GenreError *error) {
    Frames onset;
    GenreBeats beats;
    double least, largest;
    char title[80] = "Onset strength; no beats";
    json_t *feature = beats_feature();
    GenreStatus status = frames_from_mono(&onset, song->path, song->mono, feature, error);
    const GenreFrameTimes times = frames_times(feature);
    json_decref(feature);
    if (status)
        return status;
    status = beats_from_onset(&beats, &onset, error);
    if (!status) {
        limits(&onset, &least, &largest);
        const Axis y = axis_linear(0, fmax(1, largest * 1.05), "Rise (dB)", 4);
        const int step = picture_marks_step(picture, beats.n);
        int n_title = 0;
        if (beats.n)
            n_title = snprintf(title, sizeof title, "Onset strength and beats: %.1f BPM, %d beats",
                               beats.tempo_bpm, beats.n);
        if (step > 1)
            snprintf(title + n_title, sizeof title - (size_t)n_title, ", one in %d drawn", step);
        picture_panel(picture, title, &y);
        picture_marks(picture, beats.times_s, beats.n, step);
        picture_line(picture, onset.values, onset.n, times);
        genre_beats_clear(&beats);
    }
    free(onset.values);
    return status;
}

const Panel panels[] = {
    {"waveform", draw_waveform}, {"spectrogram", draw_spectrogram}, {"logmel", draw_logmel},
    {"mfcc", draw_mfcc},         {"chroma", draw_chroma},           {"beats", draw_beats},
};
const int n_panels = sizeof panels / sizeof *panels;
