#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"
#include "cache.h"
#include "commands.h"
#include "evaluate.h"
#include "frames.h"
#include "machine.h"
#include "model/model.h"
#include "report.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train eval MODEL CLIPS [OPTION]...\n\n"
    "Scores MODEL on CLIPS, a manifest or a folder per genre (see prepare --help): how\n"
    "often it is right after 1 to 30 s, and precision, recall, F1 and confusions after\n"
    "30 s or a clip's end, with 95 % intervals; ECE is the expected calibration error,\n"
    "the mean gap between how sure it says it is and how often it is right.\n"
    "Sound files go through the whole pipe, as in \"genrecast file\"; clips that exist\n"
    "as mel frames only enter behind the feature.\n\n"
    "      --split SPLIT    only these clips (default: all)\n"
    "      --dataset NAME   only these clips (default: all)\n"
    "      --labels A,B,... only clips of these labels, and only these as answers\n"
    "      --source KIND    audio (where it exists, the default) or mel (where it exists)\n"
    "      --json           as JSON\n"
    "      --html FILE      write a page with pictures, too\n"
    "  -j, --jobs N         threads (default: one per processor)\n"
    "  -h, --help           this text\n";

typedef struct {
    const char *model, *clips, *split, *dataset, *labels, *html;
    bool prefer_mel, json;
    long jobs;
} Arguments;

/* Marks the labels in the list "a,b,..."; all for NULL. */
static bool choose_labels(Evaluation *evaluation, const char *list) {
    const GenreModel *model = evaluation->model;
    for (int i = 0; i < model->n_labels; i++)
        evaluation->allowed[i] = !list;
    for (const char *next = list; next && *next;) {
        const size_t n = strcspn(next, ",");
        int found = -1;
        for (int i = 0; i < model->n_labels; i++)
            if (strlen(model->labels[i]) == n && strncmp(model->labels[i], next, n) == 0)
                found = i;
        if (found < 0) {
            genre_complain("the model has no label \"%.*s\"", (int)n, next);
            return false;
        }
        evaluation->allowed[found] = true;
        next += n + (next[n] == ',');
    }
    return true;
}

static bool chosen(const Arguments *arguments, const Clip *clip) {
    return (!arguments->split || strcmp(arguments->split, clip->split) == 0) &&
           (!arguments->dataset || strcmp(arguments->dataset, clip->dataset) == 0);
}

static int find_label(const Evaluation *evaluation, const char *genre) {
    for (int i = 0; i < evaluation->model->n_labels; i++)
        if (evaluation->allowed[i] && strcmp(evaluation->model->labels[i], genre) == 0)
            return i;
    return -1;
}

/* Everything that a list of clips points to. */
typedef struct {
    size_t n;
    EvaluateClip *clips;
    char **paths;
    Frames *frames;
} ClipList;

static void clip_list_clear(ClipList *list) {
    for (size_t i = 0; i < list->n; i++) {
        free(list->paths[i]);
        free(list->frames[i].values);
    }
    free(list->clips);
    free(list->paths);
    free(list->frames);
}

static char *join(const char *folder, const char *name) {
    char *path = malloc(strlen(folder) + strlen(name) + 2);
    if (path)
        sprintf(path, "%s%s%s", *name == '/' ? "" : folder, *name == '/' ? "" : "/", name);
    return path;
}

static GenreStatus list_clips(ClipList *list, const Evaluation *evaluation,
                              const Arguments *arguments, const Manifest *manifest,
                              const MelFiles *mel, GenreError *error) {
    list->clips = calloc(manifest->n, sizeof *list->clips);
    list->paths = calloc(manifest->n, sizeof *list->paths);
    list->frames = calloc(manifest->n, sizeof *list->frames);
    if (!list->clips || !list->paths || !list->frames)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    size_t n_without = 0;
    for (size_t i = 0; i < manifest->n; i++) {
        const Clip *clip = &manifest->clips[i];
        const int label = find_label(evaluation, clip->genre);
        const bool by_mel = clip->mel_row >= 0 && (arguments->prefer_mel || !*clip->audio);
        if (label < 0 || !chosen(arguments, clip))
            continue;
        if (by_mel && !mel) {
            n_without++;
            continue;
        }
        EvaluateClip *to = &list->clips[list->n];
        to->label = label;
        if (!by_mel) {
            to->path = list->paths[list->n] = join(manifest->folder, clip->audio);
        } else if (frames_from_mel(&list->frames[list->n], mel, clip, evaluation->model->feature,
                                   error)) {
            genre_complain("left out: %s", error->text);
            continue;
        } else {
            to->frames = list->frames[list->n].values;
            to->n_frames = list->frames[list->n].n;
        }
        list->n++;
    }
    if (n_without > 0 && frames_fit_mel(evaluation->model->feature, error))
        genre_complain("%zu clips of mel frames left out: %s", n_without, error->text);
    return list->n ? GENRE_SUCCESS
                   : genre_fail(error, GENRE_ERR_BAD_ARG,
                                "no clip fits the choice of split, "
                                "dataset and labels");
}

