/* What the tests of the LV2 plugin start from: some music, and a model file in a folder. */
#ifndef GENRE_TESTS_PLUGIN_FIXTURE_H
#define GENRE_TESTS_PLUGIN_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_host.h"
#include "plugin_models.h"
#include "run.h"
#include "sound.h"

enum { RATE_HZ = 44100, SECONDS = 6, N = RATE_HZ * SECONDS };

static float *music;
static char folder[64], model_path[100];

static inline void set_up(void) {
    music = calloc(N, sizeof *music);
    sound_music(music, N, RATE_HZ);
    strcpy(folder, "/tmp/genrecast-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(model_path, sizeof model_path, "%s/other.safetensors", folder);
    write_other_model(model_path);
}

static inline void tear_down(void) {
    unlink(model_path);
    rmdir(folder);
    free(music);
}

#endif
