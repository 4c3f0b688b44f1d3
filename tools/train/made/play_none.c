/* Stands in for play.c in a build without FluidSynth. */
#include "made/play.h"
#include "status.h"

GenreStatus player_open(Player **player, const char *const *paths, int n, double rate_hz,
                        GenreError *error) {
    (void)paths, (void)n, (void)rate_hz;
    *player = NULL;
    return genre_fail(error, GENRE_ERR_OPEN,
                      "this genrecast-train was built without FluidSynth, which plays the music");
}

int player_n_fonts(const Player *player) {
    (void)player;
    return 0;
}

GenreStatus player_play(const Player *player, const Song *song, int font, Mono *mono,
                        GenreError *error) {
    (void)player, (void)song, (void)font, (void)mono;
    return genre_fail(error, GENRE_ERR_OPEN, "there is no FluidSynth");
}

void player_close(Player *player) {
    (void)player;
}
