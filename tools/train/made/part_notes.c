/* Notes one after another, and chords. */
#include <stdlib.h>

#include "made/piece.h"

/* Semitones above the chord's root that a step of notes stands for. */
static int interval_of(const Piece *piece, char step, int bar) {
    const Chord *chord = piece->chords[bar % piece->n_chords];
    const int near[] = {0, chord->minor ? 3 : 4, 5, 7, 9, 10};
    static const int leads[] = {-2, -1, 1, 2};
    const int root = piece->roots[bar % piece->n_chords];
    const int next = piece->roots[(bar + 1) % piece->n_chords];
    switch (step) {
    case 't':
        return near[1];
    case 'w':
        return near[genre_rng_below(piece->rng, COUNT(near))];
    case 'n':
        return (next - root + 18) % 12 - 6 + leads[genre_rng_below(piece->rng, COUNT(leads))];
    case 'm':
        return 0;
    default:
        return step <= '9' ? step - '0' : step - 'a' + 10;
    }
}

/* Beats from step `i` of a bar to its next that sounds, or its end. */
static double until_next(const Piece *piece, const char *steps, int bar, int i) {
    int k = i + 1;
    while (k < piece->beats * PER_BEAT && piece_step_at(piece, steps, bar, k) == '.')
        k++;
    return 0.95 * (k - i) / PER_BEAT;
}

void part_play_notes(const Piece *piece, const Part *part, int bar) {
    const json_t *voices = json_object_get(part->json, "voices");
    const int low = (int)piece_number(part->json, "low", 36);
    const int root = piece_key_from(piece->roots[bar % piece->n_chords], low);
    for (int i = 0; i < piece->beats * PER_BEAT; i++) {
        const char step = piece_step_at(piece, part->steps, bar, i);
        if (step == '.')
            continue;
        const double beat = bar * piece->beats + (double)i / PER_BEAT;
        const double held =
            piece_number(part->json, "length", until_next(piece, part->steps, bar, i));
        const int key = root + interval_of(piece, step, bar);
        if (step == 'm' || !voices) {
            piece_note(piece, part->channel, beat, step == 'm' ? 0.14 : held, key, part->level);
            continue;
        }
        for (size_t v = 0; v < json_array_size(voices); v++)
            piece_note(piece, part->channel, beat, held,
                       key + (int)json_integer_value(json_array_get(voices, v)), part->level);
    }
}

static int compare_ints(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

/* The chord of a bar in close position from `low` up; their number. */
static int voice(const Piece *piece, int bar, int low, bool rich, int keys[MAX_TONES]) {
    const Chord *chord = piece->chords[bar % piece->n_chords];
    const int n = rich ? chord->rich_n : chord->n;
    for (int i = 0; i < n; i++)
        keys[i] = piece_key_from(
            piece->roots[bar % piece->n_chords] + (rich ? chord->rich[i] : chord->tones[i]), low);
    qsort(keys, (size_t)n, sizeof *keys, compare_ints);
    return n;
}

void part_play_chords(const Piece *piece, const Part *part, int bar) {
    const double roll = piece_number(part->json, "roll", 0) / piece->beat_s;
    const bool rich =
        json_is_true(json_object_get(part->json, "rich")) && piece_chance(piece->rng, 0.5);
    int keys[MAX_TONES];
    const int n_keys = voice(piece, bar, (int)piece_number(part->json, "low", 55), rich, keys);
    for (int i = 0; i < piece->beats * PER_BEAT; i++) {
        const char step = piece_step_at(piece, part->steps, bar, i);
        const double loud = piece_loudness(step, piece->rng);
        if (loud <= 0)
            continue;
        const double beat = bar * piece->beats + (double)i / PER_BEAT;
        const double held =
            piece_number(part->json, "length", until_next(piece, part->steps, bar, i));
        if (step >= '0' && step <= '9') {
            const int tone = step - '0';
            piece_note(piece, part->channel, beat, held, keys[tone % n_keys] + 12 * (tone / n_keys),
                       part->level);
            continue;
        }
        for (int k = 0; k < n_keys; k++)
            piece_note(piece, part->channel, beat + k * roll, held, keys[k], loud * part->level);
    }
}
