/* Beats of a song, and how well they fit annotated ones. */
#ifndef GENRE_TRAIN_BEATS_H
#define GENRE_TRAIN_BEATS_H

#include <jansson.h>

#include "beat.h"
#include "clips/frames.h"

/* The feature that beats are found from: onset strength, every 11.6 ms. json_decref() it. */
json_t *beats_feature(void);

/* From frames of that feature: the middles of frames, which measured on clicks and on made-up music
 * lie within 6 ms of where sounds begin. genre_beats_clear() it. */
GenreStatus beats_from_onset(GenreBeats *beats, const Frames *onset, GenreError *error);

GenreStatus beats_from_audio(GenreBeats *beats, const char *path, GenreError *error);

/* Annotated beats: a line for each, which begins with its time in seconds; what follows behind a
 * blank, tab or comma is passed over, as are empty lines and those that begin with "#". The tempo
 * is left 0. genre_beats_clear() it. */
GenreStatus beats_from_text(GenreBeats *beats, const char *path, GenreError *error);

/* How many of two sorted lists of beats lie within tolerance_s of each other, each matched with
 * one of the other list at most, in the best way there is. */
int beats_n_matched(const GenreBeats *found, const GenreBeats *right, double tolerance_s);

/* F-measure of n_matched: the harmonic mean of precision and recall; 1 where there are no beats
 * and none were found. (S. Dixon, Evaluation of the audio beat tracking system BeatRoot, 2007,
 * where the tolerance is 70 ms.) */
double beats_f_measure(int n_matched, int n_found, int n_right);

#endif
