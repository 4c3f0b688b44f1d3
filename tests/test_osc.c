/* OSC through real sockets: what receivers get, what the control port makes of requests and of
 * packets that mean harm. */
#include "out/osc.h"

#include <arpa/inet.h>
#include <lo/lo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rng.h"
#include "run.h"

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- A receiver that is not ours ----------------------------------------------------------- */

enum { MAX_GOT = 4096 };

typedef struct {
    char path[64], types[70];
    char text[64]; /* first string */
    double number; /* first number */
} Got;

static Got got[MAX_GOT];
static int n_got;

static int on_message(const char *path, const char *types, lo_arg **argv, int argc, lo_message m,
                      void *user) {
    (void)m, (void)user;
    if (n_got == MAX_GOT)
        return 0;
    Got *g = &got[n_got++];
    snprintf(g->path, sizeof g->path, "%s", path);
    snprintf(g->types, sizeof g->types, "%s", types);
    g->text[0] = '\0';
    g->number = NAN;
    if (argc && types[0] == 's')
        snprintf(g->text, sizeof g->text, "%s", &argv[0]->s);
    if (argc && types[0] == 'f')
        g->number = (double)argv[0]->f;
    if (argc && types[0] == 'i')
        g->number = argv[0]->i;
    return 0;
}

static lo_server receiver(int proto, const char *port) {
    lo_server server = lo_server_new_with_proto(port, proto, NULL);
    ck_assert_ptr_nonnull(server);
    lo_server_add_method(server, NULL, NULL, on_message, NULL);
    n_got = 0;
    return server;
}

static const char *url_of(lo_server server, const char *scheme) {
    static char url[64];
    snprintf(url, sizeof url, "%s127.0.0.1:%d", scheme, lo_server_get_port(server));
    return url;
}

/* Lets both sides work until `path` has come, for two seconds at most. */
static const Got *await(GenreOsc *osc, lo_server server, const char *path) {
    GenreOscCommand command;
    const double until = now_s() + 2;
    while (now_s() < until) {
        ck_assert(!osc || !genre_osc_service(osc, &command));
        while (lo_server_recv_noblock(server, 5) > 0) {
        }
        for (int i = n_got - 1; i >= 0; i--)
            if (strcmp(got[i].path, path) == 0)
                return &got[i];
    }
    return NULL;
}

static const Got *expect(GenreOsc *osc, lo_server server, const char *path, const char *types) {
    const Got *g = await(osc, server, path);
    ck_assert_msg(g != NULL, "%s did not come", path);
    ck_assert_msg(strcmp(g->types, types) == 0, "%s came as %s, not %s", path, g->types, types);
    return g;
}

/* ---- Our side ------------------------------------------------------------------------------ */

static GenreModel *model;
static int n_labels;
static char all_types[GENRE_MAX_LABELS + 1], label_types[GENRE_MAX_LABELS + 1];

static void load_model(void) {
    GenreError error;
    model = genre_model_default(&error);
    ck_assert_msg(model != NULL, "%s", error.text);
    n_labels = genre_model_n_labels(model);
    memset(all_types, 'f', (size_t)n_labels);
    memset(label_types, 's', (size_t)n_labels);
}

static void free_model(void) {
    genre_model_free(model);
}

static GenreOsc *make_osc(const char *prefix) {
    GenreError error;
    GenreOsc *osc = genre_osc_new(prefix, &error);
    ck_assert_msg(osc != NULL, "%s", error.text);
    return osc;
}

static void add_target(GenreOsc *osc, const char *url) {
    GenreError error = {.text = ""};
    ck_assert_msg(genre_osc_target(osc, url, &error) == GENRE_SUCCESS, "%s", error.text);
}

static GenreEstimate an_estimate(GenreState state) {
    GenreEstimate e = {.sequence = 1,
                       .state = state,
                       .genre = state == GENRE_STATE_MUSIC ? 1 : -1,
                       .confidence = 0.75f,
                       .n_labels = n_labels};
    e.scores[1] = 0.75f;
    e.scores[0] = 0.25f;
    return e;
}

