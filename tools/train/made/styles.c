#include "made/styles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

extern const unsigned char styles_json_bytes[];
extern const size_t styles_json_size;

enum {
    MAX_BARS = 16,
    MAX_PARTS = 16,
    MAX_TONES = 6,
    MAX_STEPS = 64,
    PER_BEAT = 4,
    WRITTEN_BAR = 16, /* steps; of a shorter bar only the first are played */
    CRASH = 49
};

typedef struct {
    const char *name;
    int n, tones[MAX_TONES]; /* semitones above the root */
    int rich_n, rich[MAX_TONES];
    bool minor;
} Chord;

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

static const struct {
    const char *name;
    int major_n, major[7], minor_n, minor[7];
} scales[] = {
    {"diatonic", 7, {0, 2, 4, 5, 7, 9, 11}, 7, {0, 2, 3, 5, 7, 8, 10}},
    {"pentatonic", 5, {0, 2, 4, 7, 9}, 5, {0, 3, 5, 7, 10}},
    {"blues", 6, {0, 3, 5, 6, 7, 10}, 6, {0, 3, 5, 6, 7, 10}},
    {"phrygian", 7, {0, 1, 3, 5, 7, 8, 10}, 7, {0, 1, 3, 5, 7, 8, 10}},
};

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

typedef struct {
    const json_t *json;
    int channel, program;
    char steps[MAX_STEPS + 1];
    const char *when;
    double level;
} Part;

#define COUNT(array) (sizeof(array) / sizeof *(array))

static double number(const json_t *json, const char *name, double otherwise) {
    const json_t *value = json_object_get(json, name);
    return value ? json_number_value(value) : otherwise;
}

static const char *text(const json_t *json, const char *name, const char *otherwise) {
    const char *value = json_string_value(json_object_get(json, name));
    return value ? value : otherwise;
}

/* One of a list, NULL of none. */
static const json_t *draw(const json_t *list, GenreRng *rng) {
    const size_t n = json_array_size(list);
    return n ? json_array_get(list, genre_rng_below(rng, (uint32_t)n)) : NULL;
}

static bool chance(GenreRng *rng, double probability) {
    return genre_rng_uniform(rng) < probability;
}

static int between(GenreRng *rng, int low, int high) {
    return low + (int)genre_rng_below(rng, (uint32_t)(high - low + 1));
}

/* The pitch class `root` in the octave from `low`. */
static int key_from(int root, int low) {
    return ((root - low) % 12 + 12) % 12 + low;
}

