/* Beats of a whole clip or window from its onset strength, by dynamic programming. Looks ahead as
 * far as the clip goes, so this is nothing for the audio thread.
 *
 * Stands outside of feature/ because the layer "beats" needs it too. */
#ifndef GENRE_BEAT_H
#define GENRE_BEAT_H

#include "genrecast.h"

enum { GENRE_BEAT_WORK = 4 }; /* floats of work space that a frame takes */

/* Finds the beats of a clip from the onset strength of its `n` frames (feature kind "onset"),
 * which are period_s seconds, best 4 to 25 ms, apart. The tempo is steady throughout, from 40 to
 * 240 BPM. Writes the frames that beats fall on, rising, to `beats` (n) and how many frames a beat
 * takes to *tempo. Returns how many beats there are: at least 2, or 0 (silence, clips under 2 s).
 * `work` is GENRE_BEAT_WORK * n floats of undefined content. [any; does not allocate] */
int genre_beats_track(const float *onset, int n, double period_s, float *work, int *beats,
                      double *tempo);

typedef struct {
    double tempo_bpm; /* beats per minute; 0 where there is no beat */
    int n;
    double *times_s; /* (n) rising */
} GenreBeats;

/* What frame f of a feature stands for: the time first_s + f * period_s, in seconds. */
typedef struct {
    double first_s, period_s;
} GenreFrameTimes;

/* The same as times. genre_beats_clear() it. [set-up] */
GenreStatus genre_beats_find(GenreBeats *beats, const float *onset, int n, GenreFrameTimes times,
                             GenreError *error);
void genre_beats_clear(GenreBeats *beats);

#endif
