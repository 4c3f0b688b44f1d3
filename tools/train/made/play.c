#include "made/play.h"

#include <fluidsynth.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"

enum { MAX_FONTS = 16, BLOCK = 256, PERCUSSION_BANK = 128, REVERB_SEND = 91 };

/* One of each group, the first that is there: they are the same sounds packed otherwise. */
static const char *const usual[][3] = {
    {"/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/soundfonts/FluidR3_GM.sf2", NULL},
    {"/usr/share/sounds/sf2/TimGM6mb.sf2", NULL, NULL},
    {"/usr/share/sounds/sf3/MuseScore_General.sf3",
     "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3", NULL},
};

struct Player {
    fluid_settings_t *settings;
    fluid_synth_t *synth;
    double rate_hz;
    int fonts[MAX_FONTS], n_fonts; /* FluidSynth's numbers */
    char *paths[MAX_FONTS];
};

static GenreStatus add_font(Player *player, const char *path, GenreError *error) {
    if (player->n_fonts == MAX_FONTS)
        return genre_fail(error, GENRE_ERR_BAD_ARG, "more than %d soundfonts", MAX_FONTS);
    char *copy = strdup(path);
    if (!copy)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    const int font = fluid_is_soundfont(path) ? fluid_synth_sfload(player->synth, path, 0) : -1;
    if (font == FLUID_FAILED) {
        free(copy);
        return genre_fail(error, GENRE_ERR_OPEN, "%s is no soundfont that can be read", path);
    }
    player->paths[player->n_fonts] = copy;
    player->fonts[player->n_fonts++] = font;
    return GENRE_SUCCESS;
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
    player->rate_hz = rate_hz;
    player->settings = new_fluid_settings();
    if (player->settings) {
        fluid_settings_setnum(player->settings, "synth.sample-rate", rate_hz);
        fluid_settings_setnum(player->settings, "synth.gain", 0.4);
        player->synth = new_fluid_synth(player->settings);
    }
    GenreStatus status = player->synth ? GENRE_SUCCESS
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

const char *player_font(const Player *player, int k) {
    return player->paths[k];
}

/* From silence, each channel's instrument and its place. */
static void set_up(Player *player, const Song *song, int font) {
    fluid_synth_system_reset(player->synth);
    fluid_synth_set_reverb_group_roomsize(player->synth, -1, song->room_size);
    fluid_synth_set_reverb_group_level(player->synth, -1, song->room_level);
    for (int i = 0; i < SONG_CHANNELS; i++) {
        const SongChannel *channel = &song->channels[i];
        const int bank = i == SONG_DRUMS ? PERCUSSION_BANK : 0;
        if (fluid_synth_program_select(player->synth, i, font, bank, channel->program) ==
            FLUID_FAILED)
            fluid_synth_program_select(player->synth, i, font, bank, 0);
        fluid_synth_cc(player->synth, i, 7, channel->volume);
        fluid_synth_cc(player->synth, i, 10, channel->pan);
        fluid_synth_cc(player->synth, i, REVERB_SEND, channel->reverb);
    }
}

/* The next samples from number `from` to `to`. */
static bool render(Player *player, Mono *mono, size_t from, size_t to) {
    float left[BLOCK], right[BLOCK];
    while (from < to) {
        const int n = to - from < BLOCK ? (int)(to - from) : BLOCK;
        if (fluid_synth_write_float(player->synth, n, left, 0, 1, right, 0, 1) == FLUID_FAILED)
            return false;
        for (int i = 0; i < n; i++)
            mono->samples[from++] = 0.5f * (left[i] + right[i]);
    }
    return true;
}

GenreStatus player_play(Player *player, const Song *song, int font, Mono *mono, GenreError *error) {
    size_t now = 0;
    bool ok = true;
    set_up(player, song, player->fonts[font]);
    for (size_t i = 0; i < song->n && ok; i++) {
        const SongEvent *event = &song->events[i];
        const double at = event->at_s * player->rate_hz;
        if (at >= (double)mono->n)
            break;
        ok = render(player, mono, now, (size_t)at);
        now = (size_t)at;
        if (event->velocity > 0)
            fluid_synth_noteon(player->synth, event->channel, event->key, event->velocity);
        else
            fluid_synth_noteoff(player->synth, event->channel, event->key);
    }
    ok = ok && render(player, mono, now, mono->n);
    return ok ? GENRE_SUCCESS : genre_fail(error, GENRE_ERR_FORMAT, "FluidSynth cannot play");
}

void player_close(Player *player) {
    if (!player)
        return;
    delete_fluid_synth(player->synth);
    delete_fluid_settings(player->settings);
    for (int i = 0; i < player->n_fonts; i++)
        free(player->paths[i]);
    free(player);
}
