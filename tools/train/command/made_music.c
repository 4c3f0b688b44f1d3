/* Writes clips of made-up music in many genres, to train with. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/progress.h"
#include "command/commands.h"
#include "made/arguments.h"
#include "made/folder.h"
#include "made/play.h"
#include "made/sounds.h"
#include "made/styles.h"
#include "status.h"
#include "waveform/waveform.h"

enum { RATE_HZ = 22050 };

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
    "      --no-speech       nothing that takes espeak-ng\n"
    "  -h, --help            this text\n";

typedef struct {
    const MadeArguments *arguments;
    json_t *styles;
    Player *player;
    Waveform waveform;
    Mono mono;
} Maker;

/* How a recording sounds that someone has mixed otherwise. */
static const char changes[] = "{\"variants\": 1, \"eq_db\": 5}";

/* Loud enough for the tops to bend, which the softer parts come nearer to. */
static void distort(Mono *mono, double drive) {
    const float gain = 1 + 4 * (float)drive;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] = tanhf(gain * mono->samples[i]);
}

static GenreStatus make_clip(Maker *maker, long i, int n_genres, MadeClip *clip,
                             GenreError *error) {
    GenreRng rng = genre_rng((uint64_t)maker->arguments->seed, (uint64_t)i);
    Song song;
    *clip = (MadeClip){.dataset = "made-music",
                       .genre = styles_genre(maker->styles, (int)(i % n_genres))};
    snprintf(clip->id, sizeof clip->id, "%s-%ld-%04ld", clip->genre, maker->arguments->seed, i);
    snprintf(clip->by, sizeof clip->by, "%s-%ld-%ld", clip->genre, maker->arguments->seed,
             i); /* no two are by the same */
    const double seconds = (double)maker->mono.n / RATE_HZ;
    GenreStatus status = styles_compose(maker->styles, clip->genre, seconds, &rng, &song, error);
    const int font = (int)genre_rng_below(&rng, (uint32_t)player_n_fonts(maker->player));
    if (!status)
        status = player_play(maker->player, &song, font, &maker->mono, error);
    if (!status) {
        made_set_peak(&maker->mono, 1);
        if (song.drive > 0)
            distort(&maker->mono, song.drive);
    }
    const double voice = genre_rng_between(&rng, 0.6, 1.4);
    if (!status && song.speech && !maker->arguments->no_speech)
        status = speech_add(&maker->mono, voice, &rng, error);
    song_free(&song);
    if (!status)
        status = waveform_apply(&maker->waveform, clip->id, 1, &maker->mono, NULL, error);
    if (!status)
        made_draw_level(&maker->mono, &rng);
    return status;
}

static GenreStatus make_all(Maker *maker, MadeFolder *folder, GenreError *error) {
    const long n = maker->arguments->n;
    int n_genres = 0;
    while (styles_genre(maker->styles, n_genres))
        n_genres++;
    GenreProgress progress = genre_progress_start("composing");
    GenreStatus status = GENRE_SUCCESS;
    for (long i = 0; i < n && !status; i++) {
        MadeClip clip;
        status = make_clip(maker, i, n_genres, &clip, error);
        if (!status)
            status = made_folder_add(folder, &clip, &maker->mono, error);
        genre_progress_show(&progress, (double)(i + 1) / (double)n, clip.genre);
    }
    genre_progress_clear(&progress);
    return status;
}

static GenreStatus run(const MadeArguments *arguments, GenreError *error) {
    Maker maker = {.arguments = arguments,
                   .styles = styles_read(),
                   .mono = {.rate_hz = RATE_HZ, .n = (size_t)(arguments->seconds * RATE_HZ)}};
    MadeFolder folder = {0};
    json_t *json = json_loads(changes, 0, NULL);
    json_object_set_new(json, "seed", json_integer(arguments->seed));
    maker.mono.samples = calloc(maker.mono.n, sizeof *maker.mono.samples);
    GenreStatus status = maker.styles && maker.mono.samples
                             ? waveform_read(&maker.waveform, json, error)
                             : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status && !arguments->no_speech && !speech_is_there())
        status = genre_fail(error, GENRE_ERR_OPEN, "%s", speech_is_missing);
    if (!status)
        status = player_open(&maker.player, arguments->fonts, arguments->n_fonts, RATE_HZ, error);
    if (!status)
        status = made_folder_open(&folder, arguments->folder, error);
    if (!status)
        status = make_all(&maker, &folder, error);
    status = made_folder_close(&folder, status, error);
    player_close(maker.player);
    free(maker.mono.samples);
    json_decref(maker.styles);
    json_decref(json);
    return status;
}

int command_made_music(int argc, char **argv) {
    static const MadeCommand command = {.name = "made-music",
                                        .help = help,
                                        .n_low = 1,
                                        .n_high = 100000,
                                        .n = 440,
                                        .plays = true,
                                        .run = run};
    return made_run(&command, argc, argv);
}
