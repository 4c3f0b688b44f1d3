/* What the LV2 plugins keep in a session, and what they send over OSC. */
#include <arpa/inet.h>
#include <lv2/atom/atom.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "plugin_fixture.h"

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

/* Lets a threaded restore's answer, if any, come back, and asks. */
static const char *told_osc(Host *host) {
    for (int i = 0; i < 3; i++) {
        host_run(host, 64);
        host_work(host);
    }
    host_get(host, OSC);
    host_run(host, 64);
    return host_told_text(host, OSC);
}

START_TEST(a_session_beats_the_environment) {
    const bool threaded = _i & 1, late = _i & 2; /* late: after the first run() */
    static const char by_session[] = "osc.udp://127.0.0.1:19502",
                      by_environment[] = "osc.udp://127.0.0.1:19501";
    HostState named, silent, saved;
    Host *host = host_new(HOST_QUEUES, 1, RATE_HZ);
    ck_assert_int_eq(host_save(host, &silent), LV2_STATE_SUCCESS);
    host_set_text(host, OSC, LV2_ATOM__String, by_session);
    ck_assert_str_eq(told_osc(host), by_session);
    ck_assert_int_eq(host_save(host, &named), LV2_STATE_SUCCESS);
    host_free(host);
    setenv("GENRECAST_OSC", by_environment, 1);
    host = host_new(HOST_QUEUES, 1, RATE_HZ);
    if (late)
        host_run(host, 64);
    ck_assert_int_eq(host_restore(host, &named, threaded), LV2_STATE_SUCCESS);
    ck_assert_str_eq(told_osc(host), by_session);
    ck_assert_int_eq(host_save(host, &saved), LV2_STATE_SUCCESS);
    ck_assert_str_eq(host_saved(&saved, OSC), by_session);
    /* One that names none leaves it to the environment, which no session keeps. */
    ck_assert_int_eq(host_restore(host, &silent, threaded), LV2_STATE_SUCCESS);
    ck_assert_str_eq(told_osc(host), by_environment);
    ck_assert_int_eq(host_save(host, &saved), LV2_STATE_SUCCESS);
    ck_assert_str_eq(host_saved(&saved, OSC), "");
    host_free(host);
    unsetenv("GENRECAST_OSC");
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, state_survives_a_move, 0, 2);
    tcase_add_loop_test(tests, a_missing_model_is_kept_and_told, 0, 2);
    tcase_add_test(tests, a_preset_leaves_the_model_and_a_state_does_not);
    tcase_add_test(tests, osc_goes_out_from_the_worker);
    tcase_add_test(tests, a_bad_osc_target_is_told);
    tcase_add_test(tests, the_environment_names_an_osc_target);
    tcase_add_loop_test(tests, a_session_beats_the_environment, 0, 4);
}
