/* Plays songs through soundfonts, by FluidSynth. */
#ifndef GENRE_TRAIN_PLAY_H
#define GENRE_TRAIN_PLAY_H

#include "clips/mono.h"
#include "made/song.h"

enum { PLAYER_MAX_FONTS = 16 };

typedef struct Player Player;

/* Opens the soundfonts (`n` paths; n == 0: those found where Debian, Fedora and Arch put them).
 * GENRE_ERR_OPEN: there is none, one is not to be read, or this build lacks FluidSynth. */
GenreStatus player_open(Player **player, const char *const *paths, int n, double rate_hz,
                        GenreError *error);

int player_n_fonts(const Player *player);

/* The song (sorted) from its start into mono->samples (mono->n of them, at the player's rate), by
 * the instruments of soundfont `font`. An instrument that it lacks sounds as its first. Leaves
 * nothing behind; may be called on several threads at once. GENRE_ERR_FORMAT: nothing sounded. */
GenreStatus player_play(const Player *player, const Song *song, int font, Mono *mono,
                        GenreError *error);

void player_close(Player *player);

#endif
