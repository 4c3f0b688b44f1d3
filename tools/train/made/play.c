#include "made/play.h"

#include <fluidsynth.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"

enum { BLOCK = 256, PERCUSSION_BANK = 128, REVERB_SEND = 91 };

/* One of each group, the first that is there. */
static const char *const usual[][3] = {
    {"/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/soundfonts/FluidR3_GM.sf2", NULL},
    {"/usr/share/sounds/sf2/TimGM6mb.sf2", NULL, NULL},
    {"/usr/share/sounds/sf3/MuseScore_General.sf3",
     "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3", NULL},
};

static const float SILENCE = 1e-4f;

struct Player {
    fluid_settings_t *settings;
    fluid_synth_t *keeper; /* has read the fonts, and FluidSynth shares what it has read */
    int n_fonts;
    char *paths[PLAYER_MAX_FONTS];
};

static GenreStatus add_font(Player *player, const char *path, GenreError *error) {
    if (player->n_fonts == PLAYER_MAX_FONTS)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "more than %d soundfonts", PLAYER_MAX_FONTS);
    if (!fluid_is_soundfont(path) || fluid_synth_sfload(player->keeper, path, 0) == FLUID_FAILED)
        return genre_fail(error, GENRE_ERR_OPEN, "%s is no soundfont that can be read", path);
    player->paths[player->n_fonts] = strdup(path);
    return player->paths[player->n_fonts++]
               ? GENRE_SUCCESS
               : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

static GenreStatus add_usual_fonts(Player *player, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !status; i++)
        for (size_t k = 0; k < 3 && usual[i][k]; k++)
            if (access(usual[i][k], R_OK) == 0) {
                status = add_font(player, usual[i][k], error);
                break;
            }
    if (!status && player->n_fonts == 0)
        return genre_fail(
            error, GENRE_ERR_OPEN,
            "there is no soundfont: install fluid-soundfont-gm, timgm6mb-soundfont or "
            "musescore-general-soundfont, or name one with --soundfont");
    return status;
}

GenreStatus player_open(Player **out, const char *const *paths, int n, double rate_hz,
                        GenreError *error) {
    Player *player = *out = calloc(1, sizeof *player);
    if (!player)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    for (int level = FLUID_PANIC; level < LAST_LOG_LEVEL; level++)
        fluid_set_log_function(level, NULL, NULL); /* what goes wrong is said here */
    player->settings = new_fluid_settings();
    if (player->settings) {
        fluid_settings_setnum(player->settings, "synth.sample-rate", rate_hz);
        fluid_settings_setnum(player->settings, "synth.gain", 0.4);
        player->keeper = new_fluid_synth(player->settings);
    }
    GenreStatus status = player->keeper ? GENRE_SUCCESS
                                        : genre_fail(error, GENRE_ERR_OPEN,
                                                     "FluidSynth cannot play at %g Hz", rate_hz);
    for (int i = 0; i < n && !status; i++)
        status = add_font(player, paths[i], error);
    if (!status && n == 0)
        status = add_usual_fonts(player, error);
    if (status) {
        player_close(player);
        *out = NULL;
    }
    return status;
}

int player_n_fonts(const Player *player) {
    return player->n_fonts;
}

/* Each channel's instrument and its place. */
static void set_up(fluid_synth_t *synth, const Song *song, int font) {
    fluid_synth_set_reverb_group_roomsize(synth, -1, song->room_size);
    fluid_synth_set_reverb_group_level(synth, -1, song->room_level);
    for (int i = 0; i < SONG_CHANNELS; i++) {
        const SongChannel *channel = &song->channels[i];
        const int bank = i == SONG_DRUMS ? PERCUSSION_BANK : 0;
        if (fluid_synth_program_select(synth, i, font, bank, channel->program) == FLUID_FAILED)
            fluid_synth_program_select(synth, i, font, bank, 0);
        fluid_synth_cc(synth, i, 7, channel->volume);
        fluid_synth_cc(synth, i, 10, channel->pan);
        fluid_synth_cc(synth, i, REVERB_SEND, channel->reverb);
    }
}

/* The next samples from number `from` to `to`. */
static bool render(fluid_synth_t *synth, Mono *mono, size_t from, size_t to) {
    float left[BLOCK], right[BLOCK];
    while (from < to) {
        const int n = to - from < BLOCK ? (int)(to - from) : BLOCK;
        if (fluid_synth_write_float(synth, n, left, 0, 1, right, 0, 1) == FLUID_FAILED)
            return false;
        for (int i = 0; i < n; i++)
            mono->samples[from++] = 0.5f * (left[i] + right[i]);
    }
    return true;
}

static bool play(fluid_synth_t *synth, const Song *song, Mono *mono) {
    size_t now = 0;
    bool ok = true;
    int sounding[SONG_CHANNELS][128] = {{0}};
    for (size_t i = 0; i < song->n && ok; i++) {
        const SongEvent *event = &song->events[i];
        const double at = event->at_s * mono->rate_hz;
        if (at >= (double)mono->n)
            break;
        ok = render(synth, mono, now, (size_t)at);
        now = (size_t)at;
        int *here = &sounding[event->channel][event->key];
        if (event->velocity > 0) {
            fluid_synth_noteon(synth, event->channel, event->key, event->velocity);
            ++*here;
        } else if (--*here == 0) /* else the note has been struck again, and sounds on */
            fluid_synth_noteoff(synth, event->channel, event->key);
    }
    return ok && render(synth, mono, now, mono->n);
}

/* On an instrument of its own: what FluidSynth's reverb does hangs on how long it has been there,
 * also after all resets that it has. */
GenreStatus player_play(const Player *player, const Song *song, int font, Mono *mono,
                        GenreError *error) {
    fluid_synth_t *synth = new_fluid_synth(player->settings);
    const int id = synth ? fluid_synth_sfload(synth, player->paths[font], 0) : FLUID_FAILED;
    bool ok = id != FLUID_FAILED;
    if (ok) {
        set_up(synth, song, id);
        ok = play(synth, song, mono);
    }
    delete_fluid_synth(synth);
    if (!ok)
        return genre_fail(error, GENRE_ERR_FORMAT, "FluidSynth cannot play");
    for (size_t i = 0; i < mono->n; i++)
        if (fabsf(mono->samples[i]) > SILENCE)
            return GENRE_SUCCESS;
    return genre_fail(error, GENRE_ERR_FORMAT, "%s has no instruments for %s", player->paths[font],
                      song->genre);
}

void player_close(Player *player) {
    if (!player)
        return;
    delete_fluid_synth(player->keeper);
    delete_fluid_settings(player->settings);
    for (int i = 0; i < player->n_fonts; i++)
        free(player->paths[i]);
    free(player);
}
