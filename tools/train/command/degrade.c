/* Writes clips as they sound after each of a fixed set of degradations, with manifests of them. */
#include <errno.h>
#include <getopt.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/cli.h"
#include "base/pool.h"
#include "base/whole_file.h"
#include "clips/manifest.h"
#include "command/commands.h"
#include "eval/degrade.h"
#include "machine.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train degrade CLIPS --as KIND -o FOLDER [OPTION]...\n\n"
    "Writes the clips that have sound as FLAC files, mono, with FOLDER/manifest.csv, which\n"
    "\"eval\" takes in place of CLIPS. The same clips give the same files. KIND is\n\n"
    "  room      by a small loudspeaker, in a room that takes 0.5 s to fade by 60 dB\n"
    "  noise     white noise 15 dB under the music\n"
    "  low-pass  nothing above 3 kHz\n"
    "  codec     Opus at 32 kbit/s\n"
    "  quiet     30 dB softer\n"
    "  all       each of these, in a folder of its name in FOLDER\n\n"
    "\"genrecast-train eval --degraded\" scores a model on all of them without writing any.\n\n"
    "      --as KIND          what to do to the clips\n"
    "  -o, --output FOLDER    where to put them\n"
    "      --split SPLIT      only these clips (default: all)\n"
    "      --dataset A,B,...  only clips of these datasets\n"
    "  -j, --jobs N           threads (default: one per processor)\n"
    "  -h, --help             this text\n";

typedef struct {
    const char *clips, *output, *split, *datasets;
    Degradation first, last; /* kinds to write */
    bool in_folders;         /* one for each kind */
    long jobs;
} Arguments;

typedef struct {
    const Arguments *arguments;
    const Manifest *manifest;
    const Clip **clips; /* (n) those to write */
    bool *written;      /* (kinds, n) */
    size_t n, n_all;
} Job;

/* Whether `name` is in the list "a,b,...". */
static bool is_in(const char *list, const char *name) {
    const size_t n = strlen(name);
    for (const char *next = list; *next; next += *next == ',') {
        const size_t length = strcspn(next, ",");
        if (length == n && strncmp(next, name, n) == 0)
            return true;
        next += length;
    }
    return false;
}

static bool is_chosen(const Arguments *arguments, const Clip *clip) {
    return (!arguments->split || strcmp(arguments->split, clip->split) == 0) &&
           (!arguments->datasets || is_in(arguments->datasets, clip->dataset));
}

/* FOLDER, or the folder of a kind in it. NULL: no memory. */
static char *folder_of(const Arguments *arguments, Degradation kind) {
    char *path = NULL;
    const int n = arguments->in_folders
                      ? asprintf(&path, "%s/%s", arguments->output, degrade_name(kind))
                      : asprintf(&path, "%s", arguments->output);
    return n < 0 ? NULL : path;
}

static GenreStatus make_folder(const char *path, GenreError *error) {
    if (path && (mkdir(path, 0777) == 0 || errno == EEXIST))
        return GENRE_SUCCESS;
    return path ? genre_fail(error, GENRE_ERR_WRITE, "%s cannot be made: %s", path, strerror(errno))
                : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

static GenreStatus write_clip(const Job *job, size_t i, Degradation kind, GenreError *error) {
    const char *audio = job->clips[i]->audio;
    char *folder = folder_of(job->arguments, kind), *from = NULL, *to = NULL;
    const bool absolute = *audio == '/';
    GenreStatus status = GENRE_SUCCESS;
    Mono mono = {0};
    if (!folder || asprintf(&to, "%s/%05zu.flac", folder, i + 1) < 0 ||
        asprintf(&from, "%s%s%s", absolute ? "" : job->manifest->folder, absolute ? "" : "/",
                 audio) < 0)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status)
        status = degrade_read(&mono, from, kind, error);
    if (!status) {
        status = mono_write(&mono, to, SF_FORMAT_FLAC | SF_FORMAT_PCM_24, error);
        free(mono.samples);
    }
    free(folder);
    free(from);
    free(to);
    return status;
}

static void work(void *context, int task) {
    Job *job = context;
    const size_t i = (size_t)task % job->n;
    const Degradation kind = job->arguments->first + (Degradation)((size_t)task / job->n);
    GenreError error;
    job->written[task] = write_clip(job, i, kind, &error) == GENRE_SUCCESS;
    if (!job->written[task])
        genre_complain("left out: %s", error.text);
}

/* Quoted, whatever is in it. */
static void put_field(FILE *out, const char *text) {
    fputs(",\"", out);
    for (; *text; text++)
        fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, out);
    fputc('"', out);
}