static void check_all_addresses(int proto, const char *scheme) {
    lo_server server = receiver(proto, NULL);
    GenreOsc *osc = make_osc("/genre");
    GenreError error;
    char path[64];
    add_target(osc, url_of(server, scheme));
    ck_assert_int_eq(genre_osc_set_model(osc, model, &error), GENRE_SUCCESS);
    ck_assert_str_eq(expect(osc, server, "/genre/labels", label_types)->text,
                     genre_model_label(model, 0));
    GenreEstimate e = an_estimate(GENRE_STATE_MUSIC);
    genre_osc_estimate(osc, &e);
    ck_assert_str_eq(expect(osc, server, "/genre/top", "s")->text, genre_model_label(model, 1));
    ck_assert_double_eq(expect(osc, server, "/genre/index", "i")->number, 1);
    ck_assert_double_eq(expect(osc, server, "/genre/confidence", "f")->number, 0.75);
    ck_assert_double_eq(expect(osc, server, "/genre/silence", "i")->number, 0);
    for (int i = 0; i < n_labels; i++) {
        snprintf(path, sizeof path, "/genre/%s", genre_model_label(model, i));
        ck_assert_double_eq(expect(osc, server, path, "f")->number, (double)e.scores[i]);
    }
    ck_assert_double_eq(expect(osc, server, "/genre/all", all_types)->number, 0.25);
    genre_osc_level(osc, -12.5f);
    genre_osc_alive(osc);
    genre_osc_status(osc, "device lost");
    ck_assert_double_eq(expect(osc, server, "/genre/level", "f")->number, -12.5);
    ck_assert_double_eq(expect(osc, server, "/genre/alive", "i")->number, 1);
    ck_assert_str_eq(expect(osc, server, "/genre/status", "s")->text, "device lost");
    n_got = 0;
    e = an_estimate(GENRE_STATE_SILENCE);
    genre_osc_estimate(osc, &e);
    ck_assert_double_eq(expect(osc, server, "/genre/silence", "i")->number, 1);
    ck_assert_double_eq(expect(osc, server, "/genre/index", "i")->number, -1);
    ck_assert_str_eq(expect(osc, server, "/genre/top", "s")->text, "silence");
    n_got = 0;
    e = an_estimate(GENRE_STATE_UNKNOWN);
    genre_osc_estimate(osc, &e);
    ck_assert_str_eq(expect(osc, server, "/genre/top", "s")->text, "unknown");
    /* Numbers and strings in one message suit nobody. */
    for (int i = 0; i < n_got; i++)
        ck_assert(strspn(got[i].types, "s") == strlen(got[i].types) ||
                  strspn(got[i].types, "if") == strlen(got[i].types));
    genre_osc_free(osc);
    lo_server_free(server);
}

START_TEST(udp_gets_every_address) {
    check_all_addresses(LO_UDP, _i ? "osc.udp://" : "");
}
END_TEST

START_TEST(tcp_gets_every_address) {
    check_all_addresses(LO_TCP, "osc.tcp://");
}
END_TEST

START_TEST(every_target_and_another_prefix) {
    lo_server one = receiver(LO_UDP, NULL), two = receiver(LO_UDP, NULL);
    GenreOsc *osc = make_osc("/stage/left");
    add_target(osc, url_of(one, "osc.udp://"));
    add_target(osc, url_of(two, "osc.udp://"));
    ck_assert_int_eq(genre_osc_n_targets(osc), 2);
    genre_osc_alive(osc);
    expect(osc, one, "/stage/left/alive", "i");
    n_got = 0;
    expect(osc, two, "/stage/left/alive", "i");
    genre_osc_free(osc);
    lo_server_free(one);
    lo_server_free(two);
}
END_TEST

