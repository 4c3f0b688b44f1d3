/* The LV2 plugins as a host sees them: audio, ports, messages, models, state, OSC. */
#include <arpa/inet.h>
#include <lv2/atom/util.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "genrecast.h"
#include "plugin_host.h"
#include "plugin_models.h"
#include "run.h"
#include "sound.h"

enum { RATE_HZ = 44100, SECONDS = 6, N = RATE_HZ * SECONDS };

static float *music;
static char folder[64], model_path[100];

static void set_up(void) {
    music = calloc(N, sizeof *music);
    sound_music(music, N, RATE_HZ);
    strcpy(folder, "/tmp/genrecast-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(model_path, sizeof model_path, "%s/other.safetensors", folder);
    write_other_model(model_path);
}

static void tear_down(void) {
    unlink(model_path);
    rmdir(folder);
    free(music);
}

/* What the ports must show: the classifier's estimate, with the default model's labels. */
static void check_shows(const Host *host, const GenreEstimate *e) {
    const float genre = e->state == GENRE_STATE_SILENCE ? GENRE_PORT_SILENCE : (float)e->genre;
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], genre);
    ck_assert_float_eq(host->control[GENRE_OUT_CONFIDENCE], e->confidence);
    ck_assert_float_eq(host->control[GENRE_OUT_SILENCE], e->state == GENRE_STATE_SILENCE);
    for (int i = 0; i < GENRE_N_DEFAULT_LABELS; i++)
        ck_assert_float_eq(host->control[GENRE_OUT_SCORES + i], e->scores[i]);
}

static void check_neutral(const Host *host) {
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_UNKNOWN);
    ck_assert_float_eq(host->control[GENRE_OUT_CONFIDENCE], 0);
    ck_assert_float_eq(host->control[GENRE_OUT_LEVEL], -120);
    ck_assert_float_eq(host->control[GENRE_OUT_SILENCE], 0);
    ck_assert_float_eq(host->control[GENRE_OUT_LATENCY], 0);
    for (int i = 0; i < GENRE_N_DEFAULT_LABELS; i++)
        ck_assert_float_eq(host->control[GENRE_OUT_SCORES + i], 0);
}

/* ---- Audio --------------------------------------------------------------------------------- */

START_TEST(audio_passes_bit_by_bit) {
    const int n_channels = _i % 2 + 1;
    enum { APART, IN_PLACE, CROSSWISE };
    const int how = _i / 2;
    uint32_t expected[2][1000];
    Host *host = host_new(HOST_QUEUES, n_channels, 48000);
    for (int c = 0; c < n_channels && how != APART; c++)
        host->plugin->connect_port(host->instance, (uint32_t)GENRE_PORT_AUDIO_OUT(c, n_channels),
                                   host->in[how == CROSSWISE ? n_channels - 1 - c : c]);
    for (int round = 0; round < 100; round++) {
        /* Any bits at all: numbers, denormals, infinities, NaNs of every kind. */
        for (int c = 0; c < n_channels; c++)
            for (int i = 0; i < 1000; i++) {
                expected[c][i] = (uint32_t)(i * 2654435761u + (uint32_t)(round * 97 + c) * 40503u);
                memcpy(&host->in[c][i], &expected[c][i], 4);
            }
        host_run(host, 1000);
        host_work(host);
        for (int c = 0; c < n_channels; c++) {
            const float *out = how == APART      ? host->out[c]
                               : how == IN_PLACE ? host->in[c]
                                                 : host->in[n_channels - 1 - c];
            ck_assert_mem_eq(out, expected[c], sizeof expected[c]);
        }
    }
    host_free(host);
}
END_TEST

START_TEST(outputs_are_the_classifiers) {
    static const uint32_t blocks[] = {1, 64, 1000, 8192};
    static const double rates_hz[] = {44100, 48000};
    const uint32_t block = blocks[_i % 4];
    const double rate_hz = rates_hz[_i / 4];
    GenreModel *model = genre_model_default(NULL);
    GenreClassifier *c = genre_classifier_new(model, rate_hz, 2, NULL, NULL);
    Host *host = host_new(HOST_AT_ONCE, 2, rate_hz);
    for (size_t at = 0; at < N; at += block) {
        const size_t n = N - at < block ? N - at : block;
        const float *const channels[] = {music + at, music + at};
        genre_classifier_push_planar(c, channels, n);
        host_play(host, music + at, n, block);
        if (genre_classifier_estimate(c)->sequence > 0)
            check_shows(host, genre_classifier_estimate(c));
        else
            ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_UNKNOWN);
        ck_assert_float_eq(host->control[GENRE_OUT_LEVEL], genre_classifier_level_db(c));
    }
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    host_free(host);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