static GenreStatus open_mel(const GenreModel *model, const Manifest *manifest, MelFiles **mel,
                            GenreError *error) {
    bool any = false;
    for (size_t i = 0; i < manifest->n; i++)
        any |= manifest->clips[i].mel_row >= 0;
    return any && !frames_fit_mel(model->feature, error) ? mel_files_open(mel, manifest, error)
                                                         : GENRE_SUCCESS;
}

static GenreStatus run(const Arguments *arguments, Evaluation *evaluation, GenreError *error) {
    Manifest manifest;
    MelFiles *mel = NULL;
    ClipList list = {0};
    GenreStatus status = manifest_read(&manifest, arguments->clips, error);
    if (status)
        return status;
    status = open_mel(evaluation->model, &manifest, &mel, error);
    if (!status)
        status = list_clips(&list, evaluation, arguments, &manifest, mel, error);
    if (!status) {
        Pool *pool = pool_new((int)arguments->jobs);
        status = evaluate(evaluation, list.clips, list.n, pool, error);
        pool_free(pool);
    }
    clip_list_clear(&list);
    mel_files_close(mel);
    manifest_clear(&manifest);
    return status;
}

static GenreStatus print(const Arguments *arguments, const Evaluation *evaluation,
                         GenreError *error) {
    json_t *json = evaluation_json(evaluation);
    GenreStatus status = GENRE_SUCCESS;
    json_object_set_new(json, "model", json_string(arguments->model));
    if (arguments->split)
        json_object_set_new(json, "split", json_string(arguments->split));
    if (arguments->html)
        status =
            report_write_evaluation(arguments->html, basename(arguments->model), json, NULL, error);
    if (arguments->json) {
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else {
        evaluation_print(evaluation, stdout);
    }
    json_decref(json);
    return status;
}

static int read_arguments(int argc, char **argv, Arguments *arguments) {
    enum { SPLIT = 256, DATASET, LABELS, SOURCE, JSON, HTML };
    static const struct option options[] = {{"split", required_argument, NULL, SPLIT},
                                            {"dataset", required_argument, NULL, DATASET},
                                            {"labels", required_argument, NULL, LABELS},
                                            {"source", required_argument, NULL, SOURCE},
                                            {"json", no_argument, NULL, JSON},
                                            {"html", required_argument, NULL, HTML},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *arguments = (Arguments){.jobs = genre_n_processors()};
    for (int c; (c = getopt_long(argc, argv, "j:h", options, NULL)) != -1;) {
        switch (c) {
        case SPLIT:
            arguments->split = optarg;
            break;
        case DATASET:
            arguments->dataset = optarg;
            break;
        case LABELS:
            arguments->labels = optarg;
            break;
        case SOURCE:
            if (strcmp(optarg, "audio") != 0 && strcmp(optarg, "mel") != 0) {
                genre_complain("--source: \"%s\" is neither audio nor mel", optarg);
                return genre_usage_error("eval");
            }
            arguments->prefer_mel = strcmp(optarg, "mel") == 0;
            break;
        case JSON:
            arguments->json = true;
            break;
        case HTML:
            arguments->html = optarg;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &arguments->jobs))
                return GENRE_EXIT_USAGE;
            break;
        case 'h':
            fputs(help, stdout);
            exit(GENRE_EXIT_OK);
        default:
            return genre_usage_error("eval");
        }
    }
    if (optind != argc - 2) {
        genre_complain("eval needs MODEL and CLIPS");
        return genre_usage_error("eval");
    }
    arguments->model = argv[optind];
    arguments->clips = argv[optind + 1];
    return GENRE_EXIT_OK;
}

int command_eval(int argc, char **argv) {
    Arguments arguments;
    GenreError error;
    const int usage = read_arguments(argc, argv, &arguments);
    if (usage != GENRE_EXIT_OK)
        return usage;
    GenreModel *model = genre_model_load(arguments.model, &error);
    if (!model) {
        genre_complain("%s", error.text);
        return GENRE_EXIT_FAILED;
    }
    Evaluation evaluation = {.model = model};
    int code = GENRE_EXIT_USAGE;
    if (choose_labels(&evaluation, arguments.labels)) {
        GenreStatus status = run(&arguments, &evaluation, &error);
        if (!status)
            status = print(&arguments, &evaluation, &error);
        if (status)
            genre_complain("%s", error.text);
        code = status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
        if (evaluation.n_failed > 0)
            code = GENRE_EXIT_FAILED;
    }
    genre_model_free(model);
    return code;
}
