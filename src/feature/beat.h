/* Beats of a whole clip from its onset strength, by dynamic programming, and other features
 * averaged from beat to beat. Looks ahead as far as the clip goes, so this is nothing for the
 * audio thread. */
#ifndef GENRE_FEATURE_BEAT_H
#define GENRE_FEATURE_BEAT_H

#include "genrecast.h"

typedef struct {
    double tempo_bpm; /* beats per minute; 0 where there is no beat */
    int n;
    double *times_s; /* (n) rising */
} GenreBeats;

/* What frame f of a feature stands for: the time first_s + f * period_s, in seconds. */
typedef struct {
    double first_s, period_s;
} GenreFrameTimes;

/* Finds the beats of a clip from the onset strength of its `n` frames (feature kind "onset"),
 * which should be 4 to 25 ms apart. The tempo is steady throughout, from 40 to 240 BPM. Silence
 * and clips under 2 s have no beats. genre_beats_clear() it. [set-up] */
GenreStatus genre_beats_find(GenreBeats *beats, const float *onset, int n, GenreFrameTimes times,
                             GenreError *error);
void genre_beats_clear(GenreBeats *beats);

/* Averages `frames` (n, size) from each beat to the next into `out` (beats->n, size); the last
 * beat's row reaches as far as the beat before's did. A row without a frame of its own, where
 * frames are longer than beats, is the frame nearest to its middle. n is at least 1. [set-up] */
void genre_beats_average(const GenreBeats *beats, const float *frames, int n, int size,
                         GenreFrameTimes times, float *out);

#endif