/* ---- Control ports ------------------------------------------------------------------------- */

START_TEST(inputs_are_the_settings) {
    static const GenreSettings settings = {.interval_s = 0.3f,
                                           .smoothing_s = 0.7f,
                                           .hold_s = 0.1f,
                                           .unknown_below = 0.6f,
                                           .silence_db = -18,
                                           .silence_s = 0.5f};
    GenreModel *model = genre_model_default(NULL);
    GenreClassifier *c = genre_classifier_new(model, RATE_HZ, 1, &settings, NULL);
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host->control[GENRE_IN_INTERVAL] = settings.interval_s;
    host->control[GENRE_IN_SMOOTHING] = settings.smoothing_s;
    host->control[GENRE_IN_HOLD] = settings.hold_s;
    host->control[GENRE_IN_THRESHOLD] = settings.unknown_below;
    host->control[GENRE_IN_SILENCE_BELOW] = settings.silence_db;
    for (size_t at = 0; at < N; at += 441) {
        genre_classifier_push(c, music + at, 441);
        host_play(host, music + at, 441, 441);
        if (genre_classifier_estimate(c)->sequence > 0)
            check_shows(host, genre_classifier_estimate(c));
    }
    host_free(host);
    genre_classifier_free(c);
    genre_model_free(model);
}
END_TEST

START_TEST(reset_acts_on_its_rising_edge) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ), *fresh = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_play(host, music, N, 512);
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    host->control[GENRE_IN_RESET] = 1;
    host_run(host, 0);
    check_neutral(host);
    ck_assert_str_eq(host_told_text(host, GENRE), "unknown");
    /* It stays on, which is nothing new: listening goes on. */
    host_play(host, music, N, 512);
    host_play(fresh, music, N, 512);
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    ck_assert_mem_eq(&host->control[GENRE_OUT_GENRE], &fresh->control[GENRE_OUT_GENRE],
                     (GENRE_N_CONTROLS - GENRE_OUT_GENRE) * sizeof(float));
    host_free(host);
    host_free(fresh);
}
END_TEST

START_TEST(disabled_passes_audio_and_shows_nothing) {
    Host *host = host_new(HOST_QUEUES, 2, RATE_HZ);
    host_play(host, music, N, 512);
    host->control[GENRE_IN_ENABLED] = 0;
    host_play(host, music, RATE_HZ, 512);
    check_neutral(host);
    ck_assert_mem_eq(host->out[1], host->in[1], 100 * sizeof(float));
    host->control[GENRE_IN_ENABLED] = 1;
    host_play(host, music, RATE_HZ / 2, 512);
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_UNKNOWN); /* afresh */
    host_play(host, music, RATE_HZ, 512);
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    host_free(host);
}
END_TEST

START_TEST(silence_is_shown) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    float *nothing = calloc(N, sizeof *nothing);
    host_play(host, music, N, 512);
    host_play(host, nothing, N, 512);
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], GENRE_PORT_SILENCE);
    ck_assert_float_eq(host->control[GENRE_OUT_SILENCE], 1);
    ck_assert_float_eq(host->control[GENRE_OUT_LEVEL], -120);
    free(nothing);
    host_free(host);
}
END_TEST

START_TEST(odd_inputs_do_no_harm) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-45f, -0.0f};
    Host *host = host_new(HOST_QUEUES, 2, RATE_HZ);
    for (int i = 0; i < 70; i++) {
        for (int port = 0; port < GENRE_IN_ENABLED; port++)
            host->control[port] = odd[(i + port) % 7];
        for (int k = 0; k < 4096; k++)
            host->in[0][k] = host->in[1][k] = odd[(i / 7 + k % (i + 1)) % 7];
        host_run(host, 4096);
        for (int port = GENRE_OUT_GENRE; port < GENRE_N_CONTROLS; port++)
            ck_assert_msg(isfinite(host->control[port]), "port %d", port);
    }
    host_free(host);
}
END_TEST

START_TEST(activate_and_deactivate_in_any_order) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_play(host, music, N, 512);
    for (int i = 0; i < 3; i++) {
        host->plugin->activate(host->instance);
        host_run(host, 0);
        check_neutral(host);
        host_play(host, music, N, 512);
        ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
        for (int k = 0; host->plugin->deactivate && k < i; k++)
            host->plugin->deactivate(host->instance);
    }
    host_free(host);
}
END_TEST