static GenreStatus write_manifest(const Job *job, Degradation kind, GenreError *error) {
    const bool *written = job->written + (size_t)(kind - job->arguments->first) * job->n;
    char *folder = folder_of(job->arguments, kind), *path = NULL, *text = NULL;
    size_t size = 0;
    GenreStatus status = GENRE_SUCCESS;
    FILE *out = open_memstream(&text, &size);
    if (out)
        fputs("audio,id,dataset,genre,artist,split\n", out);
    for (size_t i = 0; out && i < job->n; i++) {
        const Clip *clip = job->clips[i];
        if (!written[i])
            continue;
        fprintf(out, "%05zu.flac", i + 1);
        put_field(out, clip->id);
        put_field(out, clip->dataset);
        put_field(out, clip->genre);
        put_field(out, clip->artist);
        put_field(out, clip->split);
        fputc('\n', out);
    }
    if (!out || fclose(out) != 0 || !folder || asprintf(&path, "%s/manifest.csv", folder) < 0)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else
        status = whole_file_write(path, text, error);
    if (!status)
        printf("%s\n", path);
    free(folder);
    free(path);
    free(text);
    return status;
}

/* Those to write, into job->clips. */
static GenreStatus choose(Job *job, GenreError *error) {
    size_t n_silent = 0;
    for (size_t i = 0; i < job->manifest->n; i++) {
        const Clip *clip = &job->manifest->clips[i];
        if (!is_chosen(job->arguments, clip))
            continue;
        if (*clip->audio)
            job->clips[job->n++] = clip;
        else
            n_silent++;
    }
    if (job->n == 0)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          n_silent ? "no clip of this split and dataset has sound"
                                   : "no clip is of this split and dataset");
    if (n_silent > 0)
        genre_complain("%zu clips left out that have no sound", n_silent);
    return GENRE_SUCCESS;
}

/* *n_failed: how many files could not be made. */
static GenreStatus write_all(Job *job, size_t *n_failed, GenreError *error) {
    const Arguments *arguments = job->arguments;
    GenreStatus status = make_folder(arguments->output, error);
    for (Degradation kind = arguments->first; kind <= arguments->last && !status; kind++) {
        char *folder = folder_of(arguments, kind);
        status = make_folder(folder, error);
        free(folder);
    }
    if (status)
        return status;
    Pool *pool = pool_new((int)arguments->jobs);
    if (!pool)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "no thread to be had");
    pool_run_shown(pool, (int)job->n_all, work, job, "degrading");
    pool_free(pool);
    for (size_t i = 0; i < job->n_all; i++)
        *n_failed += !job->written[i];
    for (Degradation kind = arguments->first; kind <= arguments->last && !status; kind++)
        status = write_manifest(job, kind, error);
    return status;
}

static GenreStatus run(const Arguments *arguments, size_t *n_failed, GenreError *error) {
    const size_t n_kinds = (size_t)(arguments->last - arguments->first) + 1;
    Manifest manifest;
    GenreStatus status = manifest_read(&manifest, arguments->clips, MANIFEST_GENRES, error);
    if (status)
        return status;
    Job job = {.arguments = arguments,
               .manifest = &manifest,
               .clips = calloc(manifest.n + 1, sizeof *job.clips),
               .written = calloc(n_kinds * manifest.n + 1, sizeof *job.written)};
    if (!job.clips || !job.written)
        status = genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    else
        status = choose(&job, error);
    job.n_all = n_kinds * job.n;
    if (!status)
        status = write_all(&job, n_failed, error);
    free(job.clips);
    free(job.written);
    manifest_clear(&manifest);
    return status;
}

static bool choose_kind(Arguments *arguments, const char *name) {
    arguments->in_folders = strcmp(name, "all") == 0;
    arguments->first = DEGRADE_NOT + 1;
    arguments->last = DEGRADE_N - 1;
    for (Degradation kind = DEGRADE_NOT + 1; kind < DEGRADE_N; kind++)
        if (strcmp(name, degrade_name(kind)) == 0)
            arguments->first = arguments->last = kind;
    if (arguments->in_folders || arguments->first == arguments->last)
        return true;
    genre_complain("--as: \"%s\" is none of room, noise, low-pass, codec, quiet, all", name);
    return false;
}

int command_degrade(int argc, char **argv) {
    enum { AS = 256, SPLIT, DATASET };
    static const struct option options[] = {{"as", required_argument, NULL, AS},
                                            {"output", required_argument, NULL, 'o'},
                                            {"split", required_argument, NULL, SPLIT},
                                            {"dataset", required_argument, NULL, DATASET},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    Arguments arguments = {.jobs = genre_n_processors()};
    for (int c; (c = getopt_long(argc, argv, "o:j:h", options, NULL)) != -1;) {
        switch (c) {
        case AS:
            if (!choose_kind(&arguments, optarg))
                return genre_usage_error("degrade");
            break;
        case 'o':
            arguments.output = optarg;
            break;
        case SPLIT:
            arguments.split = optarg;
            break;
        case DATASET:
            arguments.datasets = optarg;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &arguments.jobs))
                return GENRE_EXIT_USAGE;
            break;
        case 'h':
            fputs(help, stdout);
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("degrade");
        }
    }
    if (optind != argc - 1 || !arguments.output || arguments.last == DEGRADE_NOT) {
        genre_complain("degrade needs CLIPS, --as and --output");
        return genre_usage_error("degrade");
    }
    arguments.clips = argv[optind];
    GenreError error;
    size_t n_failed = 0;
    const GenreStatus status = run(&arguments, &n_failed, &error);
    if (status)
        genre_complain("%s", error.text);
    return status || n_failed > 0 ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