/* A note at a beat (counted from the start), as loosely and with as much swing as the piece has. */
static void play(const Piece *piece, int channel, double beat, double beats, int key,
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
    const char *at = json_string_value(draw(json_object_get(style, "chords"), piece->rng));
    const int kept = (int)number(style, "chords_kept", 0);
    const Chord *tonic = NULL; /* its first, which tells minor from major */
    int most = kept ? 1 : MAX_BARS;
    while (2 * most <= kept && chance(piece->rng, 0.67))
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

static GenreStatus draw_piece(Piece *piece, const json_t *style, double seconds,
                              GenreError *error) {
    const json_t *bpm = json_object_get(style, "bpm");
    const double low = json_number_value(json_array_get(bpm, 0));
    const double high = json_number_value(json_array_get(bpm, 1));
    const json_t *beats = draw(json_object_get(style, "beats"), piece->rng);
    Song *song = piece->song;
    if (!(low > 0 && high >= low))
        return genre_fail(error, GENRE_ERR_BAD_ARG, "styles: no bpm");
    piece->beat_s = 60 / genre_rng_between(piece->rng, low, high);
    piece->beats = beats ? (int)json_integer_value(beats) : 4;
    piece->n_bars = 1 + (int)(seconds / (piece->beats * piece->beat_s));
    piece->swing = json_number_value(draw(json_object_get(style, "swing"), piece->rng));
    piece->loose_s = number(style, "loose_ms", 8) / 1000;
    piece->key = json_is_true(json_object_get(style, "low_keys")) ? between(piece->rng, 0, 4)
                                                                  : between(piece->rng, 0, 11);
    song->room_size = genre_rng_uniform(piece->rng);
    song->room_level = genre_rng_uniform(piece->rng);
    song->drive =
        chance(piece->rng, number(style, "drive", 0)) ? genre_rng_between(piece->rng, 0.2, 1) : 0;
    song->speech = chance(piece->rng, number(style, "speech", 0));
    return draw_chords(piece, style, error);
}

/* The steps of a list's entry: "~" and characters to draw from, for a bar or two, are drawn here.
 */
static void draw_steps(const Piece *piece, const json_t *list, bool starts, char *steps) {
    const char *drawn = json_string_value(draw(list, piece->rng));
    if (!drawn)
        return; /* like another's */
    if (*drawn != '~') {
        snprintf(steps, MAX_STEPS + 1, "%s", drawn);
        return;
    }
    const size_t n_choices = strlen(++drawn);
    const int n = piece->beats * PER_BEAT * (chance(piece->rng, 0.3) ? 2 : 1);
    for (int i = 0; i < n; i++)
        steps[i] = drawn[genre_rng_below(piece->rng, (uint32_t)n_choices)];
    if (starts)
        steps[0] = *drawn;
    steps[n] = '\0';
}

/* How loud a step is, 0: not at all. */
static double loudness(char step, GenreRng *rng) {
    switch (step) {
    case '.':
        return 0;
    case 'X':
        return 1.1;
    case 'o':
        return 0.58;
    case '?':
        return chance(rng, 0.35) ? 0.6 : 0;
    default:
        return 1;
    }
}

/* Step `i` of a bar; patterns of several bars come again and again. */
static char step_at(const Piece *piece, const char *steps, int bar, int i) {
    const int n = (int)strlen(steps), per_bar = piece->beats * PER_BEAT;
    const int length = n % per_bar == 0 ? per_bar : WRITTEN_BAR; /* drawn for it, or written */
    return i < length && n >= length ? steps[bar % (n / length) * length + i] : '.';
}

static void play_drum(const Piece *piece, int bar, int key, double velocity, const char *steps) {
    for (int i = 0; i < piece->beats * PER_BEAT; i++) {
        const double loud = loudness(step_at(piece, steps, bar, i), piece->rng);
        if (loud > 0)
            play(piece, SONG_DRUMS, bar * piece->beats + (double)i / PER_BEAT, 0.1, key,
                 loud * velocity);
    }
}

/* Four strokes at the end of a bar. */
static void play_fill(const Piece *piece, int bar) {
    static const int strokes[][4] = {{38, 50, 47, 43}, {38, 38, 38, 38}, {50, 50, 43, 43}};
    const uint32_t which = genre_rng_below(piece->rng, COUNT(strokes));
    for (int i = 0; i < 4; i++)
        play(piece, SONG_DRUMS, (bar + 1) * piece->beats - 1 + 0.25 * i, 0.1, strokes[which][i],
             85 + 4 * i);
}

static void play_drums(const Piece *piece, const json_t *style, const Part *part) {
    const json_t *steps = json_object_get(part->json, "steps");
    const int fill = (int)number(style, "fill", 0), crash = (int)number(style, "crash", 0);
    for (size_t i = 0; i < COUNT(drums); i++) {
        char drawn[MAX_STEPS + 1] = "";
        draw_steps(piece, json_object_get(steps, drums[i].name), false, drawn);
        for (int bar = 0; bar < piece->n_bars; bar++)
            play_drum(piece, bar, drums[i].key, part->level * drums[i].velocity, drawn);
    }
    for (int bar = 0; bar < piece->n_bars; bar++) {
        if (crash && bar % crash == 0)
            play(piece, SONG_DRUMS, bar * piece->beats, 1, CRASH, 98);
        if (fill && bar % fill == fill - 1)
            play_fill(piece, bar);
    }
}

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
    while (k < piece->beats * PER_BEAT && step_at(piece, steps, bar, k) == '.')
        k++;
    return 0.95 * (k - i) / PER_BEAT;
}