START_TEST(ports_may_be_unconnected) {
    Host *host = host_new(HOST_QUEUES, 2, RATE_HZ);
    for (uint32_t port = (uint32_t)GENRE_PORT_ATOM_IN(2); port < 100; port++)
        host->plugin->connect_port(host->instance, port, NULL);
    host_play(host, music, N, 512);
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    /* Beyond what the specification allows: still no crash. */
    for (uint32_t port = 0; port < GENRE_N_CONTROLS + 4; port++) {
        host->plugin->connect_port(host->instance, port, NULL);
        host_run(host, 512);
    }
    host_free(host);
}
END_TEST

START_TEST(hosts_without_features_get_audio_and_ports) {
    Host *host = host_new(_i ? HOST_NOTHING : HOST_NO_WORKER, 2, RATE_HZ);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_set_text(host, OSC, LV2_ATOM__String, "osc.udp://127.0.0.1:9");
    for (size_t at = 0; at + 512 <= N; at += 512) {
        memcpy(host->in[0], music + at, 512 * sizeof(float));
        memcpy(host->in[1], music + at, 512 * sizeof(float));
        host_run(host, 512);
    }
    ck_assert_float_ge(host->control[GENRE_OUT_GENRE], 0);
    ck_assert_mem_eq(host->in, host->out, 512 * sizeof(float));
    host_free(host);
}
END_TEST

START_TEST(many_instances_are_independent) {
    enum { MANY = 64, BLOCK = 1000 };
    Host *alone[2], *hosts[MANY];
    float *noise = calloc(N, sizeof *noise);
    sound_noise(noise, N, 0.5, 1);
    for (int i = 0; i < MANY; i++)
        hosts[i] = host_new(HOST_QUEUES, i % 2 + 1, RATE_HZ);
    for (size_t at = 0; at + BLOCK <= N / 2; at += BLOCK)
        for (int i = 0; i < MANY; i++)
            host_play(hosts[i], (i / 2 % 2 ? noise : music) + at, BLOCK, BLOCK);
    for (int i = 0; i < 4; i++) {
        alone[i % 2] = host_new(HOST_QUEUES, i % 2 + 1, RATE_HZ);
        host_play(alone[i % 2], i / 2 ? noise : music, N / 2 / BLOCK * BLOCK, BLOCK);
        for (int k = i; k < MANY; k += 4)
            ck_assert_mem_eq(hosts[k]->control, alone[i % 2]->control, sizeof hosts[k]->control);
        host_free(alone[i % 2]);
    }
    for (int i = 0; i < MANY; i++)
        host_free(hosts[i]);
    free(noise);
}
END_TEST

/* ---- Messages ------------------------------------------------------------------------------ */

START_TEST(changes_are_told) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    char name[64] = "";
    int n_names = 0, n_scores = 0;
    for (size_t at = 0; at + 64 <= N; at += 64) {
        host_play(host, music + at, 64, 64);
        const char *text = host_told_text(host, GENRE);
        if (text && n_names++ > 0)
            ck_assert_str_ne(text, name);
        if (text)
            snprintf(name, sizeof name, "%s", text);
        const LV2_Atom *scores = host_told(host, SCORES);
        if (!scores)
            continue;
        n_scores++;
        const LV2_Atom_Vector *vector = (const LV2_Atom_Vector *)scores;
        ck_assert_str_eq(host_uri(vector->body.child_type), LV2_ATOM__Float);
        ck_assert_mem_eq(vector + 1, &host->control[GENRE_OUT_SCORES],
                         GENRE_N_DEFAULT_LABELS * sizeof(float));
    }
    GenreModel *model = genre_model_default(NULL);
    ck_assert_str_eq(name, genre_model_label(model, (int)host->control[GENRE_OUT_GENRE]));
    genre_model_free(model);
    ck_assert_int_ge(n_scores, 3);
    ck_assert_int_ge(n_names, 2); /* "unknown", then the genre */
    host_free(host);
}
END_TEST

