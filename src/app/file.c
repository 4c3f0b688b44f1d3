/* `genrecast file`: the genre of sound files. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli.h"
#include "app/file_task.h"
#include "app/progress.h"
#include "hash.h"
#include "machine.h"
#include "model/model.h"
#include "out/json.h"

static void help(void) {
    puts(
        "Says the genre of sound files: WAV, AIFF, AU, FLAC, Ogg, Opus and MP3 at any rate from 8\n"
        "to 192 kHz. Folders stand for the sound files in and below them.\n\n"
        "usage: genrecast file PATH... [OPTION]...\n\n"
        "  --every S            also the answer so far, every S seconds (0.1 or more)\n"
        "  --json               one JSON object a line\n"
        "  --csv                comma-separated values with a header line\n"
        "  --resume FILE        add JSON lines to FILE, and pass over files that it has already\n"
        "  -j, --jobs N         threads, each of which hears up to eight files (one per core)\n"
        "  --files-from FILE    read paths from FILE, one a line; - is standard input\n"
        "  --model FILE         another model than the compiled-in one\n"
        "  --smoothing S        time constant of the scores' mean (5); inf: the whole file alike\n"
        "  --hold S             how long another genre must lead before it is named (1)\n"
        "  --unknown-below P    confidence under which the answer is \"unknown\" (0.3)\n"
        "  --silence DB         level under which it is silent, in dBFS (-70)\n"
        "  --help               this text\n\n"
        "Each line tells the path, the genre at the end of the file, how sure that is, and the\n"
        "three likeliest genres. A file that cannot be read is reported and passed over.\n\n"
        "Exit status: 0 all went well, 1 a file failed, 2 wrong usage, 130 interrupted.\n\n"
        "examples:\n"
        "  genrecast file song.mp3\n"
        "  genrecast file --csv ~/Music > genres.csv\n"
        "  genrecast file --resume genres.jsonl ~/Music   # and the same again to go on\n"
        "  genrecast file --json --every 1 mix.flac");
}

/* A line of the file that --resume names, with its newline. NULL: out of memory. */
static char *kept_line(const GenreFileTask *task, const GenrePath *path,
                       const GenreEstimate *estimate, bool final, const char *error) {
    const GenreJsonFile file = {path->path, path->n_bytes, path->modified_s, task->made_with,
                                error};
    char *object = genre_json_file(task->model, estimate, &file, final), *line = NULL;
    if (object && asprintf(&line, "%s\n", object) < 0)
        line = NULL;
    free(object);
    return line;
}

void genre_file_say(GenreBatch *batch, size_t index, const GenreFileTask *task,
                    const GenreEstimate *estimate, bool final, const char *error) {
    const GenrePath *const path = &task->paths.paths[index];
    char *line = task->results
                     ? kept_line(task, path, estimate, final, error)
                     : genre_report_line(&task->report, task->model, estimate, path->path, final);
    if (line)
        genre_batch_print(batch, index, line);
    else
        genre_batch_complain(batch, index, "out of memory");
    free(line);
}

static bool keep(void *context, const char *lines) {
    GenreFileTask *task = context;
    if (!genre_results_add(task->results, lines))
        return false;
    task->n_kept++;
    return true;
}

/* Stands for what an answer depends on besides the sound. */
static void name_means(const GenreFileTask *task, char text[17]) {
    static const char *const parts[] = {"layers", "feature",   "calibration",  "labels",
                                        "output", "not_music", "window_frames"};
    const GenreSettings *const s = &task->settings;
    const uint64_t weights = task->model->weights_hash; /* not every model has a checksum */
    const double numbers[] = {s->smoothing_s, s->hold_s, s->unknown_below, s->silence_db,
                              task->every_s};
    uint64_t hash = genre_hash(GENRE_HASH_EMPTY, numbers, sizeof numbers);
    hash = genre_hash(hash, &weights, sizeof weights);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *part = genre_model_metadata(task->model, parts[i]);
        hash = genre_hash(hash, part ? part : "", part ? strlen(part) + 1 : 1);
    }
    snprintf(text, 17, "%016" PRIx64, hash);
}

