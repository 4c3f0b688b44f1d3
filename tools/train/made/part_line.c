/* A tune. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "made/piece.h"

static const struct {
    const char *name;
    int major_n, major[7], minor_n, minor[7];
} scales[] = {
    {"diatonic", 7, {0, 2, 4, 5, 7, 9, 11}, 7, {0, 2, 3, 5, 7, 8, 10}},
    {"pentatonic", 5, {0, 2, 4, 7, 9}, 5, {0, 3, 5, 7, 10}},
    {"blues", 6, {0, 3, 5, 6, 7, 10}, 6, {0, 3, 5, 6, 7, 10}},
    {"phrygian", 7, {0, 1, 3, 5, 7, 8, 10}, 7, {0, 1, 3, 5, 7, 8, 10}},
};

enum { MAX_SCALE = 128, MAX_BAR_NOTES = 32, MOTIF_BARS = 4 };

/* A bar of a line: notes, and how far each is from the one before on the scale. */
typedef struct {
    bool drawn;
    int n, steps[MAX_BAR_NOTES];
    double beats[MAX_BAR_NOTES], lengths[MAX_BAR_NOTES];
} Motif;

static void draw_motif(const Piece *piece, const Part *part, const json_t *lengths, bool rests,
                       Motif *motif) {
    const double density = piece_number(part->json, "density", 0.8);
    const int leap = (int)piece_number(part->json, "leap", 3);
    *motif = (Motif){.drawn = true};
    for (double beat = 0; beat < piece->beats && motif->n < MAX_BAR_NOTES;) {
        const double length = json_number_value(piece_pick(lengths, piece->rng));
        if (piece_chance(piece->rng, density)) {
            motif->beats[motif->n] = beat;
            motif->lengths[motif->n] = fmin(length, piece->beats - beat);
            motif->steps[motif->n++] = piece_between(piece->rng, -leap, leap);
        }
        beat += fmax(0.125, length);
    }
    if (rests)
        motif->n = 0;
}

/* The keys of the part's scale within its range; their number. */
static int scale_keys(const Piece *piece, const Part *part, int keys[MAX_SCALE]) {
    const json_t *range = json_object_get(part->json, "range");
    const int low = (int)json_integer_value(json_array_get(range, 0));
    const int high = (int)json_integer_value(json_array_get(range, 1));
    const char *name = piece_text(part->json, "scale", "diatonic");
    size_t scale = 0;
    while (scale + 1 < COUNT(scales) && strcmp(scales[scale].name, name) != 0)
        scale++;
    const bool minor = piece->minor;
    const int n_tones = minor ? scales[scale].minor_n : scales[scale].major_n;
    const int *tones = minor ? scales[scale].minor : scales[scale].major;
    int n = 0;
    for (int key = low; key <= high && n < MAX_SCALE; key++)
        for (int i = 0; i < n_tones; i++)
            if ((key - piece->key - tones[i] + 120) % 12 == 0) {
                keys[n++] = key;
                break;
            }
    return n;
}

/* The place near `at` whose key is of the chord, if there is one not much further off. */
static int towards_chord(const Piece *piece, int bar, const int *keys, int n, int at) {
    const Chord *chord = piece->chords[bar % piece->n_chords];
    const int root = piece->roots[bar % piece->n_chords];
    int best = at;
    double least = 1e9;
    for (int i = 0; i < n; i++) {
        bool good = false;
        for (int k = 0; k < chord->n; k++)
            good = good || (keys[i] - root - chord->tones[k] + 120) % 12 == 0;
        const double distance = abs(i - at) + (good ? 0 : 2.5);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

/* A tune on the scale whose bars come again, drawn to the chords where a note is long or on a beat.
 */
void part_play_line(const Piece *piece, const Part *part) {
    const json_t *lengths = piece_pick(json_object_get(part->json, "lengths"), piece->rng);
    const bool comes_again = !json_is_false(json_object_get(part->json, "motif"));
    const double rest = piece_number(part->json, "rest", 0.25);
    Motif motifs[MOTIF_BARS] = {0};
    int keys[MAX_SCALE];
    const int n = scale_keys(piece, part, keys);
    int at = n / 2;
    if (n == 0 || !lengths)
        return;
    for (int bar = 0; bar < piece->n_bars; bar++) {
        Motif *motif = &motifs[bar % MOTIF_BARS];
        if (!motif->drawn || !comes_again)
            draw_motif(piece, part, lengths, bar > 0 && piece_chance(piece->rng, rest), motif);
        for (int i = 0; i < motif->n; i++) {
            const double beat = motif->beats[i];
            at += motif->steps[i] +
                  (piece_chance(piece->rng, 0.3) ? piece_between(piece->rng, -1, 1) : 0);
            at = at < 0 ? 0 : at >= n ? n - 1 : at;
            if (beat == floor(beat) || motif->lengths[i] >= 1)
                at = towards_chord(piece, bar, keys, n, at);
            piece_note(piece, part->channel, bar * piece->beats + beat,
                       motif->lengths[i] * genre_rng_between(piece->rng, 0.7, 0.98), keys[at],
                       part->level + (beat == 0 ? 8 : 0));
        }
    }
}