START_TEST(get_tells_one_or_all) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_run(host, 64);
    host_run(host, 64);
    ck_assert_ptr_null(host_told(host, GENRE));
    host_get(host, NULL);
    host_run(host, 0);
    ck_assert_str_eq(host_told_text(host, MODEL), "");
    ck_assert_str_eq(host_told_text(host, OSC), "");
    ck_assert_str_eq(host_told_text(host, GENRE), "unknown");
    ck_assert_ptr_nonnull(host_told(host, SCORES));
    ck_assert_ptr_nonnull(strstr(host_told_text(host, LABELS), "blues"));
    host_get(host, LABELS);
    host_get(host, "urn:something-else");
    host_run(host, 64);
    ck_assert_ptr_nonnull(host_told(host, LABELS));
    ck_assert_ptr_null(host_told(host, MODEL));
    host_free(host);
}
END_TEST

START_TEST(what_finds_no_room_is_told_later) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    bool told[3] = {false};
    host_get(host, NULL);
    /* From no room at all, not even for the sequence, upwards. */
    for (uint32_t room = 0; room < 3000; room += 8) {
        host->notify_room = room;
        host_run(host, 0);
        if (room < sizeof(LV2_Atom_Sequence_Body))
            continue;
        told[0] |= host_told(host, GENRE) != NULL;
        told[1] |= host_told(host, LABELS) != NULL;
        told[2] |= host_told(host, MODEL) != NULL;
    }
    ck_assert(told[0] && told[1] && told[2]);
    host_free(host);
}
END_TEST

START_TEST(senseless_messages_are_ignored) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    static char endless[5000];
    memset(endless, 'x', sizeof endless - 1);
    host_set_text(host, MODEL, LV2_ATOM__URID, "abc");
    host_set_text(host, MODEL, LV2_ATOM__Path, endless);
    host_set_text(host, OSC, LV2_ATOM__String, endless + 4000);
    host_set_text(host, GENRE, LV2_ATOM__String, "polka"); /* not writable */
    host_set_text(host, "urn:something-else", LV2_ATOM__String, "x");
    host_run(host, 64);
    ck_assert_uint_eq(host->work.at, 0);
    host_free(host);
}
END_TEST

static int score_of(const char *label) {
    static const char *const labels[] = {
#define LABEL(name) name,
        GENRE_DEFAULT_LABELS(LABEL)
#undef LABEL
    };
    for (int i = 0; i < GENRE_N_DEFAULT_LABELS; i++)
        if (strcmp(labels[i], label) == 0)
            return i;
    ck_abort_msg("the default model does not know %s", label);
    return -1;
}

/* ---- Models -------------------------------------------------------------------------------- */

START_TEST(another_model_is_swapped_in) {
    Host *host = host_new((HostKind)_i, 2, RATE_HZ);
    host_play(host, music, N, 512);
    const float before = host->control[GENRE_OUT_GENRE];
    ck_assert_float_ge(before, 0);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_run(host, 64);
    host_work(host);
    host_run(host, 64); /* swapped; the answer stays until there is a new one */
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], before);
    if (_i == HOST_QUEUES) {
        ck_assert_str_eq(host_told_text(host, MODEL), model_path);
        ck_assert_str_eq(host_told_text(host, LABELS), "zydeco jazz");
    }
    ck_assert_ptr_nonnull(strstr(host->log, model_path));
    /* Labels are matched by name: "jazz" has a port of its own, "zydeco" is "other". */
    GenreModel *model = genre_model_load(model_path, NULL);
    GenreClassifier *c = genre_classifier_new(model, RATE_HZ, 2, NULL, NULL);
    const float *const channels[] = {music, music};
    genre_classifier_push_planar(c, channels, N);
    host_play(host, music, N, 512);
    const GenreEstimate *e = genre_classifier_estimate(c);
    ck_assert_int_ge(e->genre, 0);
    const int jazz = score_of("jazz");
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], e->genre ? jazz : GENRE_PORT_OTHER);
    ck_assert_float_gt(host->control[GENRE_OUT_SCORES + jazz], 0);
    ck_assert_float_eq(host->control[GENRE_OUT_SCORES], 0);
    /* And back to the built-in one. */
    host_set_text(host, MODEL, LV2_ATOM__Path, "");
    host_play(host, music, N, 512);
    ck_assert_float_gt(host->control[GENRE_OUT_SCORES], 0);
    genre_classifier_free(c);
    genre_model_free(model);
    host_free(host);
}
END_TEST

START_TEST(a_bad_model_changes_nothing) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_play(host, music, N, 512);
    const float before = host->control[GENRE_OUT_GENRE];
    host_set_text(host, MODEL, LV2_ATOM__Path, "/no/such/model");
    host_run(host, 64);
    host_work(host);
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), ""); /* corrects what the host shows */
    ck_assert_ptr_nonnull(strstr(host->log, "/no/such/model"));
    ck_assert_float_eq(host->control[GENRE_OUT_GENRE], before);
    host_free(host);
}
END_TEST