/* Takes the files that have a line already off the list. */
static void skip_done(GenreFileTask *task) {
    GenrePaths *const paths = &task->paths;
    size_t n_left = 0;
    for (size_t i = 0; i < paths->n; i++) {
        const GenrePath path = paths->paths[i];
        if (genre_results_has(task->results, path.path, path.n_bytes, path.modified_s))
            free(path.path);
        else
            paths->paths[n_left++] = path;
    }
    task->n_skipped = paths->n - n_left;
    paths->n = n_left;
}

/* What has become of the files, in one sentence. */
static void sum_up(const GenreFileTask *task, const char *path) {
    const size_t n_failed = task->files_failed, n_left = task->paths.n - task->n_kept - n_failed;
    char left[100] = "";
    if (n_left)
        snprintf(left, sizeof left, ", %zu left: the same command goes on from there", n_left);
    genre_complain("%s: %zu done, %zu skipped, %zu failed%s", path, task->n_kept, task->n_skipped,
                   n_failed, left);
}

static double tell_done(void *context, char *note, size_t size) {
    GenreFileTask *task = context;
    const double passed_s = genre_now_s() - task->started_s;
    snprintf(note, size, "%zu of %zu files  %.0f x real time", (size_t)task->files_done,
             task->paths.n, (double)task->heard_ms / 1000 / (passed_s > 0 ? passed_s : 1));
    return task->n_bytes ? (double)task->bytes_done / (double)task->n_bytes : 0;
}

static int run(GenreFileTask *task, long n_threads) {
    for (size_t i = 0; i < task->paths.n; i++) {
        enum { WIDEST = 48 }; /* longer paths stand out rather than push everything to the right */
        const int width = genre_report_width(task->paths.paths[i].path);
        if (width <= WIDEST && width > task->report.path_width)
            task->report.path_width = width;
        task->n_bytes += task->paths.paths[i].n_bytes;
    }
    if (task->report.kind == GENRE_REPORT_CSV) {
        char *header = genre_report_csv_header(task->model);
        fputs(header ? header : "", stdout);
        free(header);
    }
    const GenreBatchPlan plan = {genre_file_hear, tell_done, task->results ? keep : NULL, task};
    task->started_s = genre_now_s();
    task->at_once = (task->paths.n + (size_t)n_threads - 1) / (size_t)n_threads;
    const int status =
        task->paths.n ? genre_batch_run(&plan, task->paths.n, (int)n_threads) : GENRE_EXIT_OK;
    return status == GENRE_EXIT_OK && task->paths.n_bad ? GENRE_EXIT_FAILED : status;
}

enum {
    OPT_EVERY = 256,
    OPT_JSON,
    OPT_CSV,
    OPT_RESUME,
    OPT_FILES_FROM,
    OPT_MODEL,
    OPT_SMOOTHING,
    OPT_HOLD,
    OPT_UNKNOWN,
    OPT_SILENCE,
    OPT_HELP
};

static const struct option known[] = {{"every", required_argument, NULL, OPT_EVERY},
                                      {"json", no_argument, NULL, OPT_JSON},
                                      {"csv", no_argument, NULL, OPT_CSV},
                                      {"resume", required_argument, NULL, OPT_RESUME},
                                      {"jobs", required_argument, NULL, 'j'},
                                      {"files-from", required_argument, NULL, OPT_FILES_FROM},
                                      {"model", required_argument, NULL, OPT_MODEL},
                                      {"smoothing", required_argument, NULL, OPT_SMOOTHING},
                                      {"hold", required_argument, NULL, OPT_HOLD},
                                      {"unknown-below", required_argument, NULL, OPT_UNKNOWN},
                                      {"silence", required_argument, NULL, OPT_SILENCE},
                                      {"help", no_argument, NULL, OPT_HELP},
                                      {NULL, 0, NULL, 0}};

