/* The LV2 plugins as a host sees them: audio and control ports. */
#include <lv2/atom/atom.h>
#include <math.h>

#include "genrecast.h"
#include "plugin_fixture.h"

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
    enum { LOOK_EVERY = 499 }; /* samples: an assertion takes longer than the plugin */
    static const uint32_t blocks[] = {1, 64, 1000, 8192};
    static const double rates_hz[] = {44100, 48000};
    const uint32_t block = blocks[_i % 4];
    const double rate_hz = rates_hz[_i / 4];
    GenreSettings settings = genre_settings_default();
    settings.unknown_below = 0; /* a genre is shown in the end, however sure the model is of it */
    GenreModel *model = genre_model_default(NULL);
    GenreClassifier *c = genre_classifier_new(model, rate_hz, 2, &settings, NULL);
    Host *host = host_new(HOST_AT_ONCE, 2, rate_hz);
    host->control[GENRE_IN_THRESHOLD] = settings.unknown_below;
    for (size_t at = 0; at < N; at += block) {
        const size_t n = N - at < block ? N - at : block;
        const float *const channels[] = {music + at, music + at};
        genre_classifier_push_planar(c, channels, n);
        host_play(host, music + at, n, block);
        if (at / LOOK_EVERY == (at + n) / LOOK_EVERY)
            continue;
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
    host_play(host, music, N, 512);
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
}