START_TEST(tcp_target_may_come_late_and_go) {
    lo_server server = receiver(LO_TCP, NULL);
    char port[8], url[64];
    snprintf(port, sizeof port, "%d", lo_server_get_port(server));
    snprintf(url, sizeof url, "%s", url_of(server, "osc.tcp://"));
    lo_server_free(server);
    GenreOsc *osc = make_osc("/genre");
    GenreError error;
    add_target(osc, url);
    ck_assert_int_eq(genre_osc_set_model(osc, model, &error), GENRE_SUCCESS);
    GenreOscCommand command;
    const GenreEstimate e = an_estimate(GENRE_STATE_MUSIC);
    int n_warnings = 0;
    const double begin = now_s();
    for (int i = 0; i < 1000; i++) {
        genre_osc_estimate(osc, &e);
        genre_osc_service(osc, &command);
        while (genre_osc_warning(osc))
            n_warnings++;
    }
    ck_assert_double_lt(now_s() - begin, 1); /* nothing waits */
    ck_assert_int_eq(n_warnings, 1);
    ck_assert(!genre_osc_target_up(osc, 0));
    server = receiver(LO_TCP, port);
    expect(osc, server, "/genre/labels", label_types); /* it missed them before */
    ck_assert(genre_osc_target_up(osc, 0));
    lo_server_free(server);
    while (genre_osc_target_up(osc, 0) && now_s() < begin + 10) {
        genre_osc_alive(osc);
        genre_osc_service(osc, &command);
    }
    ck_assert(!genre_osc_target_up(osc, 0));
    ck_assert_ptr_nonnull(genre_osc_warning(osc));
    genre_osc_free(osc);
}
END_TEST

START_TEST(tcp_target_that_never_reads_holds_nothing_up) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    char url[64];
    snprintf(url, sizeof url, "osc.tcp://127.0.0.1:%d", ntohs(address.sin_port));
    GenreOsc *osc = make_osc("/genre");
    GenreError error;
    GenreOscCommand command;
    add_target(osc, url);
    ck_assert_int_eq(genre_osc_set_model(osc, model, &error), GENRE_SUCCESS);
    const GenreEstimate e = an_estimate(GENRE_STATE_MUSIC);
    const double begin = now_s();
    for (int i = 0; i < 20000; i++) {
        genre_osc_estimate(osc, &e);
        genre_osc_service(osc, &command);
    }
    ck_assert_double_lt(now_s() - begin, 20);
    genre_osc_free(osc);
    close(fd);
}
END_TEST

/* ---- The control port ---------------------------------------------------------------------- */

static GenreOsc *listening_osc(void) {
    GenreOsc *osc = make_osc("/genre");
    GenreError error = {.text = ""};
    ck_assert_msg(genre_osc_listen(osc, "127.0.0.1:0", &error) == GENRE_SUCCESS, "%s", error.text);
    ck_assert_int_eq(genre_osc_set_model(osc, model, &error), GENRE_SUCCESS);
    return osc;
}

static lo_address address_of(const GenreOsc *osc) {
    char port[8];
    snprintf(port, sizeof port, "%d", genre_osc_port(osc));
    return lo_address_new("127.0.0.1", port);
}

/* The next command, waited for half a second. */
static bool next(GenreOsc *osc, GenreOscCommand *command) {
    const double until = now_s() + 0.5;
    while (now_s() < until)
        if (genre_osc_service(osc, command))
            return true;
    return false;
}