static void play_notes(const Piece *piece, const Part *part, int bar) {
    const json_t *voices = json_object_get(part->json, "voices");
    const int low = (int)number(part->json, "low", 36);
    const int root = key_from(piece->roots[bar % piece->n_chords], low);
    for (int i = 0; i < piece->beats * PER_BEAT; i++) {
        const char step = step_at(piece, part->steps, bar, i);
        if (step == '.')
            continue;
        const double beat = bar * piece->beats + (double)i / PER_BEAT;
        const double held = number(part->json, "length", until_next(piece, part->steps, bar, i));
        const int key = root + interval_of(piece, step, bar);
        if (step == 'm' || !voices) {
            play(piece, part->channel, beat, step == 'm' ? 0.14 : held, key, part->level);
            continue;
        }
        for (size_t v = 0; v < json_array_size(voices); v++)
            play(piece, part->channel, beat, held,
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
        keys[i] = key_from(
            piece->roots[bar % piece->n_chords] + (rich ? chord->rich[i] : chord->tones[i]), low);
    qsort(keys, (size_t)n, sizeof *keys, compare_ints);
    return n;
}

static void play_chords(const Piece *piece, const Part *part, int bar) {
    const double roll = number(part->json, "roll", 0) / piece->beat_s;
    const bool rich = json_is_true(json_object_get(part->json, "rich")) && chance(piece->rng, 0.5);
    int keys[MAX_TONES];
    const int n_keys = voice(piece, bar, (int)number(part->json, "low", 55), rich, keys);
    for (int i = 0; i < piece->beats * PER_BEAT; i++) {
        const char step = step_at(piece, part->steps, bar, i);
        const double loud = loudness(step, piece->rng);
        if (loud <= 0)
            continue;
        const double beat = bar * piece->beats + (double)i / PER_BEAT;
        const double held = number(part->json, "length", until_next(piece, part->steps, bar, i));
        if (step >= '0' && step <= '9') {
            const int tone = step - '0';
            play(piece, part->channel, beat, held, keys[tone % n_keys] + 12 * (tone / n_keys),
                 part->level);
            continue;
        }
        for (int k = 0; k < n_keys; k++)
            play(piece, part->channel, beat + k * roll, held, keys[k], loud * part->level);
    }
}

enum { MAX_SCALE = 128, MAX_BAR_NOTES = 32, MOTIF_BARS = 4 };

/* A bar of a line: notes, and how far each is from the one before on the scale. */
typedef struct {
    bool drawn;
    int n, steps[MAX_BAR_NOTES];
    double beats[MAX_BAR_NOTES], lengths[MAX_BAR_NOTES];
} Motif;

static void draw_motif(const Piece *piece, const Part *part, const json_t *lengths, bool rests,
                       Motif *motif) {
    const double density = number(part->json, "density", 0.8);
    const int leap = (int)number(part->json, "leap", 3);
    *motif = (Motif){.drawn = true};
    for (double beat = 0; beat < piece->beats && motif->n < MAX_BAR_NOTES;) {
        const double length = json_number_value(draw(lengths, piece->rng));
        if (chance(piece->rng, density)) {
            motif->beats[motif->n] = beat;
            motif->lengths[motif->n] = fmin(length, piece->beats - beat);
            motif->steps[motif->n++] = between(piece->rng, -leap, leap);
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
    const char *name = text(part->json, "scale", "diatonic");
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
static void play_line(const Piece *piece, const Part *part) {
    const json_t *lengths = draw(json_object_get(part->json, "lengths"), piece->rng);
    const bool comes_again = !json_is_false(json_object_get(part->json, "motif"));
    const double rest = number(part->json, "rest", 0.25);
    Motif motifs[MOTIF_BARS] = {0};
    int keys[MAX_SCALE];
    const int n = scale_keys(piece, part, keys);
    int at = n / 2;
    if (n == 0 || !lengths)
        return;
    for (int bar = 0; bar < piece->n_bars; bar++) {
        Motif *motif = &motifs[bar % MOTIF_BARS];
        if (!motif->drawn || !comes_again)
            draw_motif(piece, part, lengths, bar > 0 && chance(piece->rng, rest), motif);
        for (int i = 0; i < motif->n; i++) {
            const double beat = motif->beats[i];
            at += motif->steps[i] + (chance(piece->rng, 0.3) ? between(piece->rng, -1, 1) : 0);
            at = at < 0 ? 0 : at >= n ? n - 1 : at;
            if (beat == floor(beat) || motif->lengths[i] >= 1)
                at = towards_chord(piece, bar, keys, n, at);
            play(piece, part->channel, bar * piece->beats + beat,
                 motif->lengths[i] * genre_rng_between(piece->rng, 0.7, 0.98), keys[at],
                 part->level + (beat == 0 ? 8 : 0));
        }
    }
}

static bool is(const Part *part, const char *kind) {
    return strcmp(text(part->json, "play", ""), kind) == 0;
}

/* Who plays: instrument, place, steps. `parts` are those before it. False: nobody does, as who it
 * is to be like does not either, or there is no channel left. */
static bool draw_part(const Piece *piece, const json_t *styles, Part *part, const Part *parts,
                      int n_parts) {
    Song *song = piece->song;
    const bool kit = is(part, "drums");
    const char *like = text(part->json, "like", NULL);
    const json_t *programs = json_object_get(part->json, kit ? "kits" : "programs");
    if (json_is_string(programs))
        programs =
            json_object_get(json_object_get(styles, "programs"), json_string_value(programs));
    part->program = (int)json_integer_value(draw(programs, piece->rng));
    const Part *model = NULL;
    for (int i = 0; i < n_parts && like; i++)
        if (strcmp(text(parts[i].json, "name", ""), like) == 0)
            model = &parts[i];
    if (song->n_channels == SONG_DRUMS)
        song->n_channels++;
    if ((like && !model) || (!kit && song->n_channels == SONG_CHANNELS))
        return false;
    if (model && !programs)
        part->program = model->program;
    if (model)
        memcpy(part->steps, model->steps, sizeof part->steps);
    if (!kit)
        draw_steps(piece, json_object_get(part->json, "steps"), is(part, "notes"), part->steps);
    part->when = json_string_value(draw(json_object_get(part->json, "when"), piece->rng));
    part->level = number(part->json, "level", kit ? 1 : 80);
    part->channel = kit ? SONG_DRUMS : song->n_channels++;
    const bool low = kit || number(part->json, "low", 60) < 36; /* in the middle, and near */
    const int volume = low ? between(piece->rng, 100, 125) : between(piece->rng, 75, 115);
    const int pan = low ? 64 : between(piece->rng, 30, 98);
    const int reverb = between(piece->rng, 0, low ? 40 : 90);
    song->channels[part->channel] =
        (SongChannel){.program = part->program,
                      .volume = (int)number(part->json, "volume", volume),
                      .pan = (int)number(part->json, "pan", pan),
                      .reverb = reverb};
    return true;
}

static void play_part(const Piece *piece, const json_t *style, const Part *part) {
    if (is(part, "drums"))
        play_drums(piece, style, part);
    else if (is(part, "line"))
        play_line(piece, part);
    else
        for (int bar = 0; bar < piece->n_bars; bar++)
            if ((!part->when || part->when[bar % (int)strlen(part->when)] == 'x') && *part->steps)
                is(part, "notes") ? play_notes(piece, part, bar) : play_chords(piece, part, bar);
}

/* One of the genre's styles, by their shares. */
static const json_t *draw_style(const json_t *styles, const char *genre, GenreRng *rng) {
    const json_t *all = json_object_get(styles, "styles"), *drawn = NULL;
    double sum = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *style = json_array_get(all, i);
        if (strcmp(text(style, "genre", ""), genre) != 0)
            continue;
        const double share = number(style, "share", 1);
        sum += share;
        if (genre_rng_uniform(rng) * sum < share)
            drawn = style;
    }
    return drawn;
}

json_t *styles_read(void) {
    return json_loadb((const char *)styles_json_bytes, styles_json_size, 0, NULL);
}

const char *styles_genre(const json_t *styles, int i) {
    const json_t *all = json_object_get(styles, "styles");
    const char *before = "";
    for (size_t k = 0; k < json_array_size(all); k++) {
        const char *genre = text(json_array_get(all, k), "genre", "");
        if (strcmp(genre, before) != 0 && i-- == 0)
            return genre;
        before = genre;
    }
    return NULL;
}

GenreStatus styles_compose(const json_t *styles, const char *genre, double seconds, GenreRng *rng,
                           Song *song, GenreError *error) {
    Piece piece = {.song = song, .rng = rng};
    Part drawn[MAX_PARTS] = {0};
    const json_t *style = draw_style(styles, genre, rng);
    int n = 0;
    *song = (Song){.genre = genre};
    if (!style)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "styles: no genre \"%s\"", genre);
    const GenreStatus status = draw_piece(&piece, style, seconds, error);
    if (status)
        return status;
    const json_t *parts = json_object_get(style, "parts");
    for (size_t i = 0; i < json_array_size(parts) && n < MAX_PARTS; i++) {
        Part *part = &drawn[n];
        *part = (Part){.json = json_array_get(parts, i)};
        if (!chance(rng, number(part->json, "chance", 1)))
            continue;
        if (draw_part(&piece, styles, part, drawn, n)) {
            play_part(&piece, style, part);
            n++;
        }
    }
    song_sort(song);
    return song->failed ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory") : GENRE_SUCCESS;
}
