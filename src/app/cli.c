#include "app/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/progress.h"
#include "out/text.h"

/* Set once, at the start of main. */
static const char *program_name = "genrecast";

void genre_complain(const char *format, ...) {
    va_list args;
    char *text = NULL;
    va_start(args, format);
    const int n = vasprintf(&text, format, args);
    va_end(args);
    /* File names and what libraries say about them may hold anything. */
    char *shown = n >= 0 ? genre_text_printable(text) : NULL;
    fflush(stdout);
    fprintf(stderr, "%s%s: %s\n", genre_progress_wipe(), program_name,
            shown ? shown : "out of memory");
    free(shown);
    if (n >= 0)
        free(text);
}

void genre_on_signal(int number, void (*handler)(int), int flags) {
    const struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    struct sigaction before;
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

bool genre_read_number(const char *name, const char *text, double low, double high, double *value) {
    char *end;
    errno = 0;
    const double number = strtod(text, &end);
    if (end == text || *end || !(number >= low && number <= high)) {
        genre_complain("%s: \"%s\" is not a number from %g to %g", name, text, low, high);
        return false;
    }
    *value = number;
    return true;
}

bool genre_read_count(const char *name, const char *text, long low, long high, long *value) {
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end || errno || number < low || number > high) {
        genre_complain("%s: \"%s\" is not a whole number from %ld to %ld", name, text, low, high);
        return false;
    }
    *value = number;
    return true;
}

GenreModel *genre_open_model(const char *path) {
    GenreError error;
    GenreModel *model = path ? genre_model_load(path, &error) : genre_model_default(&error);
    if (!model)
        genre_complain("%s", error.text);
    return model;
}

int genre_usage_error(const char *command) {
    fprintf(stderr, "Try \"%s%s%s --help\".\n", program_name, *command ? " " : "", command);
    return GENRE_EXIT_USAGE;
}

static void help(const GenreProgram *program) {
    printf("%s\n\nusage: %s COMMAND [OPTION]...\n\n", program->about, program->name);
    for (int i = 0; i < program->n_commands; i++)
        if (program->commands[i].summary)
            printf("  %-10s %s\n", program->commands[i].name, program->commands[i].summary);
    printf("\n  --help     this text; \"%s COMMAND --help\" for a command's options\n"
           "  --version  the version\n\n"
           "Exit status: 0 all went well, 1 something failed, 2 wrong usage, 130 interrupted.\n\n"
           "examples:\n%s",
           program->name, program->examples);
}

/* The next file that is opened gets the least number that is free: were standard error closed, our
 * complaints would land in that file. Opened the wrong way round, so that to read or write them
 * still fails. */
static void open_standard_files(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            exit(GENRE_EXIT_FAILED);
}

static int run_command(const GenreProgram *program, int argc, char **argv) {
    if (argc < 2) {
        genre_complain("a command is missing");
        return genre_usage_error("");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help(program);
        return GENRE_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", program->name, genre_version());
        return GENRE_EXIT_OK;
    }
    for (int i = 0; i < program->n_commands; i++)
        if (strcmp(argv[1], program->commands[i].name) == 0) {
            /* getopt begins its complaints with this. */
            char name[64];
            snprintf(name, sizeof name, "%s %s", program->name, program->commands[i].name);
            argv[1] = name;
            return program->commands[i].run(argc - 1, argv + 1);
        }
    genre_complain("there is no command \"%s\"", argv[1]);
    return genre_usage_error("");
}

int genre_run_program(const GenreProgram *program, int argc, char **argv) {
    open_standard_files();
    program_name = program->name;
    const int status = run_command(program, argc, argv);
    errno = 0;
    const bool written = fflush(stdout) == 0 && !ferror(stdout);
    /* What failed has been told; and a reader that has seen enough is no error to report. */
    if (status != GENRE_EXIT_OK || written || errno == EPIPE)
        return status;
    genre_complain("cannot write the output: %s", errno ? strerror(errno) : "it is incomplete");
    return GENRE_EXIT_FAILED;
}
