#include "made/piece.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "status.h"

static const Chord chords[] = {
    {"M", 3, {0, 4, 7}, 4, {0, 4, 7, 9}, false},
    {"m", 3, {0, 3, 7}, 4, {0, 3, 7, 10}, true},
    {"7", 4, {0, 4, 7, 10}, 5, {0, 4, 9, 10, 14}, false},
    {"m7", 4, {0, 3, 7, 10}, 5, {0, 3, 7, 10, 14}, true},
    {"M7", 4, {0, 4, 7, 11}, 4, {0, 4, 7, 9}, false},
    {"m9", 5, {0, 3, 7, 10, 14}, 5, {0, 3, 7, 10, 14}, true},
    {"h", 4, {0, 3, 6, 10}, 4, {0, 3, 6, 10}, true}, /* half-diminished */
    {"4", 3, {0, 5, 7}, 3, {0, 5, 7}, true},
    {"5", 2, {0, 7}, 2, {0, 7}, true},
};

double piece_number(const json_t *json, const char *name, double otherwise) {
    const json_t *value = json_object_get(json, name);
    return value ? json_number_value(value) : otherwise;
}

const char *piece_text(const json_t *json, const char *name, const char *otherwise) {
    const char *value = json_string_value(json_object_get(json, name));
    return value ? value : otherwise;
}

const json_t *piece_pick(const json_t *list, GenreRng *rng) {
    const size_t n = json_array_size(list);
    return n ? json_array_get(list, genre_rng_below(rng, (uint32_t)n)) : NULL;
}

bool piece_chance(GenreRng *rng, double probability) {
    return genre_rng_uniform(rng) < probability;
}

int piece_between(GenreRng *rng, int low, int high) {
    return low + (int)genre_rng_below(rng, (uint32_t)(high - low + 1));
}

int piece_key_from(int root, int low) {
    return ((root - low) % 12 + 12) % 12 + low;
}

void piece_note(const Piece *piece, int channel, double beat, double beats, int key,
                double velocity) {
    if ((int)floor(beat * 2 + 1e-6) % 2 == 1)
        beat += piece->swing / 6;
    /* One after the other: a compiler may draw the arguments of a call in any order. */
    const double late_s = piece->loose_s * genre_rng_normal(piece->rng);
    const double louder = 6 * genre_rng_normal(piece->rng);
    song_note(piece->song, channel, beat * piece->beat_s + late_s, beats * piece->beat_s, key,
              velocity + louder);
}

static GenreStatus draw_chords(Piece *piece, const json_t *style, GenreError *error) {
    static const char *const degrees[] = {"I",  "bII", "II",  "bIII", "III",  "IV",
                                          "bV", "V",   "bVI", "VI",   "bVII", "VII"};
    const char *at = json_string_value(piece_pick(json_object_get(style, "chords"), piece->rng));
    const int kept = (int)piece_number(style, "chords_kept", 0);
    const Chord *tonic = NULL; /* its first, which tells minor from major */
    int most = kept ? 1 : MAX_BARS;
    while (2 * most <= kept && piece_chance(piece->rng, 0.67))
        most *= 2;
    for (piece->n_chords = 0; at && *at && piece->n_chords < most; piece->n_chords++) {
        const size_t length = strcspn(at, ":");
        const char *kind = at[length] ? at + length + 1 : at + length;
        const size_t kind_length = strcspn(kind, " ");
        size_t degree = 0, chord = 0;
        while (degree < COUNT(degrees) &&
               (strlen(degrees[degree]) != length || strncmp(at, degrees[degree], length) != 0))
            degree++;
        while (chord < COUNT(chords) && (strlen(chords[chord].name) != kind_length ||
                                         strncmp(kind, chords[chord].name, kind_length) != 0))
            chord++;
        if (degree == COUNT(degrees) || chord == COUNT(chords))
            return genre_fail(error, GENRE_ERR_BAD_ARG, "styles: no chord \"%s\"", at);
        piece->roots[piece->n_chords] = (piece->key + (int)degree) % 12;
        piece->chords[piece->n_chords] = &chords[chord];
        if (degree == 0 && !tonic)
            piece->minor = (tonic = &chords[chord])->minor;
        at = kind + kind_length + (kind[kind_length] == ' ');
    }
    return piece->n_chords ? GENRE_SUCCESS
                           : genre_fail(error, GENRE_ERR_BAD_ARG, "styles: no chords");
}

GenreStatus piece_draw(Piece *piece, const json_t *style, double seconds, GenreError *error) {
    const json_t *bpm = json_object_get(style, "bpm");
    const double low = json_number_value(json_array_get(bpm, 0));
    const double high = json_number_value(json_array_get(bpm, 1));
    const json_t *beats = piece_pick(json_object_get(style, "beats"), piece->rng);
    Song *song = piece->song;
    if (!(low > 0 && high >= low))
        return genre_fail(error, GENRE_ERR_BAD_ARG, "styles: no bpm");
    piece->beat_s = 60 / genre_rng_between(piece->rng, low, high);
    piece->beats = beats ? (int)json_integer_value(beats) : 4;
    piece->n_bars = 1 + (int)(seconds / (piece->beats * piece->beat_s));
    piece->swing = json_number_value(piece_pick(json_object_get(style, "swing"), piece->rng));
    piece->loose_s = piece_number(style, "loose_ms", 8) / 1000;
    piece->key = json_is_true(json_object_get(style, "low_keys"))
                     ? piece_between(piece->rng, 0, 4)
                     : piece_between(piece->rng, 0, 11);
    song->room_size = genre_rng_uniform(piece->rng);
    song->room_level = genre_rng_uniform(piece->rng);
    song->drive = piece_chance(piece->rng, piece_number(style, "drive", 0))
                      ? genre_rng_between(piece->rng, 0.2, 1)
                      : 0;
    song->speech = piece_chance(piece->rng, piece_number(style, "speech", 0));
    return draw_chords(piece, style, error);
}

void piece_draw_steps(const Piece *piece, const json_t *list, bool starts, char *steps) {
    const char *drawn = json_string_value(piece_pick(list, piece->rng));
    if (!drawn)
        return; /* like another's */
    if (*drawn != '~') {
        snprintf(steps, MAX_STEPS + 1, "%s", drawn);
        return;
    }
    const size_t n_choices = strlen(++drawn);
    const int n = piece->beats * PER_BEAT * (piece_chance(piece->rng, 0.3) ? 2 : 1);
    for (int i = 0; i < n; i++)
        steps[i] = drawn[genre_rng_below(piece->rng, (uint32_t)n_choices)];
    if (starts)
        steps[0] = *drawn;
    steps[n] = '\0';
}

double piece_loudness(char step, GenreRng *rng) {
    switch (step) {
    case '.':
        return 0;
    case 'X':
        return 1.1;
    case 'o':
        return 0.58;
    case '?':
        return piece_chance(rng, 0.35) ? 0.6 : 0;
    default:
        return 1;
    }
}

char piece_step_at(const Piece *piece, const char *steps, int bar, int i) {
    const int n = (int)strlen(steps), per_bar = piece->beats * PER_BEAT;
    const int length = n % per_bar == 0 ? per_bar : WRITTEN_BAR; /* drawn for it, or written */
    return i < length && n >= length ? steps[bar % (n / length) * length + i] : '.';
}
