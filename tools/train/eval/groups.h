/* Which clips belong together: those of one song, and those of one artist. */
#ifndef GENRE_TRAIN_EVAL_GROUPS_H
#define GENRE_TRAIN_EVAL_GROUPS_H

#include "eval/evaluate.h"

/* Numbers the songs of the clips (n) from 0 on, into song_of, but for clips for which that holds
 * -1. Clips of one song but different labels are not of one song. Returns how many there are; -1:
 * out of memory. */
int groups_by_song(const EvaluateClip *clips, size_t n, int *song_of);

/* The same for what intervals are drawn by: artists, in any case of their letters; a song whose
 * artist is not known is a group of its own. *n_artists: how many of them are artists. */
int groups_by_artist(const EvaluateClip *clips, size_t n, int *group_of, int *n_artists);

#endif
