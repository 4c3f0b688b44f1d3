#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "learn/ranks.h"
#include "recipe/make_model.h"
#include "recipe/recipe.h"
#include "run/refit_check.h"
#include "run/run.h"
#include "split/split.h"
#include "status.h"

static const char help[] =
    "usage: genrecast-train train RECIPE CLIPS -o MODEL [OPTION]...\n"
    "       genrecast-train train RECIPE CLIPS --run FOLDER [OPTION]...\n\n"
    "Trains the model that RECIPE describes on CLIPS: a manifest or a folder per genre\n"
    "(see prepare --help), or a cache that prepare made from one. Beside MODEL it\n"
    "leaves MODEL.report.txt and MODEL.report.json (accuracy, precision, recall, F1 and\n"
    "confusions on the validation split), MODEL.log.csv (a line per epoch; of each\n"
    "further member of a recipe, MODEL.log.NAME.csv, and of a teacher that a recipe with\n"
    "\"tags\" has, MODEL.log.teacher.csv) and MODEL.cache.safetensors (the clips'\n"
    "features, taken up by --resume; it may go then).\n"
    "With --run it trains a model for each kind of split (such as --split-by song,artist),\n"
    "each fold and each seed, each in a folder of its own with\n"
    "model.safetensors, log.csv, report.txt and report.json, and ends with a report on\n"
    "all of them, FOLDER/report.html (see report --help).\n\n"
    "  -o, --output FILE    the model to write (.safetensors)\n"
    "      --run FOLDER     where to put a run of several trainings\n"
    "  -s, --seed N         the same seed gives the same model (default 1)\n"
    "      --seeds A,B,...  a training with each of them\n"
    "  -j, --jobs N         threads (default: one per processor)\n"
    "      --train SPLIT    split to train on (default \"train\")\n"
    "      --valid SPLIT    split to stop early and calibrate by (default \"valid\")\n"
    "      --test SPLIT     split to score the model on, where there is one (default \"test\")\n"
    "      --refit MODEL    train once more on the split to validate on too, for as many\n"
    "                       epochs as made MODEL and with its calibration: for the model\n"
    "                       to use, when what it is worth is known from MODEL\n"
    "      --teacher MODEL  with a recipe that has \"tags\": MODEL chooses the genres of\n"
    "                       clips that are open, and no teacher is trained before\n"
    "      --resume         go on with an interrupted run\n"
    "      --restart        throw an interrupted run away and start again\n"
    "  -h, --help           this text\n";

enum { EXIT_INTERRUPTED = 130, MAX_SEED = 1 << 30 };

typedef struct {
    const char *recipe;
    const char *refit, *teacher; /* model files; NULL: none */
    json_t *split;               /* what options say of the split */
    long jobs;
    Run run;
} Arguments;

/* "1,2,3" */
static bool read_seeds(const char *text, Run *run) {
    char *copy = strdup(text), *rest = copy;
    run->n_seeds = 0;
    bool ok = copy != NULL;
    for (char *word; ok && (word = strsep(&rest, ","));) {
        ok = run->n_seeds < RUN_MAX_SEEDS &&
             genre_read_count("--seeds", word, 0, MAX_SEED, &run->seeds[run->n_seeds]);
        for (int i = 0; ok && i < run->n_seeds; i++)
            if (run->seeds[i] == run->seeds[run->n_seeds]) {
                genre_complain("--seeds: %s stands there twice", word);
                ok = false;
            }
        run->n_seeds++;
    }
    free(copy);
    return ok;
}

/* Legal, but seldom meant. */
static void warn_of_splits(const Run *run) {
    const struct {
        const char *name, *split;
    } splits[] = {{"--train", run->train}, {"--valid", run->valid}, {"--test", run->test}};
    for (int i = 0; i < 3 && ranks_index() == 0; i++)
        for (int k = i + 1; k < 3; k++)
            if (strcmp(splits[i].split, splits[k].split) == 0)
                genre_complain("warning: %s and %s are both \"%s\": figures there tell nothing of "
                               "other music",
                               splits[i].name, splits[k].name, splits[i].split);
}

static int check(int argc, char **argv, Arguments *arguments) {
    const Run *run = &arguments->run;
    if (optind != argc - 2 || !(run->model || run->folder)) {
        genre_complain("train needs RECIPE, CLIPS and --output or --run");
        return genre_usage_error("train");
    }
    if (run->model && run->folder) {
        genre_complain("--output and --run do not go together");
        return genre_usage_error("train");
    }
    if (run->resume && run->restart) {
        genre_complain("--resume and --restart do not go together");
        return genre_usage_error("train");
    }
    if (run->folder && arguments->refit) {
        genre_complain("--run and --refit do not go together");
        return genre_usage_error("train");
    }
    if (arguments->teacher && arguments->refit) {
        genre_complain(
            "--teacher and --refit do not go together: the model to refit is the teacher");
        return genre_usage_error("train");
    }
    if (run->model && run->n_seeds > 1) {
        genre_complain("several trainings need --run in place of --output");
        return genre_usage_error("train");
    }
    warn_of_splits(run);
    arguments->recipe = argv[optind];
    arguments->run.clips = argv[optind + 1];
    return GENRE_EXIT_OK;
}