START_TEST(a_full_queue_only_delays) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_set_text(host, MODEL, LV2_ATOM__Path, "/soon/outdated");
    host->queue_is_full = true;
    host_run(host, 64);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_run(host, 64);
    host->queue_is_full = false;
    host_run(host, 64);
    host_work(host);
    host->queue_is_full = true; /* the old model cannot be given away yet */
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), model_path);
    host->queue_is_full = false;
    host_run(host, 64);
    host_work(host);
    ck_assert_ptr_null(strstr(host->log, "outdated"));
    host_free(host);
}
END_TEST

START_TEST(loads_may_overtake_each_other) {
    /* Several loads before any answer, a restore among them; then gone in mid-swap. */
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    HostState state;
    ck_assert_int_eq(host_save(host, &state), LV2_STATE_SUCCESS);
    for (int i = 0; i < 20; i++) {
        host_set_text(host, MODEL, LV2_ATOM__Path, i % 3 ? model_path : "");
        host_run(host, 64);
        if (i % 4 == 0)
            ck_assert_int_eq(host_restore(host, &state, true), LV2_STATE_SUCCESS);
        if (i % 3 == 0)
            host_work(host);
    }
    host_free(host);
}
END_TEST

/* ---- State --------------------------------------------------------------------------------- */

START_TEST(state_survives_a_move) {
    const bool threaded = _i;
    HostState state;
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    snprintf(host->folder, sizeof host->folder, "%s/", folder);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_set_text(host, OSC, LV2_ATOM__String, "osc.udp://127.0.0.1:9");
    host_run(host, 64);
    host_work(host);
    host_run(host, 64);
    ck_assert_int_eq(host_save(host, &state), LV2_STATE_SUCCESS);
    host_free(host);
    ck_assert_str_eq(host_saved(&state, MODEL), "other.safetensors"); /* abstract */
    ck_assert_str_eq(host_saved(&state, OSC), "osc.udp://127.0.0.1:9");
    /* "Another machine": the session lies in another folder. */
    char moved[80], moved_model[120];
    snprintf(moved, sizeof moved, "%s/elsewhere", folder);
    snprintf(moved_model, sizeof moved_model, "%s/other.safetensors", moved);
    ck_assert_int_eq(mkdir(moved, 0700), 0);
    ck_assert_int_eq(rename(model_path, moved_model), 0);
    host = host_new(HOST_QUEUES, 1, RATE_HZ);
    snprintf(host->folder, sizeof host->folder, "%s/", moved);
    ck_assert_int_eq(host_restore(host, &state, threaded), LV2_STATE_SUCCESS);
    host_run(host, 64);
    host_get(host, NULL);
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), moved_model);
    ck_assert_str_eq(host_told_text(host, LABELS), "zydeco jazz");
    ck_assert_str_eq(host_told_text(host, OSC), "osc.udp://127.0.0.1:9");
    host_free(host);
    unlink(moved_model);
    rmdir(moved);
}
END_TEST

START_TEST(a_missing_model_is_kept_and_told) {
    const bool threaded = _i;
    HostState state, again;
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_run(host, 64);
    host_work(host);
    ck_assert_int_eq(host_save(host, &state), LV2_STATE_SUCCESS);
    host_free(host);
    unlink(model_path);
    host = host_new(HOST_QUEUES, 1, RATE_HZ);
    ck_assert_int_eq(host_restore(host, &state, threaded), LV2_STATE_SUCCESS);
    ck_assert_ptr_nonnull(strstr(host->log, model_path));
    ck_assert_ptr_nonnull(strstr(host->log, "built-in"));
    host_play(host, music, N, 512);
    ck_assert_float_gt(host->control[GENRE_OUT_SCORES], 0); /* eleven labels: the built-in model */
    ck_assert_int_eq(host_save(host, &again), LV2_STATE_SUCCESS);
    ck_assert_str_eq(host_saved(&again, MODEL), model_path);
    host_free(host);
}
END_TEST

