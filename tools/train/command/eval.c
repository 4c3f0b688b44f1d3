#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"
#include "clips/manifest.h"
#include "command/commands.h"
#include "eval/clips.h"
#include "eval/degraded.h"
#include "eval/segue.h"
#include "machine.h"
#include "model/model.h"
#include "recipe/make_model.h"
#include "report/report.h"
#include "split/split.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train eval MODEL CLIPS [OPTION]...\n\n"
    "Scores MODEL on CLIPS, a manifest or a folder per genre (see prepare --help): how\n"
    "often it is right after 1 to 30 s, and precision, recall, F1 and confusions after\n"
    "30 s or a clip's end, with 95 % intervals, made by drawing artists where they are\n"
    "known, as an artist's clips are no independent ones, else songs, and else Wilson's of\n"
    "clips; the output says which. ECE is the expected calibration error,\n"
    "the mean gap between how sure it says it is and how often it is right over ten bins\n"
    "of clips, beside which stands what that comes to by chance where a model is\n"
    "calibrated perfectly: on few clips no model can be told from it. \"As shown\"\n"
    "is what a user sees, steadied as it is: how often that is a right or a wrong genre,\n"
    "unknown or silence; how often it changes; how often the model notices that other\n"
    "music began; and from when on clips that end with a right genre keep showing it.\n"
    "Sound files go through the whole pipe, as in \"genrecast file\"; clips that exist\n"
    "as mel frames only enter behind the feature, as do all where CLIPS is a cache or\n"
    "is to be cut or split here.\n\n"
    "      --split SPLIT    only these clips (default: all)\n"
    "      --as-trained     merge, cut and split CLIPS as the model's training did\n"
    "      --labels A,B,... only clips of these labels, and only these as answers (default:\n"
    "                       all; where a dataset was held out, those that its clips have)\n"
    "      --source KIND    audio (where it exists, the default) or mel (where it exists)\n"
    "      --degraded       also of the clips that are sound files in a room, in noise, cut off\n"
    "                       at 3 kHz, coded at 32 kbit/s and 30 dB softer; see degrade --help\n"
    "      --segue          also how soon each clip is known where one of another genre plays\n"
    "                       before it, without a pause\n"
    "      --json           as JSON\n"
    "      --html FILE      write a page with pictures, too\n"
    "  -j, --jobs N         threads (default: one per processor)\n"
    "  -h, --help           this text\n";

typedef struct {
    const char *model, *clips, *labels, *html;
    EvalChoice choice; /* but for datasets, which are among: */
    json_t *data;      /* what options say of the data */
    bool json, as_trained, degraded, segue;
    long jobs;
} Arguments;

/* Marks the labels in the list "a,b,..."; all for NULL. */
static bool choose_labels(Evaluation *evaluation, const char *list) {
    const GenreModel *model = evaluation->model;
    for (int i = 0; i < model->n_labels; i++)
        evaluation->allowed[i] = !list;
    for (const char *next = list; next && *next;) {
        const size_t n = strcspn(next, ",");
        char *name = strndup(next, n), *label = name ? manifest_label(name) : NULL;
        int found = -1;
        for (int i = 0; label && i < model->n_labels; i++)
            if (strcmp(model->labels[i], label) == 0)
                found = i;
        free(name);
        free(label);
        if (found < 0) {
            genre_complain("the model has no label \"%.*s\"", (int)n, next);
            return false;
        }
        evaluation->allowed[found] = true;
        next += n + (next[n] == ',');
    }
    return true;
}

/* The plan by which the model's training split its clips. */
static GenreStatus plan_as_trained(const GenreModel *model, SplitPlan *plan, GenreError *error) {
    json_t *training = read_training(model);
    const json_t *data = json_object_get(json_object_get(training, "split"), "data");
    const GenreStatus status =
        data ? split_plan_read(plan, data, NULL, error)
             : genre_fail(error, GENRE_ERR_BAD_ARG,
                          "the model does not say how its training split the clips");
    json_decref(training);
    return status;
}

/* Says so where the model was trained on the clips that it is to be scored on, as far as it knows.
 */
