/* Writes clips of what is not music, to train and to test with. */
#include <getopt.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/cli.h"
#include "command/commands.h"
#include "made/sounds.h"
#include "status.h"
#include "waveform/waveform.h"

enum { RATE_HZ = 22050 };

static const char help[] =
    "usage: genrecast-train not-music FOLDER [OPTION]...\n\n"
    "Makes clips of what is not music, and FOLDER/manifest.csv with them, whose genre is\n"
    "\"not-music\": half of them speech by the program espeak-ng, the rest noise, machines,\n"
    "tones, applause and the like. About a quarter is for validation: voices, languages and\n"
    "kinds of sound that the others do not have. The same arguments give the same clips.\n"
    "With a recipe that has \"not_music\": \"not-music\" they teach a model to answer\n"
    "\"unknown\" to such sounds.\n\n"
    "  -n, --clips N      how many, 4 to 10000 (400)\n"
    "      --seconds S    the longest, 2 to 60 (30); the shortest has a third of it\n"
    "      --seed N       other clips of the same kinds (1)\n"
    "      --no-speech    none that takes espeak-ng\n"
    "  -h, --help         this text\n";

typedef struct {
    const char *folder;
    long n, seconds, seed;
    bool no_speech;
} Arguments;

/* What happens to sound on its way: rooms, noise, small loudspeakers, codecs. */
static const char changes[] =
    "{\"variants\": 1, \"room\": 0.4, \"noise\": 0.3, \"microphone\": 0.3, \"codec\": 0.3,"
    " \"low_pass\": 0.15, \"eq_db\": 4}";

/* What a clip is. */
typedef struct {
    int kind; /* of sounds_at; -1: speech */
    bool held_out;
    char id[64], by[40];
    const char *dataset;
} Plan;

/* The kind of sound that the n-th clip that is for training, or held out, has: all in turn. */
static int kind_of(bool held_out, long n) {
    for (int kind = 0;; kind++) {
        if (!sounds_at(kind))
            kind = 0;
        if (sounds_at(kind)->held_out == held_out && n-- == 0)
            return kind;
    }
}

static Plan plan_clip(const Arguments *arguments, long i) {
    const bool speech = !arguments->no_speech && i % 2 == 0;
    const long turn = arguments->no_speech ? i : i / 2; /* among its own */
    Plan plan = {.held_out = turn % 4 == 3, .kind = -1, .dataset = "made-speech"};
    if (!speech) {
        plan.kind = kind_of(plan.held_out, plan.held_out ? turn / 4 : turn - turn / 4);
        plan.dataset = sounds_at(plan.kind)->group;
        snprintf(plan.by, sizeof plan.by, "%s", sounds_at(plan.kind)->name);
    }
    snprintf(plan.id, sizeof plan.id, "%s-%04ld", speech ? "speech" : plan.by, i);
    return plan;
}

/* The loudest sample becomes -1 dBFS or less, by chance up to 30 dB. */
static void set_level(Mono *mono, GenreRng *rng) {
    float top = 1e-9f;
    for (size_t i = 0; i < mono->n; i++)
        top = fmaxf(top, fabsf(mono->samples[i]));
    const float scale = (float)pow(10, -genre_rng_between(rng, 1, 31) / 20) / top;
    for (size_t i = 0; i < mono->n; i++)
        mono->samples[i] *= scale;
}

static GenreStatus make_clip(const Arguments *arguments, const Waveform *waveform, Plan *plan,
                             long i, Mono *mono, GenreError *error) {
    GenreRng rng = genre_rng((uint64_t)arguments->seed, (uint64_t)i);
    const double seconds =
        genre_rng_between(&rng, (double)arguments->seconds / 3, (double)arguments->seconds);
    *mono = (Mono){.rate_hz = RATE_HZ, .n = (size_t)(seconds * RATE_HZ)};
    mono->samples = calloc(mono->n, sizeof *mono->samples);
    if (!mono->samples)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    GenreStatus status = plan->kind < 0 ? speech_make(plan->held_out, mono, &rng, plan->by, error)
                                        : sounds_make(plan->kind, mono, &rng, error);
    if (!status)
        status = waveform_apply(waveform, plan->id, 1, mono, NULL, error);
    if (!status)
        set_level(mono, &rng);
    return status;
}

