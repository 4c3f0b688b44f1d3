/* What `genrecast live` tells the world, where that goes wrong. */
#include "app/live_output.h"

#include <arpa/inet.h>
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

/* The caller frees a model that was refused. */
START_TEST(without_memory_for_another_model_the_one_before_stays) {
    char url[40], top[64];
    const int fd = open_receiver(url);
    GenreModel *model = genre_model_default(NULL), *other = small_model();
    const GenreLiveOptions options = {.plain = true, .osc = {url}, .n_osc = 1};
    GenreLiveOutput *output = genre_live_output_new(&options, model, &stop, &error);
    ck_assert_msg(output != NULL, "%s", error.text);
    no_memory = true;
    ck_assert_int_eq(genre_live_output_set_model(output, other, &error), GENRE_ERR_NO_MEMORY);
    no_memory = false;
    check_sentence(&error);
    genre_model_free(other);
    /* Its number is none of the small model's labels. */
    const GenreEstimate e = {.sequence = 1,
                             .state = GENRE_STATE_MUSIC,
                             .genre = 4,
                             .n_labels = genre_model_n_labels(model)};
    const char *label = genre_model_label(model, e.genre);
    char line[400];
    int ends[2];
    const int terminal = dup(STDOUT_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    genre_live_output_estimate(output, &e, 0, -1);
    dup2(terminal, STDOUT_FILENO);
    const ssize_t n = read(ends[0], line, sizeof line - 1);
    ck_assert_int_gt(n, 0);
    line[n] = '\0';
    ck_assert_msg(strstr(line, label) != NULL, "%s, not %s", line, label);
    read_top(fd, top);
    ck_assert_str_eq(top, label);
    genre_live_output_free(output);
    genre_model_free(model);
    close(ends[0]);
    close(ends[1]);
    close(terminal);
    close(fd);
}
END_TEST

void add_tests(TCase *tests) {
    tcase_add_test(tests, without_memory_for_another_model_the_one_before_stays);
}