static void warn_of_trained_on(const Arguments *arguments, const EvalClips *clips) {
    const json_t *splits = json_object_get(clips->training, "trained_on");
    const char *split = arguments->choice.split;
    const bool datasets = json_object_get(arguments->data, "datasets") != NULL;
    const bool own = !arguments->as_trained && json_object_size(arguments->data) > datasets;
    if (split && !own && split_names_have(splits, split))
        genre_complain(
            "warning: the model was trained on the split \"%s\", so this does not tell what it "
            "is worth on other music",
            split);
    else if (!split && arguments->as_trained)
        genre_complain("warning: the clips that the model was trained on are among these; "
                       "--split test (or valid) leaves them out");
    else if (!split && clips->n_trained > 0)
        genre_complain("warning: the model may have been trained on %zu of these clips, by their "
                       "dataset and split, so this may not tell what it is worth on other music",
                       clips->n_trained);
}

/* The clips to score, cut and split where that is asked for; and which labels count on clips of a
 * dataset that was held out, as in the report on the training. */
static GenreStatus find_clips(const Arguments *arguments, Evaluation *evaluation, EvalClips *clips,
                              Pool *pool, GenreError *error) {
    const json_t *datasets = json_object_get(arguments->data, "datasets");
    EvalChoice choice = arguments->choice;
    SplitPlan plan;
    *clips = (EvalClips){0};
    if (arguments->as_trained || (datasets && json_object_size(arguments->data) == 1))
        choice.datasets = datasets; /* the rest belongs to the split too */
    if (!arguments->as_trained && !cache_is_one(arguments->clips) &&
        json_object_size(arguments->data) == (choice.datasets ? 1 : 0))
        return eval_clips_as_given(clips, evaluation, arguments->clips, &choice, error);
    GenreStatus status =
        arguments->as_trained
            ? plan_as_trained(evaluation->model, &plan, error)
            : split_plan_read(&plan, choice.datasets ? NULL : arguments->data, NULL, error);
    if (status)
        return status;
    if (plan.n_kinds > 1 || (plan.folds && !plan.fold))
        status = genre_fail(error, GENRE_ERR_BAD_ARG,
                            plan.folds ? "eval takes one fold at a time: --fold is missing"
                                       : "eval takes one --split-by at a time");
    else
        status = eval_clips_split(clips, evaluation, arguments->clips, &choice, &plan, pool, error);
    if (!status && plan.by == SPLIT_DATASET && !arguments->labels)
        evaluate_ask_theirs(evaluation, clips->clips, clips->n);
    split_plan_clear(&plan);
    return status;
}

/* What is asked for, with how the clips were split (NULL: as they are listed) and, where they are
 * wanted, what is left of it when they are degraded, and when each follows another. */
typedef struct {
    Evaluation evaluation;
    json_t *description;
    Degraded *degraded; /* (DEGRADE_N) or NULL */
    Evaluation *segue;  /* or NULL */
} Answer;

/* Scores the clips, and once more in the other ways that are asked for. */
static GenreStatus score(const Arguments *arguments, Answer *answer, const EvalClips *clips,
                         Pool *pool, GenreError *error) {
    Evaluation *evaluation = &answer->evaluation;
    evaluation->said = calloc(clips->n + 1, sizeof *evaluation->said);
    answer->degraded = arguments->degraded ? calloc(DEGRADE_N, sizeof *answer->degraded) : NULL;
    answer->segue = arguments->segue ? calloc(1, sizeof *answer->segue) : NULL;
    GenreStatus status = evaluation->said && !answer->degraded == !arguments->degraded &&
                                 !answer->segue == !arguments->segue
                             ? evaluate(evaluation, clips->clips, clips->n, pool, error)
                             : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    if (!status && answer->degraded)
        status =
            degraded_evaluate(answer->degraded, evaluation, clips->clips, clips->n, pool, error);
    if (!status && answer->segue)
        status = segue_evaluate(answer->segue, evaluation, clips->clips, clips->n, pool, error);
    free(evaluation->said);
    evaluation->said = NULL;
    return status;
}

static GenreStatus run(const Arguments *arguments, Answer *answer, GenreError *error) {
    EvalClips clips;
    Pool *pool = pool_new((int)arguments->jobs);
    GenreStatus status = find_clips(arguments, &answer->evaluation, &clips, pool, error);
    if (!status) {
        split_complain(clips.description);
        warn_of_trained_on(arguments, &clips);
        answer->evaluation.n_failed = clips.n_failed;
        status = score(arguments, answer, &clips, pool, error);
    }
    answer->description = json_incref(clips.description);
    eval_clips_clear(&clips);
    pool_free(pool);
    return status;
}

