/* `genrecast devices`: the audio inputs. PortAudio is asked in a process of its own (see stream.h):
 * what it prints is not for users, and it may hang. */
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli.h"
#include "app/input.h"
#include "machine.h"
#include "out/text.h"

static const double timeout_s = 5;

enum { MAX_INPUTS = 256 };

typedef struct {
    int index, n_channels;
    bool is_default;
    double rate_hz;
    char name[128], host[64];
} Input;

/* What the asking process sends through a pipe: an Answer, then n_inputs of Input. */
typedef struct {
    GenreError error;
    int n_inputs;
} Answer;

static void help(void) {
    puts("Lists the audio inputs of this machine, for \"genrecast live --device\".\n\n"
         "usage: genrecast devices [--json] [--verbose]\n\n"
         "  --json     one JSON array of objects\n"
         "  --verbose  let the audio libraries' own messages through\n"
         "  --help     this text\n\n"
         "An asterisk marks the default. Exit status: 0 there are inputs, 1 there are none,\n"
         "2 wrong usage.");
}

static bool write_all(int fd, const void *bytes, size_t size) {
    for (const char *p = bytes; size > 0;) {
        const ssize_t n = write(fd, p, size);
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static void ask(int fd) {
    static Input inputs[MAX_INPUTS];
    Answer answer = {.n_inputs = 0};
    if (genre_input_init(&answer.error) == GENRE_SUCCESS) {
        const int standard = genre_input_find(NULL, &answer.error);
        for (int i = 0; i < Pa_GetDeviceCount() && answer.n_inputs < MAX_INPUTS; i++) {
            if (genre_input_n_channels(i) == 0)
                continue;
            Input *input = &inputs[answer.n_inputs++];
            *input = (Input){.index = i,
                             .n_channels = genre_input_n_channels(i),
                             .is_default = i == standard,
                             .rate_hz = Pa_GetDeviceInfo(i)->defaultSampleRate};
            snprintf(input->name, sizeof input->name, "%s", genre_input_name(i));
            snprintf(input->host, sizeof input->host, "%s", genre_input_host(i));
        }
    }
    if (write_all(fd, &answer, sizeof answer))
        write_all(fd, inputs, (size_t)answer.n_inputs * sizeof *inputs);
}

static pid_t start_asking(int *fd, bool verbose) {
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        if (!verbose)
            dup2(null, STDERR_FILENO);
        close(ends[0]);
        ask(ends[1]);
        _exit(0); /* not exit(): what the audio libraries left behind may hang */
    }
    close(ends[1]);
    *fd = ends[0];
    return pid;
}

/* Reads all of `size` bytes before the clock reaches `until_s`. */
static bool read_all(int fd, void *bytes, size_t size, double until_s) {
    for (char *p = bytes; size > 0;) {
        const double left_s = until_s - genre_now_s();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left_s <= 0 || poll(&ready, 1, (int)(left_s * 1000) + 1) <= 0)
            return false;
        const ssize_t n = read(fd, p, size);
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

/* Fills `inputs` (MAX_INPUTS); returns how many, -1 where that cannot be told. Complains where
 * there are none. */
static int find_inputs(Input *inputs, bool verbose) {
    const double until_s = genre_now_s() + timeout_s;
    int fd;
    const pid_t pid = start_asking(&fd, verbose);
    if (pid < 0) {
        genre_complain("the sound system cannot be asked (out of processes or files)");
        return -1;
    }
    Answer answer;
    const bool answered = read_all(fd, &answer, sizeof answer, until_s) && answer.n_inputs >= 0 &&
                          answer.n_inputs <= MAX_INPUTS &&
                          read_all(fd, inputs, (size_t)answer.n_inputs * sizeof *inputs, until_s);
    close(fd);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (!answered) {
        genre_complain("the sound system does not answer");
        return -1;
    }
    if (answer.n_inputs == 0)
        genre_complain("%s", answer.error.text);
    return answer.n_inputs;
}

static void print_json(const Input *inputs, int n) {
    json_t *array = json_array();
    for (int i = 0; i < n; i++) {
        char *name = genre_text_utf8(inputs[i].name), *host = genre_text_utf8(inputs[i].host);
        json_array_append_new(array,
                              json_pack("{s:i, s:s, s:s, s:i, s:f, s:b}", "index", inputs[i].index,
                                        "name", name ? name : "?", "host", host ? host : "?",
                                        "channels", inputs[i].n_channels, "rate_hz",
                                        inputs[i].rate_hz, "default", inputs[i].is_default));
        free(name);
        free(host);
    }
    json_dumpf(array, stdout, JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(array);
}

static void print_table(const Input *inputs, int n) {
    puts("     index  channels      rate  host API      name");
    for (int i = 0; i < n; i++) {
        char *name = genre_text_printable(inputs[i].name);
        char *host = genre_text_printable(inputs[i].host);
        printf("  %c  %5d  %8d  %5g Hz  %-12s  %s\n", inputs[i].is_default ? '*' : ' ',
               inputs[i].index, inputs[i].n_channels, inputs[i].rate_hz, host ? host : "?",
               name ? name : "?");
        free(name);
        free(host);
    }
}

int genre_app_devices(int argc, char **argv) {
    static const struct option names[] = {{"json", no_argument, NULL, 'j'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool json = false, verbose = false;
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "h", names, NULL)) != -1;)
        switch (option) {
        case 'j':
            json = true;
            break;
        case 'v':
            verbose = true;
            break;
        case 'h':
            help();
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("devices");
        }
    if (optind < argc) {
        genre_complain("devices takes no \"%s\"", argv[optind]);
        return genre_usage_error("devices");
    }
    static Input inputs[MAX_INPUTS];
    const int n = find_inputs(inputs, verbose);
    if (n < 0)
        return GENRE_EXIT_FAILED;
    if (json)
        print_json(inputs, n);
    else if (n > 0)
        print_table(inputs, n);
    return n > 0 ? GENRE_EXIT_OK : GENRE_EXIT_FAILED;
}
