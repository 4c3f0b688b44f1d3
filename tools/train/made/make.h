/* Makes clips up, a few at a time on as many threads: what the commands not-music and made-music
 * have in common. A clip depends on the seed and its number, not on those beside it. */
#ifndef GENRE_TRAIN_MADE_MAKE_H
#define GENRE_TRAIN_MADE_MAKE_H

#include "made/folder.h"
#include "made/play.h"

enum { MADE_RATE_HZ = 22050 };

typedef struct {
    const char *folder, *fonts[PLAYER_MAX_FONTS];
    int n_fonts;
    long n, seconds, seed, jobs;
    bool no_speech;
} MadeArguments;

/* Says in `clip` what the i-th is, by the arguments, and draws its sound by `rng`: mono->samples
 * from made_silence, whatever comes of it. `player` is NULL for a command that does not play. On
 * any thread. */
typedef GenreStatus MadeMake(const MadeArguments *arguments, const Player *player, long i,
                             GenreRng *rng, MadeClip *clip, Mono *mono, GenreError *error);

typedef struct {
    const char *name, *help, *doing; /* the last for the progress bar */
    const char *changes;             /* a recipe's "waveform": what happens to each on its way */
    long n_low, n_high, n;           /* clips: at least, at most, if not said */
    bool plays;                      /* has a player, and takes --soundfont */
    MadeMake *make;
} MadeCommand;

/* Room for so long a sound, silent. */
GenreStatus made_silence(Mono *mono, double seconds, GenreError *error);

/* Makes all clips, changes them, brings them to levels drawn at random, and writes the folder. */
GenreStatus made_make(const MadeCommand *command, const MadeArguments *arguments,
                      GenreError *error);

#endif
