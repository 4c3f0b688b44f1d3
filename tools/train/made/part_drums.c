#include "made/piece.h"

enum { CRASH = 49 };

static const struct {
    const char *name;
    int key;
    double velocity;
} drums[] = {
    {"kick", 36, 104},      {"snare", 38, 100}, {"rim", 37, 94},    {"clap", 39, 96},
    {"hihat", 42, 72},      {"open", 46, 82},   {"ride", 51, 78},   {"pedal", 44, 74},
    {"crash", 49, 84},      {"conga", 63, 66},  {"shaker", 70, 64}, {"cowbell", 56, 64},
    {"tambourine", 54, 58},
};

static void play_drum(const Piece *piece, int bar, int key, double velocity, const char *steps) {
    for (int i = 0; i < piece->beats * PER_BEAT; i++) {
        const double loud = piece_loudness(piece_step_at(piece, steps, bar, i), piece->rng);
        if (loud > 0)
            piece_note(piece, SONG_DRUMS, bar * piece->beats + (double)i / PER_BEAT, 0.1, key,
                       loud * velocity);
    }
}

/* Four strokes at the end of a bar. */
static void play_fill(const Piece *piece, int bar) {
    static const int strokes[][4] = {{38, 50, 47, 43}, {38, 38, 38, 38}, {50, 50, 43, 43}};
    const uint32_t which = genre_rng_below(piece->rng, COUNT(strokes));
    for (int i = 0; i < 4; i++)
        piece_note(piece, SONG_DRUMS, (bar + 1) * piece->beats - 1 + 0.25 * i, 0.1,
                   strokes[which][i], 85 + 4 * i);
}

void part_play_drums(const Piece *piece, const json_t *style, const Part *part) {
    const json_t *steps = json_object_get(part->json, "steps");
    const int fill = (int)piece_number(style, "fill", 0),
              crash = (int)piece_number(style, "crash", 0);
    for (size_t i = 0; i < COUNT(drums); i++) {
        char drawn[MAX_STEPS + 1] = "";
        piece_draw_steps(piece, json_object_get(steps, drums[i].name), false, drawn);
        for (int bar = 0; bar < piece->n_bars; bar++)
            play_drum(piece, bar, drums[i].key, part->level * drums[i].velocity, drawn);
    }
    for (int bar = 0; bar < piece->n_bars; bar++) {
        if (crash && bar % crash == 0)
            piece_note(piece, SONG_DRUMS, bar * piece->beats, 1, CRASH, 98);
        if (fill && bar % fill == fill - 1)
            play_fill(piece, bar);
    }
}