START_TEST(requests_with_any_number_type) {
    GenreOsc *osc = listening_osc();
    lo_address to = address_of(osc);
    GenreOscCommand c;
    lo_send(to, "/genre/interval", "f", 0.5);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_INTERVAL && c.number == 0.5);
    lo_send(to, "/genre/interval", "i", 3);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_INTERVAL && c.number == 3);
    lo_send(to, "/genre/smoothing", "d", 2.5);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_SMOOTHING && c.number == 2.5);
    lo_send(to, "/genre/hold", "h", (int64_t)4);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_HOLD && c.number == 4);
    lo_send(to, "/genre/reset", "");
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_RESET);
    lo_send(to, "/genre/reset", "f", 1.0);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_RESET);
    lo_send(to, "/genre/reset", "T");
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_RESET);
    lo_send(to, "/genre/reset", "f", 0.0); /* a button let go */
    ck_assert(!next(osc, &c));
    lo_send(to, "/genre/model", "s", "some/path");
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_MODEL && strcmp(c.text, "some/path") == 0);
    ck_assert_ptr_null(genre_osc_warning(osc));
    lo_bundle bundle = lo_bundle_new(LO_TT_IMMEDIATE);
    lo_message one = lo_message_new(), two = lo_message_new();
    lo_message_add_float(one, 7);
    lo_bundle_add_message(bundle, "/genre/hold", one);
    lo_bundle_add_message(bundle, "/genre/reset", two);
    lo_send_bundle(to, bundle);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_HOLD && c.number == 7);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_RESET);
    lo_bundle_free_recursive(bundle);
    lo_address_free(to);
    genre_osc_free(osc);
}
END_TEST

START_TEST(nonsense_is_counted) {
    GenreOsc *osc = listening_osc();
    lo_address to = address_of(osc);
    GenreOscCommand c;
    lo_send(to, "/genre/interval", "f", NAN);
    lo_send(to, "/genre/interval", "d", INFINITY);
    lo_send(to, "/genre/interval", "s", "two");
    lo_send(to, "/genre/interval", "");
    lo_send(to, "/genre/nothing", "i", 1);
    lo_send(to, "/other/reset", "");
    lo_send(to, "/genrereset", "");
    lo_send(to, "/genre/model", "i", 1);
    lo_send(to, "/genre/subscribe", "s", "gopher://x");
    lo_send(to, "/genre/subscribe", "s", "osc.udp://a.name.that.would.have.to.be.looked.up:1");
    ck_assert(!next(osc, &c));
    const char *warning = genre_osc_warning(osc);
    ck_assert_ptr_nonnull(warning);
    ck_assert_ptr_nonnull(strstr(warning, "ignored"));
    ck_assert_int_eq(genre_osc_n_targets(osc), 0);
    lo_address_free(to);
    genre_osc_free(osc);
}
END_TEST

START_TEST(subscribers_come_and_go) {
    GenreOsc *osc = listening_osc();
    lo_address to = address_of(osc);
    lo_server server = receiver(LO_UDP, NULL);
    GenreOscCommand c;
    lo_send_from(to, server, LO_TT_IMMEDIATE, "/genre/labels", "");
    expect(osc, server, "/genre/labels", label_types);
    ck_assert_int_eq(genre_osc_n_targets(osc), 0);
    lo_send_from(to, server, LO_TT_IMMEDIATE, "/genre/subscribe", "");
    n_got = 0;
    expect(osc, server, "/genre/labels", label_types);
    ck_assert_int_eq(genre_osc_n_targets(osc), 1);
    genre_osc_alive(osc);
    expect(osc, server, "/genre/alive", "i");
    lo_send_from(to, server, LO_TT_IMMEDIATE, "/genre/subscribe", ""); /* twice is once */
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 1);
    lo_send_from(to, server, LO_TT_IMMEDIATE, "/genre/unsubscribe", "");
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 0);
    lo_send(to, "/genre/subscribe", "s", url_of(server, "osc.udp://"));
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 1);
    lo_send(to, "/genre/unsubscribe", "s", url_of(server, "osc.udp://"));
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 0);
    add_target(osc, url_of(server, "osc.udp://"));
    for (int i = 0; i < 100; i++) {
        char url[64];
        snprintf(url, sizeof url, "127.0.0.1:%d", 20000 + i);
        lo_send(to, "/genre/subscribe", "s", url);
        genre_osc_service(osc, &c);
    }
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 17); /* bounded, and ours is still there */
    ck_assert_str_eq(genre_osc_target_name(osc, 0), url_of(server, "osc.udp://"));
    lo_address_free(to);
    lo_server_free(server);
    genre_osc_free(osc);
}
END_TEST