typedef struct {
    const char *model_path;
    const char *list;
    const char *resume;
    long n_threads;
} Arguments;

/* Reads `text` as a number into a setting. */
static bool set(const char *name, const char *text, double low, double high, float *setting) {
    double value;
    if (!genre_read_number(name, text, low, high, &value))
        return false;
    *setting = (float)value;
    return true;
}

/* One option. False after a complaint. */
static bool take_option(int option, GenreFileTask *task, Arguments *arguments) {
    GenreSettings *const s = &task->settings;
    switch (option) {
    case OPT_EVERY:
        return genre_read_number("--every", optarg, 0.1, 86400, &task->every_s);
    case OPT_JSON:
    case OPT_CSV:
        if (task->report.kind != GENRE_REPORT_TEXT) {
            genre_complain("--json and --csv: only one of them, once");
            return false;
        }
        task->report.kind = option == OPT_JSON ? GENRE_REPORT_JSON : GENRE_REPORT_CSV;
        return true;
    case OPT_RESUME:
        arguments->resume = optarg;
        return true;
    case 'j':
        return genre_read_count("--jobs", optarg, 1, 256, &arguments->n_threads);
    case OPT_FILES_FROM:
        arguments->list = optarg;
        return true;
    case OPT_MODEL:
        arguments->model_path = optarg;
        return true;
    case OPT_SMOOTHING:
        return set("--smoothing", optarg, 0, INFINITY, &s->smoothing_s);
    case OPT_HOLD:
        return set("--hold", optarg, 0, 60, &s->hold_s);
    case OPT_UNKNOWN:
        return set("--unknown-below", optarg, 0, 1, &s->unknown_below);
    case OPT_SILENCE:
        return set("--silence", optarg, -120, 0, &s->silence_db);
    default: /* getopt has complained */
        return false;
    }
}

int genre_app_file(int argc, char **argv) {
    GenreFileTask task = {.settings = genre_settings_default()};
    Arguments arguments = {.n_threads = genre_n_processors()};
    /* The finest there is: --every picks from it, and cannot change the final answer. */
    task.settings.interval_s = 0.1f;
    for (int option; (option = getopt_long(argc, argv, "hj:", known, NULL)) != -1;) {
        if (option == OPT_HELP || option == 'h') {
            help();
            return GENRE_EXIT_OK;
        }
        if (!take_option(option, &task, &arguments))
            return genre_usage_error("file");
    }
    if (optind == argc && !arguments.list) {
        genre_complain("which files? Name some, or folders of them");
        return genre_usage_error("file");
    }
    if (arguments.resume && task.report.kind == GENRE_REPORT_CSV) {
        genre_complain("--resume writes JSON lines, and goes without --csv");
        return genre_usage_error("file");
    }
    GenreModel *model = genre_open_model(arguments.model_path);
    if (!model)
        return GENRE_EXIT_FAILED;
    task.model = model;
    task.report.with_time = task.every_s > 0;
    name_means(&task, task.made_with);
    if (arguments.resume &&
        !(task.results = genre_results_open(arguments.resume, task.made_with))) {
        genre_model_free(model);
        return GENRE_EXIT_FAILED;
    }
    if (arguments.list && !genre_paths_add_list(&task.paths, arguments.list))
        task.paths.n_bad++;
    for (int i = optind; i < argc; i++)
        genre_paths_add(&task.paths, argv[i]);
    if (task.results)
        skip_done(&task);
    int status = run(&task, arguments.n_threads);
    if (!genre_results_close(task.results))
        status = GENRE_EXIT_FAILED;
    if (arguments.resume)
        sum_up(&task, arguments.resume);
    genre_paths_clear(&task.paths);
    genre_model_free(model);
    return status;
}