static GenreStatus print(const Arguments *arguments, const Answer *answer, GenreError *error) {
    const Evaluation *evaluation = &answer->evaluation;
    json_t *description = answer->description;
    json_t *json = evaluation_json(evaluation);
    GenreStatus status = GENRE_SUCCESS;
    json_object_set_new(json, "model", json_string(arguments->model));
    if (arguments->choice.split)
        json_object_set_new(json, "split", json_string(arguments->choice.split));
    if (description)
        json_object_set(json, "data", description);
    if (answer->degraded)
        json_object_set_new(json, "degraded", degraded_json(answer->degraded));
    if (answer->segue)
        json_object_set_new(json, "segue", segue_json(answer->segue));
    if (arguments->html) {
        char title[512];
        snprintf(title, sizeof title, "%s on %s%s%s", basename(arguments->model),
                 basename(arguments->clips), arguments->choice.split ? ", split " : "",
                 arguments->choice.split ? arguments->choice.split : "");
        status = report_write_evaluation(arguments->html, title, json, description, error);
    }
    if (arguments->json) {
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else {
        if (description) {
            split_print(description, stdout);
            putchar('\n');
        }
        evaluation_print(evaluation, stdout);
        if (answer->degraded)
            degraded_print(answer->degraded, stdout);
        if (answer->segue)
            segue_print(answer->segue, stdout);
    }
    json_decref(json);
    return status;
}

static int read_arguments(int argc, char **argv, Arguments *arguments) {
    enum { SPLIT = 256, AS_TRAINED, LABELS, SOURCE, DEGRADED, SEGUE, JSON, HTML };
    static const struct option options[] = {{"split", required_argument, NULL, SPLIT},
                                            {"as-trained", no_argument, NULL, AS_TRAINED},
                                            {"labels", required_argument, NULL, LABELS},
                                            {"source", required_argument, NULL, SOURCE},
                                            {"degraded", no_argument, NULL, DEGRADED},
                                            {"segue", no_argument, NULL, SEGUE},
                                            {"json", no_argument, NULL, JSON},
                                            {"html", required_argument, NULL, HTML},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            SPLIT_OPTIONS,
                                            {0}};
    *arguments = (Arguments){.jobs = genre_n_processors(), .data = json_object()};
    for (int c; (c = getopt_long(argc, argv, "j:h", options, NULL)) != -1;) {
        switch (c) {
        case SPLIT:
            arguments->choice.split = optarg;
            break;
        case AS_TRAINED:
            arguments->as_trained = true;
            break;
        case LABELS:
            arguments->labels = optarg;
            break;
        case SOURCE:
            if (!eval_read_source(optarg, &arguments->choice))
                return genre_usage_error("eval");
            break;
        case DEGRADED:
            arguments->degraded = true;
            break;
        case SEGUE:
            arguments->segue = true;
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
            printf("%s\n%s", help, split_options_help);
            exit(GENRE_EXIT_OK);
        default:
            if (c < SPLIT_OPTION_FIRST || !split_option(arguments->data, c, optarg))
                return genre_usage_error("eval");
        }
    }
    const bool datasets = json_object_get(arguments->data, "datasets") != NULL;
    if (arguments->as_trained && json_object_size(arguments->data) > (datasets ? 1 : 0)) {
        genre_complain("--as-trained says all of the split: no other option fits beside it");
        return genre_usage_error("eval");
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
    if (usage != GENRE_EXIT_OK) {
        json_decref(arguments.data);
        return usage;
    }
    GenreModel *model = genre_model_load(arguments.model, &error);
    if (!model) {
        json_decref(arguments.data);
        genre_complain("%s", error.text);
        return GENRE_EXIT_FAILED;
    }
    Answer answer = {.evaluation = {.model = model}};
    int code = GENRE_EXIT_USAGE;
    if (choose_labels(&answer.evaluation, arguments.labels)) {
        GenreStatus status = run(&arguments, &answer, &error);
        if (!status)
            status = print(&arguments, &answer, &error);
        if (status)
            genre_complain("%s", error.text);
        code = status || answer.evaluation.n_failed > 0 ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
        json_decref(answer.description);
        free(answer.degraded);
        free(answer.segue);
    }
    genre_model_free(model);
    json_decref(arguments.data);
    return code;
}