/* A port for IPv6 and IPv4 gets senders of IPv4 as ::ffff:127.0.0.1. */
START_TEST(a_receiver_is_one_by_any_name) {
    GenreOsc *osc = make_osc("/genre");
    GenreError error = {.text = ""};
    ck_assert_msg(genre_osc_listen(osc, "0", &error) == GENRE_SUCCESS, "%s", error.text);
    ck_assert_int_eq(genre_osc_set_model(osc, model, &error), GENRE_SUCCESS);
    lo_address to = address_of(osc);
    lo_server ours = receiver(LO_UDP, NULL), other = receiver(LO_UDP, NULL);
    GenreOscCommand c;
    char url[64];
    snprintf(url, sizeof url, "localhost:%d", lo_server_get_port(ours));
    add_target(osc, url);
    lo_send_from(to, ours, LO_TT_IMMEDIATE, "/genre/subscribe", "");
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 1);
    lo_send_from(to, other, LO_TT_IMMEDIATE, "/genre/subscribe", "");
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 2);
    ck_assert_str_eq(genre_osc_target_name(osc, 1), url_of(other, "osc.udp://"));
    n_got = 0;
    genre_osc_alive(osc);
    expect(osc, other, "/genre/alive", "i"); /* it is only named otherwise */
    snprintf(url, sizeof url, "osc.tcp://127.0.0.1:%d", lo_server_get_port(other));
    lo_send(to, "/genre/unsubscribe", "s", url);
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 2);
    snprintf(url, sizeof url, "localhost:%d", lo_server_get_port(other));
    lo_send(to, "/genre/unsubscribe", "s", url);
    ck_assert(!next(osc, &c));
    ck_assert_int_eq(genre_osc_n_targets(osc), 1);
    lo_address_free(to);
    lo_server_free(ours);
    lo_server_free(other);
    genre_osc_free(osc);
}
END_TEST

static int raw_socket(const GenreOsc *osc) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)genre_osc_port(osc)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

START_TEST(hostile_packets_do_no_harm) {
    GenreOsc *osc = listening_osc();
    const int fd = raw_socket(osc);
    GenreRng rng = genre_rng(5, 0);
    GenreOscCommand c;
    /* A bundle in a bundle with a message that has every type. */
    static const unsigned char sample[] =
        "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x60#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x4c"
        "/genre/"
        "model\0\0\0\0,sifhdbTFNISc\0\0\0text\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0"
        "\0\0\0\0\0\0\0\4abcdefg\0";
    for (int round = 0; round < 20000; round++) {
        unsigned char packet[1500];
        size_t n = genre_rng_below(&rng, sizeof packet);
        if (round % 2) {
            for (size_t i = 0; i < n; i++)
                packet[i] = (unsigned char)genre_rng_u32(&rng);
            if (n > 16 && round % 4 == 1)
                memcpy(packet, round % 8 == 1 ? "/genre/interval\0" : "#bundle\0\0\0\0\0\0\0\0\1",
                       16);
        } else {
            n = sizeof sample - 1;
            memcpy(packet, sample, n);
            for (uint64_t k = genre_rng_below(&rng, 6); k > 0; k--)
                packet[genre_rng_below(&rng, (uint32_t)n)] = (unsigned char)genre_rng_u32(&rng);
            if (round % 3 == 0)
                n = genre_rng_below(&rng, (uint32_t)n);
        }
        if (send(fd, packet, n, 0) < 0)
            continue;
        while (genre_osc_service(osc, &c))
            ck_assert(isfinite(c.what == GENRE_OSC_INTERVAL ? c.number : 0));
        while (genre_osc_warning(osc)) {
        }
    }
    lo_address to = address_of(osc);
    lo_send(to, "/genre/hold", "i", 2);
    ck_assert(next(osc, &c) && c.what == GENRE_OSC_HOLD && c.number == 2);
    lo_address_free(to);
    close(fd);
    genre_osc_free(osc);
}
END_TEST

