/* What `genrecast live` tells the world, where that goes wrong. */
#include "app/live_output.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model_helpers.h"
#include "run.h"

/* The linker puts this in the place of strdup in our own code (see meson.build). */
static bool no_memory;
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

char *__wrap_strdup(const char *text) {
    return no_memory ? NULL : __real_strdup(text);
}

static const volatile sig_atomic_t stop;
static GenreError error;

static GenreModel *small_model(void) {
    size_t size;
    unsigned char *bytes = encode(small_header(), &size);
    GenreModel *model = genre_model_parse(bytes, size, NULL);
    ck_assert_ptr_nonnull(model);
    free(bytes);
    return model;
}

/* A receiver of OSC, and its URL. */
static int open_receiver(char url[40]) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(url, 40, "127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

/* The last string that came to /genre/top. */
static void read_top(int fd, char text[64]) {
    static const char head[16] = "/genre/top\0\0,s";
    char packet[1500];
    *text = '\0';
    for (ssize_t n; (n = recv(fd, packet, sizeof packet - 1, MSG_DONTWAIT)) > 0;) {
        packet[n] = '\0';
        if (n > (ssize_t)sizeof head && memcmp(packet, head, sizeof head) == 0)
            snprintf(text, 64, "%.63s", packet + sizeof head);
    }
}

static GenreModel *model;

static GenreLiveOutput *open_output(const GenreLiveOptions *options) {
    GenreLiveOutput *output = genre_live_output_new(options, model, &stop, &error);
    ck_assert_msg(output != NULL, "%s", error.text);
    return output;
}

/* An update, printed to `fd`. */
static void print_to(int fd, GenreLiveOutput *output, int final) {
    const GenreEstimate e = {.sequence = 1,
                             .state = GENRE_STATE_MUSIC,
                             .genre = 4,
                             .n_labels = genre_model_n_labels(model)};
    const int before = dup(STDOUT_FILENO);
    ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
    genre_live_output_estimate(output, &e, 0, final);
    dup2(before, STDOUT_FILENO);
    close(before);
}

/* What has come through a pipe. */
static void read_from(int fd, char text[8192]) {
    const ssize_t n = read(fd, text, 8191);
    text[n > 0 ? n : 0] = '\0';
}

/* The caller frees a model that was refused. */
START_TEST(without_memory_for_another_model_the_one_before_stays) {
    char url[40], top[64], line[8192];
    int ends[2];
    const int fd = open_receiver(url);
    GenreModel *other = small_model();
    GenreLiveOutput *output =
        open_output(&(GenreLiveOptions){.plain = true, .osc = {url}, .n_osc = 1});
    no_memory = true;
    ck_assert_int_eq(genre_live_output_set_model(output, other, &error), GENRE_ERR_NO_MEMORY);
    no_memory = false;
    check_sentence(&error);
    genre_model_free(other);
    const char *label = genre_model_label(model, 4); /* the small model has two */
    ck_assert_int_eq(pipe(ends), 0);
    print_to(ends[1], output, -1);
    read_from(ends[0], line);
    ck_assert_msg(strstr(line, label) != NULL, "%s, not %s", line, label);
    read_top(fd, top);
    ck_assert_str_eq(top, label);
    genre_live_output_free(output);
    close(ends[0]);
    close(ends[1]);
    close(fd);
}
END_TEST

START_TEST(a_reader_that_leaves_is_no_failure_but_a_full_disk_is) {
    int ends[2];
    GenreLiveOutput *output = open_output(&(GenreLiveOptions){.json = true});
    ck_assert_int_eq(pipe(ends), 0);
    print_to(ends[1], output, -1);
    ck_assert(!genre_live_output_closed(output) && !genre_live_output_failed(output));
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    print_to(ends[1], output, -1);
    close(ends[1]);
    ck_assert(genre_live_output_closed(output) && !genre_live_output_failed(output));
    genre_live_output_free(output);
    const int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        return;
    output = open_output(&(GenreLiveOptions){.json = true});
    print_to(full, output, -1);
    close(full);
    ck_assert(genre_live_output_closed(output) && genre_live_output_failed(output));
    genre_live_output_free(output);
}
END_TEST

START_TEST(a_reader_that_stalls_costs_lines_and_no_time) {
    enum { PAGE = 4096 };
    char text[8192], told[8192];
    int ends[2], errors[2];
    const int before = dup(STDERR_FILENO);
    GenreLiveOutput *output = open_output(&(GenreLiveOptions){.json = true});
    ck_assert_int_eq(pipe(ends) | pipe(errors), 0);
    ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, PAGE), PAGE);
    dup2(errors[1], STDERR_FILENO);
    for (int i = 0; i < 40; i++)
        print_to(ends[1], output, 0);
    print_to(ends[1], output, 1);
    read_from(ends[0], text);
    ck_assert_str_eq(text + strlen(text) - 2, "}\n");
    size_t n_lines = 0;
    for (const char *c = text; *c; c++)
        n_lines += *c == '\n';
    /* Where there is room again, they go on. */
    print_to(ends[1], output, 1);
    read_from(ends[0], text);
    ck_assert_ptr_nonnull(strstr(text, "\"final\":true"));
    genre_live_output_free(output);
    dup2(before, STDERR_FILENO);
    read_from(errors[0], told);
    snprintf(text, sizeof text,
             "genrecast: standard output is not read: lines are dropped until it is\n"
             "genrecast: %zu lines were dropped, as standard output was not read\n",
             41 - n_lines);
    ck_assert_str_eq(told, text);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(errors[i]);
    }
    close(before);
}
END_TEST

static void set_up(void) {
    model = genre_model_default(NULL);
}

static void tear_down(void) {
    genre_model_free(model);
}

void add_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, without_memory_for_another_model_the_one_before_stays);
    tcase_add_test(tests, a_reader_that_leaves_is_no_failure_but_a_full_disk_is);
    tcase_add_test(tests, a_reader_that_stalls_costs_lines_and_no_time);
}
