#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli.h"
#include "cache.h"
#include "commands.h"
#include "evaluate.h"
#include "machine.h"
#include "model/model.h"
#include "recipe.h"
#include "status.h"
#include "trainer.h"

static const char help[] =
    "usage: genrecast-train train RECIPE CLIPS -o MODEL [OPTION]...\n\n"
    "Trains the model that RECIPE describes on CLIPS: a manifest or a folder per genre\n"
    "(see prepare --help), or a cache that prepare made from one. Beside MODEL it\n"
    "leaves MODEL.report.txt and MODEL.report.json (accuracy, precision, recall, F1 and\n"
    "confusions on the validation split) and MODEL.log.csv (a line per epoch).\n\n"
    "  -o, --output FILE    the model to write (.safetensors)\n"
    "  -s, --seed N         the same seed gives the same model (default 1)\n"
    "  -j, --jobs N         threads (default: one per processor)\n"
    "      --train SPLIT    split to train on (default \"train\")\n"
    "      --valid SPLIT    split to stop early and calibrate by (default \"valid\")\n"
    "      --resume         go on with an interrupted run\n"
    "      --restart        throw an interrupted run away and start again\n"
    "  -h, --help           this text\n";

enum { EXIT_INTERRUPTED = 130 };

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

typedef struct {
    const char *recipe, *clips, *output, *train, *valid;
    long seed, jobs;
    bool resume, restart;
} Arguments;

