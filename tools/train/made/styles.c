#include "made/styles.h"

#include <string.h>

#include "made/piece.h"
#include "status.h"

extern const unsigned char styles_json_bytes[];
extern const size_t styles_json_size;

enum { MAX_PARTS = 16 };

static bool is(const Part *part, const char *kind) {
    return strcmp(piece_text(part->json, "play", ""), kind) == 0;
}

/* Who plays: instrument, place, steps. `parts` are those before it. False: nobody does, as who it
 * is to be like does not either, or there is no channel left. */
static bool draw_part(const Piece *piece, const json_t *styles, Part *part, const Part *parts,
                      int n_parts) {
    Song *song = piece->song;
    const bool kit = is(part, "drums");
    const char *like = piece_text(part->json, "like", NULL);
    const json_t *programs = json_object_get(part->json, kit ? "kits" : "programs");
    if (json_is_string(programs))
        programs =
            json_object_get(json_object_get(styles, "programs"), json_string_value(programs));
    part->program = (int)json_integer_value(piece_pick(programs, piece->rng));
    const Part *model = NULL;
    for (int i = 0; i < n_parts && like; i++)
        if (strcmp(piece_text(parts[i].json, "name", ""), like) == 0)
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
        piece_draw_steps(piece, json_object_get(part->json, "steps"), is(part, "notes"),
                         part->steps);
    part->when = json_string_value(piece_pick(json_object_get(part->json, "when"), piece->rng));
    part->level = piece_number(part->json, "level", kit ? 1 : 80);
    part->channel = kit ? SONG_DRUMS : song->n_channels++;
    const bool low = kit || piece_number(part->json, "low", 60) < 36; /* in the middle, and near */
    const int volume =
        low ? piece_between(piece->rng, 100, 125) : piece_between(piece->rng, 75, 115);
    const int pan = low ? 64 : piece_between(piece->rng, 30, 98);
    const int reverb = piece_between(piece->rng, 0, low ? 40 : 90);
    song->channels[part->channel] =
        (SongChannel){.program = part->program,
                      .volume = (int)piece_number(part->json, "volume", volume),
                      .pan = (int)piece_number(part->json, "pan", pan),
                      .reverb = reverb};
    return true;
}

static void play_part(const Piece *piece, const json_t *style, const Part *part) {
    if (is(part, "drums"))
        part_play_drums(piece, style, part);
    else if (is(part, "line"))
        part_play_line(piece, part);
    else
        for (int bar = 0; bar < piece->n_bars; bar++)
            if ((!part->when || part->when[bar % (int)strlen(part->when)] == 'x') && *part->steps)
                is(part, "notes") ? part_play_notes(piece, part, bar)
                                  : part_play_chords(piece, part, bar);
}

/* One of the genre's styles, by their shares. */
static const json_t *draw_style(const json_t *styles, const char *genre, GenreRng *rng) {
    const json_t *all = json_object_get(styles, "styles"), *drawn = NULL;
    double sum = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *style = json_array_get(all, i);
        if (strcmp(piece_text(style, "genre", ""), genre) != 0)
            continue;
        const double share = piece_number(style, "share", 1);
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
        const char *genre = piece_text(json_array_get(all, k), "genre", "");
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
    const GenreStatus status = piece_draw(&piece, style, seconds, error);
    if (status)
        return status;
    const json_t *parts = json_object_get(style, "parts");
    for (size_t i = 0; i < json_array_size(parts) && n < MAX_PARTS; i++) {
        Part *part = &drawn[n];
        *part = (Part){.json = json_array_get(parts, i)};
        if (!piece_chance(rng, piece_number(part->json, "chance", 1)))
            continue;
        if (draw_part(&piece, styles, part, drawn, n)) {
            play_part(&piece, style, part);
            n++;
        }
    }
    song_sort(song);
    return song->failed ? genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory") : GENRE_SUCCESS;
}