START_TEST(a_preset_leaves_the_model_and_a_state_does_not) {
    HostState built_in, preset = {0};
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    ck_assert_int_eq(host_save(host, &built_in), LV2_STATE_SUCCESS);
    host_set_text(host, MODEL, LV2_ATOM__Path, model_path);
    host_run(host, 64);
    host_work(host);
    host_run(host, 64);
    host_restore(host, &preset, true);
    host_get(host, MODEL);
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), model_path);
    host_restore(host, &built_in, true);
    host_get(host, MODEL);
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, MODEL), "");
    host_free(host);
}
END_TEST

/* ---- OSC ----------------------------------------------------------------------------------- */

START_TEST(osc_goes_out_from_the_worker) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    char url[64], packet[2048], heard[8192] = "";
    snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d", ntohs(address.sin_port));
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_set_text(host, OSC, LV2_ATOM__String, url);
    for (size_t at = 0; at + 512 <= N / 2; at += 512) {
        host_play(host, music + at, 512, 512);
        while (recv(fd, packet, sizeof packet, 0) > 0)
            if (!strstr(heard, packet) && strlen(heard) + strlen(packet) + 2 < sizeof heard)
                strcat(strcat(heard, packet), "\n");
    }
    if (strstr(host->log, "without OSC")) {
        fprintf(stderr, "built without OSC: refused, and said so\n");
    } else {
        static const char *const addresses[] = {"/top",    "/index", "/confidence", "/silence",
                                                "/jazz",   "/all",   "/level",      "/alive",
                                                "/labels", "/status"};
        for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
            ck_assert_msg(strstr(heard, addresses[i]), "no %s", addresses[i]);
    }
    host_set_text(host, OSC, LV2_ATOM__String, ""); /* off again */
    host_play(host, music, N / 2, 512);
    while (recv(fd, packet, sizeof packet, 0) > 0)
        ;
    host_play(host, music, N / 2, 512);
    ck_assert_int_le(recv(fd, packet, sizeof packet, 0), 0);
    close(fd);
    host_free(host);
}
END_TEST

START_TEST(a_bad_osc_target_is_told) {
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_set_text(host, OSC, LV2_ATOM__String, "no target at all");
    host_play(host, music, N / 4, 512);
    ck_assert_ptr_nonnull(strstr(host->log, "OSC"));
    host_free(host);
}
END_TEST

START_TEST(the_environment_names_an_osc_target) {
    setenv("GENRECAST_OSC", "osc.udp://127.0.0.1:9", 1);
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    host_get(host, OSC);
    host_run(host, 64);
    ck_assert_str_eq(host_told_text(host, OSC), "osc.udp://127.0.0.1:9");
    ck_assert_uint_gt(host->work.at, 0);
    host_free(host);
    host = host_new(HOST_NO_WORKER, 1, RATE_HZ);
    host_run(host, 64);
    host_free(host);
    unsetenv("GENRECAST_OSC");
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, audio_passes_bit_by_bit, 0, 6);
    tcase_add_loop_test(tests, outputs_are_the_classifiers, 0, 8);
    tcase_add_test(tests, inputs_are_the_settings);
    tcase_add_test(tests, reset_acts_on_its_rising_edge);
    tcase_add_test(tests, disabled_passes_audio_and_shows_nothing);
    tcase_add_test(tests, silence_is_shown);
    tcase_add_test(tests, odd_inputs_do_no_harm);
    tcase_add_test(tests, activate_and_deactivate_in_any_order);
    tcase_add_test(tests, ports_may_be_unconnected);
    tcase_add_loop_test(tests, hosts_without_features_get_audio_and_ports, 0, 2);
    tcase_add_test(tests, many_instances_are_independent);
    tcase_add_test(tests, changes_are_told);
    tcase_add_test(tests, get_tells_one_or_all);
    tcase_add_test(tests, what_finds_no_room_is_told_later);
    tcase_add_test(tests, senseless_messages_are_ignored);
    tcase_add_loop_test(tests, another_model_is_swapped_in, HOST_QUEUES, HOST_AT_ONCE + 1);
    tcase_add_test(tests, a_bad_model_changes_nothing);
    tcase_add_test(tests, a_full_queue_only_delays);
    tcase_add_test(tests, loads_may_overtake_each_other);
    tcase_add_loop_test(tests, state_survives_a_move, 0, 2);
    tcase_add_loop_test(tests, a_missing_model_is_kept_and_told, 0, 2);
    tcase_add_test(tests, a_preset_leaves_the_model_and_a_state_does_not);
    tcase_add_test(tests, osc_goes_out_from_the_worker);
    tcase_add_test(tests, a_bad_osc_target_is_told);
    tcase_add_test(tests, the_environment_names_an_osc_target);
}
