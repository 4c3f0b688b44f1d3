/* Writes clips of what is not music, to train and to test with. */
#include <stdio.h>

#include "command/commands.h"
#include "made/arguments.h"
#include "made/sounds.h"

static const char help[] =
    "usage: genrecast-train not-music FOLDER [OPTION]...\n\n"
    "Makes clips of what is not music, and FOLDER/manifest.csv with them, whose genre is\n"
    "\"not-music\": half of them speech by the program espeak-ng, the rest noise, machines,\n"
    "tones, applause and the like. About a quarter is for validation: voices, languages and\n"
    "kinds of sound that the others do not have. The same arguments give the same clips.\n"
    "With a recipe that has \"not_music\": \"not-music\" they teach a model to answer\n"
    "\"unknown\" to such sounds.\n\n"
    "  -n, --clips N      how many, 4 to 10000 (400)\n"
    "      --seconds S    the longest, 2 to 60 (30); the shortest has a third of it\n"
    "      --seed N       other clips of the same kinds (1)\n"
    "  -j, --jobs N       threads (default: one per processor)\n"
    "      --no-speech    none that takes espeak-ng\n"
    "  -h, --help         this text\n";

/* What happens to sound on its way: rooms, noise, small loudspeakers, codecs. */
static const char changes[] =
    "{\"variants\": 1, \"room\": 0.4, \"noise\": 0.3, \"microphone\": 0.3, \"codec\": 0.3,"
    " \"low_pass\": 0.15, \"eq_db\": 4}";

/* The kind of sound that the n-th clip that is for training, or held out, has: all in turn. */
static int kind_of(bool held_out, long n) {
    for (int kind = 0;; kind++) {
        if (!sounds_at(kind))
            kind = 0;
        if (sounds_at(kind)->held_out == held_out && n-- == 0)
            return kind;
    }
}

static GenreStatus make(const MadeArguments *arguments, const Player *player, long i, GenreRng *rng,
                        MadeClip *clip, Mono *mono, GenreError *error) {
    (void)player;
    const double longest_s = (double)arguments->seconds;
    const bool speech = !arguments->no_speech && i % 2 == 0;
    const long turn = arguments->no_speech ? i : i / 2; /* among its own */
    clip->held_out = turn % 4 == 3;
    const int kind = kind_of(clip->held_out, clip->held_out ? turn / 4 : turn - turn / 4);
    clip->dataset = speech ? "made-speech" : sounds_at(kind)->group;
    snprintf(clip->genre, sizeof clip->genre, "not-music");
    snprintf(clip->by, sizeof clip->by, "%s", speech ? "" : sounds_at(kind)->name);
    snprintf(clip->id, sizeof clip->id, "%s-%04ld", speech ? "speech" : clip->by, i);
    const GenreStatus status =
        made_silence(mono, genre_rng_between(rng, longest_s / 3, longest_s), error);
    if (status)
        return status;
    return speech ? speech_make(clip->held_out, mono, rng, clip->by, error)
                  : sounds_make(kind, mono, rng, error);
}

int command_not_music(int argc, char **argv) {
    static const MadeCommand command = {.name = "not-music",
                                        .help = help,
                                        .doing = "making sounds",
                                        .changes = changes,
                                        .n_low = 4,
                                        .n_high = 10000,
                                        .n = 400,
                                        .make = make};
    return made_run(&command, argc, argv);
}
