/* Styles of music (styles.json), and pieces drawn from them at random: what a genre's drums, basses
 * and chords do, how fast, on which instruments. They are written to be learnt from, not to be
 * listened to.
 *
 * A style of styles.json has
 *   genre, name, share    how often it is drawn among its genre's (1)
 *   bpm, beats            from and to; beats of a bar, one of a list (4)
 *   swing, loose_ms       how late the second of two eighths is, a list of 0 to 1 (0); how far
 * notes are off in time, as a deviation chords                progressions, a bar each: degree and
 * kind (7, m7, M7, ..., see styles.c) chords_kept           at most so many bars of it, again and
 * again fill, crash           the drummer's, every so many bars drive, speech         probability
 * of distortion, and of someone who speaks to it low_keys              keys that guitars tuned down
 * like parts                 who plays and a part play                  drums, notes (one after
 * another), chords, or line (a tune) programs, kits        General MIDI's numbers from 0, or a name
 * in "programs" name, like            a part by name; one of the same instrument and, if it has
 * none of its own, the same steps chance, when          probability that it is there; bars in which
 * it plays ("xx.." and so on) steps                 sixteenths to choose among; drums have such a
 * list for each drum. "~abc": each step one of these characters, drawn once. "." is rest, "?"
 * perhaps; of drums and chords "x", "X" loud, "o" soft; digits are tones of the chord; of notes
 * digits, a, b and c are semitones above its root, "t" its third, "w" any tone near, "n" one that
 * leads to the next root, "m" the root, muted voices                semitones that sound with each
 * of notes low, range            the lowest key; the lowest and highest of a line level, length,
 * roll   velocity (of drums a factor); beats; seconds between a chord's tones volume, pan the
 * channel's, 0 to 127; else drawn rich                  chords with further tones, now and then
 *   scale                 blues, pentatonic, phrygian or diatonic
 *   lengths, density, rest, leap, motif
 *                         of a line: beats to choose among, share of notes that sound, of bars that
 *                         do not, steps between notes, whether bars come again
 */
#ifndef GENRE_TRAIN_STYLES_H
#define GENRE_TRAIN_STYLES_H

#include <jansson.h>

#include "genrecast.h"
#include "made/song.h"
#include "rng.h"

/* The table, which json_decref frees. NULL: no memory. */
json_t *styles_read(void);

/* The genres that it has, by number; NULL behind the last. */
const char *styles_genre(const json_t *styles, int i);

/* A piece of `seconds` and a bar more in one of the genre's styles; song_free it, also after
 * errors. Another for each state of the generator. */
GenreStatus styles_compose(const json_t *styles, const char *genre, double seconds, GenreRng *rng,
                           Song *song, GenreError *error);

#endif