/* The paths that a run leaves beside its model. */
static char *beside(const char *output, const char *ending) {
    char *path = malloc(strlen(output) + strlen(ending) + 1);
    return path ? strcat(strcpy(path, output), ending) : NULL;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The recipe's labels, or all that the data has, in alphabetical order. */
static json_t *find_labels(const Recipe *recipe, const Cache *cache) {
    if (recipe->labels)
        return json_incref(recipe->labels);
    const char **names = calloc(cache->n + 1, sizeof *names);
    json_t *labels = json_array();
    for (size_t i = 0; names && i < cache->n; i++)
        names[i] = cache->entries[i].genre;
    if (names)
        qsort(names, cache->n, sizeof *names, by_name);
    for (size_t i = 0; names && i < cache->n; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
            json_array_append_new(labels, json_string(names[i]));
    free(names);
    return labels;
}

static void set_json(json_t *metadata, const char *key, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_object_set_new(metadata, key, json_string(text));
    free(text);
}

static GenreModel *new_model(const Recipe *recipe, const Cache *cache, GenreError *error) {
    json_t *labels = find_labels(recipe, cache);
    json_t *layers = recipe_layers(recipe, (int)json_array_size(labels));
    json_t *metadata = json_pack("{ssssss}", "format", "genrecast", "format_version", "1", "causal",
                                 recipe->window_frames ? "false" : "true");
    char frames[16];
    snprintf(frames, sizeof frames, "%d", recipe->window_frames);
    if (recipe->window_frames)
        json_object_set_new(metadata, "window_frames", json_string(frames));
    set_json(metadata, "feature", recipe->feature);
    set_json(metadata, "layers", layers);
    set_json(metadata, "labels", labels);
    GenreModel *model = genre_model_new(metadata, error);
    json_decref(metadata);
    json_decref(layers);
    json_decref(labels);
    return model;
}

static json_t *calibration_json(const GenreCalibration *calibration) {
    json_t *heard = json_array(), *temperature = json_array();
    for (int i = 0; i < calibration->n; i++) {
        json_array_append_new(heard, json_real(calibration->heard_s[i]));
        json_array_append_new(temperature, json_real(calibration->temperature[i]));
    }
    return json_pack("{soso}", "heard_s", heard, "temperature", temperature);
}

/* Which datasets the clips came from, with their numbers. */
static json_t *count_datasets(const Cache *cache) {
    json_t *counts = json_object();
    const CacheEntry *before = NULL;
    for (size_t i = 0; i < cache->n; before = &cache->entries[i++]) {
        const CacheEntry *entry = &cache->entries[i];
        const char *name = *entry->dataset ? entry->dataset : "folder";
        if (before && strcmp(before->id, entry->id) == 0)
            continue; /* the same clip's mel frames */
        json_object_set_new(counts, name,
                            json_integer(json_integer_value(json_object_get(counts, name)) + 1));
    }
    return counts;
}

/* The finished model, read back and scored on the validation clips of the cache. */
static GenreStatus write_report(const Arguments *arguments, const Cache *cache, Pool *pool,
                                GenreError *error) {
    GenreModel *model = genre_model_load(arguments->output, error);
    EvaluateClip *clips = calloc(cache->n + 1, sizeof *clips);
    Evaluation evaluation = {.model = model};
    char *text_path = beside(arguments->output, ".report.txt");
    char *json_path = beside(arguments->output, ".report.json");
    GenreStatus status = model ? GENRE_SUCCESS : GENRE_ERR_READ;
    size_t n = 0;
    if (model && clips && text_path && json_path) {
        for (int i = 0; i < model->n_labels; i++)
            evaluation.allowed[i] = true;
        for (size_t i = 0; i < cache->n; i++) {
            const CacheEntry *entry = &cache->entries[i];
            const bool again = i > 0 && strcmp(entry->id, cache->entries[i - 1].id) == 0;
            for (int label = 0; label < model->n_labels && !again; label++)
                if (strcmp(entry->split, arguments->valid) == 0 &&
                    strcmp(model->labels[label], entry->genre) == 0)
                    clips[n++] = (EvaluateClip){
                        .label = label, .frames = entry->frames, .n_frames = entry->n_frames};
        }
        status = evaluate(&evaluation, clips, n, pool, error);
    }
    FILE *text = !status && text_path ? fopen(text_path, "w") : NULL;
    json_t *json = !status ? evaluation_json(&evaluation) : NULL;
    if (text)
        evaluation_print(&evaluation, text);
    if (!status && (!text || fclose(text) != 0 || json_dump_file(json, json_path, JSON_INDENT(2))))
        status = genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", text_path);
    if (!status)
        evaluation_print(&evaluation, stdout);
    json_decref(json);
    free(json_path);
    free(text_path);
    free(clips);
    genre_model_free(model);
    return status;
}

static GenreStatus save(const GenreModel *model, const Arguments *arguments, const Recipe *recipe,
                        const Cache *cache, json_t *summary, GenreError *error) {
    json_t *metadata = json_object(), *calibration = calibration_json(&model->calibration);
    json_object_set_new(summary, "program", json_string("genrecast-train " GENRE_VERSION));
    json_object_set_new(summary, "clips", count_datasets(cache));
    json_object_set(summary, "recipe", json_object_get(recipe->json, "train"));
    json_object_set(summary, "augment", json_object_get(recipe->json, "augment"));
    json_object_set(summary, "waveform", json_object_get(recipe->json, "waveform"));
    set_json(metadata, "calibration", calibration);
    set_json(metadata, "training", summary);
    const GenreStatus status = genre_model_save(model, metadata, arguments->output, error);
    json_decref(calibration);
    json_decref(metadata);
    return status;
}

static GenreStatus train(const Arguments *arguments, const Recipe *recipe, const Cache *cache,
                         Pool *pool, GenreError *error) {
    char *checkpoint = beside(arguments->output, ".checkpoint");
    char *log = beside(arguments->output, ".log.csv");
    json_t *summary = NULL;
    GenreStatus status = GENRE_SUCCESS;
    GenreModel *model = NULL;
    const bool unfinished = checkpoint && access(checkpoint, F_OK) == 0;
    if (unfinished && !arguments->resume && !arguments->restart)
        status = genre_fail(error, GENRE_ERR_BAD_ARG,
                            "%s is left of an unfinished run: --resume goes on with it, --restart "
                            "throws it away",
                            checkpoint);
    else
        model = new_model(recipe, cache, error);
    if (model) {
        const TrainerSettings settings = {.recipe = recipe,
                                          .cache = cache,
                                          .pool = pool,
                                          .seed = (uint64_t)arguments->seed,
                                          .train_split = arguments->train,
                                          .valid_split = arguments->valid,
                                          .checkpoint_path = checkpoint,
                                          .log_path = log,
                                          .resume = unfinished && arguments->resume,
                                          .interrupted = &interrupted};
        status = trainer_run(model, &settings, &summary, error);
        if (!status)
            status = save(model, arguments, recipe, cache, summary, error);
        if (!status)
            status = write_report(arguments, cache, pool, error);
        if (!status)
            remove(checkpoint);
    } else if (!status) {
        status = GENRE_ERR_FORMAT;
    }
    json_decref(summary);
    genre_model_free(model);
    free(log);
    free(checkpoint);
    return status;
}

/* Opens the cache, or makes it beside the model first where CLIPS is not one. */
static GenreStatus open_cache(const Arguments *arguments, const Recipe *recipe, Cache *cache,
                              Pool *pool, GenreError *error) {
    if (cache_is_one(arguments->clips)) {
        const GenreStatus status = cache_open(cache, arguments->clips, error);
        if (!status && !cache_fits(cache, recipe)) {
            cache_close(cache);
            return genre_fail(error, GENRE_ERR_BAD_ARG,
                              "%s was made with another \"feature\" or \"waveform\" than the "
                              "recipe's; run prepare "
                              "again",
                              arguments->clips);
        }
        return status;
    }
    char *path = beside(arguments->output, ".cache.safetensors");
    GenreStatus status = GENRE_SUCCESS;
    if (!(arguments->resume && access(path, F_OK) == 0))
        status = cache_prepare(arguments->clips, recipe, pool, path, error);
    if (!status)
        status = cache_open(cache, path, error);
    free(path);
    return status;
}

static int read_arguments(int argc, char **argv, Arguments *arguments) {
    enum { TRAIN = 256, VALID, RESUME, RESTART };
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"train", required_argument, NULL, TRAIN},
                                            {"valid", required_argument, NULL, VALID},
                                            {"resume", no_argument, NULL, RESUME},
                                            {"restart", no_argument, NULL, RESTART},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *arguments =
        (Arguments){.train = "train", .valid = "valid", .seed = 1, .jobs = genre_n_processors()};
    for (int c; (c = getopt_long(argc, argv, "o:s:j:h", options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            arguments->output = optarg;
            break;
        case 's':
            if (!genre_read_count("--seed", optarg, 0, 1L << 30, &arguments->seed))
                return GENRE_EXIT_USAGE;
            break;
        case 'j':
            if (!genre_read_count("--jobs", optarg, 1, 1024, &arguments->jobs))
                return GENRE_EXIT_USAGE;
            break;
        case TRAIN:
            arguments->train = optarg;
            break;
        case VALID:
            arguments->valid = optarg;
            break;
        case RESUME:
            arguments->resume = true;
            break;
        case RESTART:
            arguments->restart = true;
            break;
        case 'h':
            fputs(help, stdout);
            exit(GENRE_EXIT_OK);
        default:
            return genre_usage_error("train");
        }
    }
    if (optind != argc - 2 || !arguments->output) {
        genre_complain("train needs RECIPE, CLIPS and --output");
        return genre_usage_error("train");
    }
    arguments->recipe = argv[optind];
    arguments->clips = argv[optind + 1];
    return GENRE_EXIT_OK;
}

int command_train(int argc, char **argv) {
    Arguments arguments;
    Recipe recipe;
    Cache cache;
    GenreError error;
    const int usage = read_arguments(argc, argv, &arguments);
    if (usage != GENRE_EXIT_OK)
        return usage;
    GenreStatus status = recipe_read(&recipe, arguments.recipe, &error);
    if (!status) {
        Pool *pool = pool_new((int)arguments.jobs);
        status = open_cache(&arguments, &recipe, &cache, pool, &error);
        if (!status) {
            /* From here on there is something to lose. */
            const struct sigaction action = {.sa_handler = interrupt};
            sigaction(SIGINT, &action, NULL);
            sigaction(SIGTERM, &action, NULL);
            status = train(&arguments, &recipe, &cache, pool, &error);
            cache_close(&cache);
        }
        pool_free(pool);
        recipe_clear(&recipe);
    }
    if (!status)
        return GENRE_EXIT_OK;
    genre_complain("%s", error.text);
    return interrupted ? EXIT_INTERRUPTED : GENRE_EXIT_FAILED;
}
