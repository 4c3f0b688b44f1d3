/* One piece of made-up music while it is written: what is drawn for it, once, and what its parts
 * need. Who plays what is in part_*.c, which styles.c calls. */
#ifndef GENRE_TRAIN_PIECE_H
#define GENRE_TRAIN_PIECE_H

#include <jansson.h>
#include <stdbool.h>

#include "genrecast.h"
#include "made/song.h"
#include "rng.h"

enum {
    MAX_BARS = 16,
    MAX_TONES = 6,
    MAX_STEPS = 64,
    PER_BEAT = 4,
    WRITTEN_BAR = 16, /* steps; of a shorter bar only the first are played */

};

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct {
    const char *name;
    int n, tones[MAX_TONES]; /* semitones above the root */
    int rich_n, rich[MAX_TONES];
    bool minor;
} Chord;

/* What is drawn once for a piece. */
typedef struct {
    Song *song;
    GenreRng *rng;
    double beat_s, swing, loose_s;
    int beats, n_bars, key;
    bool minor;                    /* its key */
    int n_chords, roots[MAX_BARS]; /* 0 to 11; the progression, which comes again and again */
    const Chord *chords[MAX_BARS];
} Piece;

/* Who plays, and what. */
typedef struct {
    const json_t *json; /* of styles.json */
    int channel, program;
    char steps[MAX_STEPS + 1];
    const char *when;
    double level;
} Part;

/* Entries of styles.json. */
double piece_number(const json_t *json, const char *name, double otherwise);
const char *piece_text(const json_t *json, const char *name, const char *otherwise);

/* One of a list, NULL of none. */
const json_t *piece_pick(const json_t *list, GenreRng *rng);

bool piece_chance(GenreRng *rng, double probability);
int piece_between(GenreRng *rng, int low, int high); /* both included */

/* Draws tempo, key, chords and so on for a song of `seconds`; piece->song and piece->rng are set.
 */
GenreStatus piece_draw(Piece *piece, const json_t *style, double seconds, GenreError *error);

/* The steps of a list's entry into `steps` (MAX_STEPS + 1): "~" and characters to draw from, for a
 * bar or two, are drawn here, with the first of them to start with if `starts`. An empty list
 * leaves them as they are. */
void piece_draw_steps(const Piece *piece, const json_t *list, bool starts, char *steps);

/* Step `i` of a bar; patterns of several bars come again and again. */
char piece_step_at(const Piece *piece, const char *steps, int bar, int i);

/* How loud a step is, 0: not at all. */
double piece_loudness(char step, GenreRng *rng);

/* The pitch class `root` in the octave from `low`. */
int piece_key_from(int root, int low);

/* A note at a beat (counted from the start), as loosely and with as much swing as the piece has. */
void piece_note(const Piece *piece, int channel, double beat, double beats, int key,
                double velocity);

/* All bars of drums; one bar of notes or chords; all of a line. */
void part_play_drums(const Piece *piece, const json_t *style, const Part *part);
void part_play_notes(const Piece *piece, const Part *part, int bar);
void part_play_chords(const Piece *piece, const Part *part, int bar);
void part_play_line(const Piece *piece, const Part *part);

#endif