static int read_arguments(int argc, char **argv, Arguments *arguments) {
    enum { RUN = 256, SEEDS, TRAIN, VALID, TEST, REFIT, TEACHER, RESUME, RESTART };
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"run", required_argument, NULL, RUN},
                                            {"seed", required_argument, NULL, 's'},
                                            {"seeds", required_argument, NULL, SEEDS},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"train", required_argument, NULL, TRAIN},
                                            {"valid", required_argument, NULL, VALID},
                                            {"test", required_argument, NULL, TEST},
                                            {"refit", required_argument, NULL, REFIT},
                                            {"teacher", required_argument, NULL, TEACHER},
                                            {"resume", no_argument, NULL, RESUME},
                                            {"restart", no_argument, NULL, RESTART},
                                            {"help", no_argument, NULL, 'h'},
                                            SPLIT_OPTIONS,
                                            {0}};
    Run *run = &arguments->run;
    *arguments = (Arguments){
        .split = json_object(),
        .jobs = ranks_processors(),
        .run = {.train = "train", .valid = "valid", .test = "test", .n_seeds = 1, .seeds = {1}}};
    for (int c; (c = getopt_long(argc, argv, "o:s:j:h", options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            run->model = optarg;
            break;
        case RUN:
            run->folder = optarg;
            break;
        case 's':
            run->n_seeds = 1;
            if (!genre_read_count("--seed", optarg, 0, MAX_SEED, &run->seeds[0]))
                return GENRE_EXIT_USAGE;
            break;
        case SEEDS:
            if (!read_seeds(optarg, run))
                return GENRE_EXIT_USAGE;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &arguments->jobs))
                return GENRE_EXIT_USAGE;
            break;
        case TRAIN:
            run->train = optarg;
            break;
        case VALID:
            run->valid = optarg;
            break;
        case TEST:
            run->test = optarg;
            break;
        case REFIT:
            arguments->refit = optarg;
            break;
        case TEACHER:
            arguments->teacher = optarg;
            break;
        case RESUME:
            run->resume = true;
            break;
        case RESTART:
            run->restart = true;
            break;
        case 'h':
            printf("%s\n%s", help, split_options_help);
            exit(GENRE_EXIT_OK);
        default:
            if (c < SPLIT_OPTION_FIRST || !split_option(arguments->split, c, optarg))
                return genre_usage_error("train");
        }
    }
    return check(argc, argv, arguments);
}

/* A model that cannot be written where it should is known before it is trained. */
static GenreStatus check_output(const char *model, GenreError *error) {
    struct stat about;
    return model && stat(model, &about) == 0 && S_ISDIR(about.st_mode)
               ? genre_fail(error, GENRE_ERR_BAD_ARG,
                            "%s is a folder: --output is the name of the model's file", model)
               : GENRE_SUCCESS;
}

static GenreStatus read_refit(const char *path, const Recipe *recipe, GenreModel **refit,
                              GenreError *error) {
    *refit = genre_model_load(path, error);
    return *refit ? refit_check(*refit, recipe, error) : error->status;
}

/* One for several folds would have heard what each of them is tested on. */
static GenreStatus read_teacher(const char *path, const Recipe *recipe, const SplitPlan *plan,
                                GenreModel **teacher, GenreError *error) {
    if (!recipe->tags)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "--teacher: the recipe has no \"tags\" that leave a genre open");
    if (plan->folds && !plan->fold)
        return genre_fail(error, GENRE_ERR_BAD_ARG,
                          "--teacher: folds need a teacher each, which must not have heard what is "
                          "tested on");
    *teacher = genre_model_load(path, error);
    return *teacher ? GENRE_SUCCESS : error->status;
}

static int train(int argc, char **argv) {
    Arguments arguments;
    Recipe recipe;
    GenreError error, inner;
    SplitPlan plan = {0};
    GenreModel *refit = NULL, *teacher = NULL;
    const int usage = read_arguments(argc, argv, &arguments);
    if (usage != GENRE_EXIT_OK) {
        json_decref(arguments.split);
        return usage;
    }
    GenreStatus status = recipe_read(&recipe, arguments.recipe, &error);
    if (!status && make_model_check(&recipe, &inner)) /* features may take minutes */
        status = genre_fail(&error, inner.status, "%s: %s", arguments.recipe, inner.text);
    if (!status)
        status = check_output(arguments.run.model, &error);
    if (!status)
        status = split_plan_read(&plan, recipe.data, arguments.split, &error);
    if (!status && arguments.run.model && (plan.n_kinds > 1 || (plan.folds && !plan.fold)))
        status = genre_fail(&error, GENRE_ERR_BAD_ARG,
                            "several splits or folds need --run in place of --output (or --fold)");
    if (!status && arguments.refit)
        status = read_refit(arguments.refit, &recipe, &refit, &error);
    if (!status && arguments.teacher)
        status = read_teacher(arguments.teacher, &recipe, &plan, &teacher, &error);
    status = ranks_agree(status, &error); /* the recipe is read on all */
    if (!status) {
        arguments.run.plan = &plan;
        arguments.run.recipe = &recipe;
        arguments.run.refit = refit;
        arguments.run.teacher = teacher;
        arguments.run.pool = pool_new((int)arguments.jobs);
        status = run_all(&arguments.run, &error);
        pool_free(arguments.run.pool);
    }
    genre_model_free(refit);
    genre_model_free(teacher);
    split_plan_clear(&plan);
    recipe_clear(&recipe);
    json_decref(arguments.split);
    if (!status)
        return GENRE_EXIT_OK;
    genre_complain("%s", error.text);
    return run_was_interrupted() ? EXIT_INTERRUPTED : GENRE_EXIT_FAILED;
}

int command_train(int argc, char **argv) {
    GenreError error;
    if (ranks_begin(&error)) {
        genre_complain("%s", error.text);
        return ranks_end(GENRE_EXIT_FAILED);
    }
    return ranks_end(train(argc, argv));
}