/* ---- What is refused ----------------------------------------------------------------------- */

START_TEST(bad_addresses_get_a_sentence) {
    static const char *const urls[] = {"",
                                       "localhost",
                                       "osc.udp://",
                                       "osc.udp://host",
                                       ":9000",
                                       "osc.udp://host:0",
                                       "h:65536",
                                       "http://host:80",
                                       "host:port",
                                       "osc.tcp://h:1?ttl=2",
                                       "239.0.0.1:1?ttl=0",
                                       "osc.udp://no.such.host.invalid:9",
                                       "[::1:9000",
                                       "::1:9000",
                                       "a b:9000"};
    GenreOsc *osc = make_osc("/genre");
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        GenreError error = {.text = ""};
        ck_assert_msg(genre_osc_target(osc, urls[i], &error) != GENRE_SUCCESS, "%s", urls[i]);
        ck_assert_msg(*error.text, "%s: no sentence", urls[i]);
    }
    static const char *const good[] = {"osc.udp://127.0.0.1:9/", "[::1]:9", "localhost:9",
                                       "239.255.7.7:9?ttl=4", "255.255.255.255:9"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        add_target(osc, good[i]);
    genre_osc_alive(osc);
    genre_osc_free(osc);
    static const char *const prefixes[] = {"", "/", "genre", "/genre/", "/a b", "/a*", "//a"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        ck_assert_ptr_null(genre_osc_new(prefixes[i], NULL));
}
END_TEST

START_TEST(a_port_in_use_gets_a_sentence) {
    GenreOsc *one = listening_osc(), *two = make_osc("/genre");
    char where[32];
    GenreError error = {.text = ""};
    snprintf(where, sizeof where, "%d", genre_osc_port(one));
    ck_assert(genre_osc_listen(two, where, &error) != GENRE_SUCCESS);
    ck_assert_ptr_nonnull(strstr(error.text, "in use"));
    ck_assert(genre_osc_listen(two, "127.0.0.1:x", &error) != GENRE_SUCCESS);
    ck_assert(genre_osc_listen(two, "70000", &error) != GENRE_SUCCESS);
    ck_assert(genre_osc_listen(two, "203.0.113.9:9000", &error) != GENRE_SUCCESS);
    genre_osc_free(one);
    genre_osc_free(two);
}
END_TEST

START_TEST(multicast_reaches_a_group) {
    lo_server server = lo_server_new_multicast("239.255.77.7", NULL, NULL);
    if (!server) {
        fprintf(stderr, "this machine has no multicast: not tested\n");
        return;
    }
    lo_server_add_method(server, NULL, NULL, on_message, NULL);
    n_got = 0;
    char url[64];
    snprintf(url, sizeof url, "osc.udp://239.255.77.7:%d?ttl=1", lo_server_get_port(server));
    GenreOsc *osc = make_osc("/genre");
    add_target(osc, url);
    genre_osc_alive(osc);
    expect(osc, server, "/genre/alive", "i");
    genre_osc_free(osc);
    lo_server_free(server);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, load_model, free_model);
    tcase_add_loop_test(tests, udp_gets_every_address, 0, 2);
    tcase_add_test(tests, tcp_gets_every_address);
    tcase_add_test(tests, every_target_and_another_prefix);
    tcase_add_test(tests, tcp_target_may_come_late_and_go);
    tcase_add_test(tests, tcp_target_that_never_reads_holds_nothing_up);
    tcase_add_test(tests, requests_with_any_number_type);
    tcase_add_test(tests, nonsense_is_counted);
    tcase_add_test(tests, subscribers_come_and_go);
    tcase_add_test(tests, a_receiver_is_one_by_any_name);
    tcase_add_test(tests, hostile_packets_do_no_harm);
    tcase_add_test(tests, bad_addresses_get_a_sentence);
    tcase_add_test(tests, a_port_in_use_gets_a_sentence);
    tcase_add_test(tests, multicast_reaches_a_group);
}
