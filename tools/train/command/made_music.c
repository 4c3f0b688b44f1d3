/* Writes clips of made-up music in many genres, to train with. */
#include <math.h>
#include <stdio.h>

#include "command/commands.h"
#include "made/arguments.h"
#include "made/sounds.h"
#include "made/styles.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train made-music FOLDER [OPTION]...\n\n"
    "Makes up clips of music, all genres in turn, and FOLDER/manifest.csv with them: drums,\n"
    "basses, chords and tunes as each genre has them, drawn at random and played by\n"
    "FluidSynth through the soundfonts that are installed. Over most hip-hop the program\n"
    "espeak-ng talks. All are for training, where, beside recorded music, they show what\n"
    "belongs to a genre and not to its recordings. The same arguments and soundfonts give\n"
    "the same clips.\n\n"
    "  -n, --clips N         how many, 1 to 100000 (440)\n"
    "      --seconds S       how long each is, 2 to 60 (30)\n"
    "      --seed N          other clips of the same genres (1)\n"
    "      --soundfont FILE  plays through this one; may be given several times. Else those\n"
    "                        of fluid-soundfont-gm, timgm6mb-soundfont and\n"
    "                        musescore-general-soundfont, as far as they are there\n"
    "  -j, --jobs N          threads (default: one per processor)\n"
    "      --no-speech       nothing that takes espeak-ng\n"
    "  -h, --help            this text\n";

/* How a recording sounds that someone has mixed otherwise. */
static const char changes[] = "{\"variants\": 1, \"eq_db\": 5}";

/* Loud enough for the tops to bend, which the softer parts come nearer to. */
static void distort(Mono *mono, double drive) {
    const float gain = 1 + 4 * (float)drive;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] = tanhf(gain * mono->samples[i]);
}

/* The i-th clip's genre, all in turn. */
static const char *genre_of(const json_t *styles, long i) {
    int n = 0;
    while (styles_genre(styles, n))
        n++;
    return styles_genre(styles, (int)(i % n));
}

static GenreStatus make(const MadeArguments *arguments, const Player *player, long i, GenreRng *rng,
                        MadeClip *clip, Mono *mono, GenreError *error) {
    json_t *styles = styles_read();
    if (!styles)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    Song song = {0};
    clip->dataset = "made-music";
    snprintf(clip->genre, sizeof clip->genre, "%s", genre_of(styles, i));
    snprintf(clip->id, sizeof clip->id, "%s-%ld-%04ld", clip->genre, arguments->seed, i);
    snprintf(clip->by, sizeof clip->by, "%s-%ld-%ld", clip->genre, arguments->seed,
             i); /* no two are by the same */
    GenreStatus status = made_silence(mono, (double)arguments->seconds, error);
    if (!status)
        status = styles_compose(styles, clip->genre, (double)arguments->seconds, rng, &song, error);
    const int font = (int)genre_rng_below(rng, (uint32_t)player_n_fonts(player));
    if (!status)
        status = player_play(player, &song, font, mono, error);
    if (!status) {
        made_set_peak(mono, 1);
        if (song.drive > 0)
            distort(mono, song.drive);
    }
    const double voice = genre_rng_between(rng, 0.6, 1.4);
    if (!status && song.speech && !arguments->no_speech)
        status = speech_add(mono, voice, rng, error);
    song_free(&song);
    json_decref(styles);
    return status;
}

int command_made_music(int argc, char **argv) {
    static const MadeCommand command = {.name = "made-music",
                                        .help = help,
                                        .doing = "composing",
                                        .changes = changes,
                                        .n_low = 1,
                                        .n_high = 100000,
                                        .n = 440,
                                        .plays = true,
                                        .make = make};
    return made_run(&command, argc, argv);
}