static GenreStatus make_all(const Arguments *arguments, const Waveform *waveform, FILE *manifest,
                            GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    fputs("id,dataset,audio,mel_row,genre,tags,artist,split,seconds\n", manifest);
    for (long i = 0; i < arguments->n && !status; i++) {
        Plan plan = plan_clip(arguments, i);
        Mono mono;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.flac", arguments->folder, plan.id);
        status = make_clip(arguments, waveform, &plan, i, &mono, error);
        if (!status)
            status = mono_write(&mono, path, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, error);
        /* Pink noise is by another artist than the singer Pink. */
        fprintf(manifest, "%s/%s,%s,%s.flac,,not-music,,made-%s,%s,%.1f\n", plan.dataset, plan.id,
                plan.dataset, plan.id, plan.by, plan.held_out ? "valid" : "train",
                (double)mono.n / RATE_HZ);
        free(mono.samples);
    }
    return status;
}

static GenreStatus run(const Arguments *arguments, GenreError *error) {
    char path[4096];
    Waveform waveform;
    json_t *json = json_loads(changes, 0, NULL);
    json_object_set_new(json, "seed", json_integer(arguments->seed));
    GenreStatus status = waveform_read(&waveform, json, error);
    if (!status && !arguments->no_speech && !speech_is_there())
        status = genre_fail(error, GENRE_ERR_OPEN,
                            "the program espeak-ng is not there: install it, or take --no-speech");
    mkdir(arguments->folder, 0777); /* where it is there already: no matter */
    snprintf(path, sizeof path, "%s/manifest.csv", arguments->folder);
    FILE *manifest = status ? NULL : fopen(path, "w");
    if (!status && !manifest)
        status = genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", path);
    if (!status)
        status = make_all(arguments, &waveform, manifest, error);
    if (manifest && fclose(manifest) != 0 && !status)
        status = genre_fail(error, GENRE_ERR_WRITE, "%s cannot be written", path);
    json_decref(json);
    return status;
}

int command_not_music(int argc, char **argv) {
    enum { SECONDS = 256, SEED, NO_SPEECH };
    static const struct option options[] = {
        {"clips", required_argument, NULL, 'n'}, {"seconds", required_argument, NULL, SECONDS},
        {"seed", required_argument, NULL, SEED}, {"no-speech", no_argument, NULL, NO_SPEECH},
        {"help", no_argument, NULL, 'h'},        {0}};
    Arguments arguments = {.n = 400, .seconds = 30, .seed = 1};
    for (int c; (c = getopt_long(argc, argv, "n:h", options, NULL)) != -1;) {
        bool ok = true;
        switch (c) {
        case 'n':
            ok = genre_read_count("--clips", optarg, 4, 10000, &arguments.n);
            break;
        case SECONDS:
            ok = genre_read_count("--seconds", optarg, 2, 60, &arguments.seconds);
            break;
        case SEED:
            ok = genre_read_count("--seed", optarg, 0, 1 << 30, &arguments.seed);
            break;
        case NO_SPEECH:
            arguments.no_speech = true;
            break;
        case 'h':
            fputs(help, stdout);
            return GENRE_EXIT_OK;
        default:
            return genre_usage_error("not-music");
        }
        if (!ok)
            return GENRE_EXIT_USAGE;
    }
    if (optind != argc - 1) {
        genre_complain("not-music needs FOLDER");
        return genre_usage_error("not-music");
    }
    arguments.folder = argv[optind];
    GenreError error;
    const GenreStatus status = run(&arguments, &error);
    if (status)
        genre_complain("%s", error.text);
    return status ? GENRE_EXIT_FAILED : GENRE_EXIT_OK;
}
