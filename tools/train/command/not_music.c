/* Writes clips of what is not music, to train and to test with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/commands.h"
#include "made/arguments.h"
#include "made/folder.h"
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

/* What happens to sound on its way: rooms, noise, small loudspeakers, codecs. */
static const char changes[] =
    "{\"variants\": 1, \"room\": 0.4, \"noise\": 0.3, \"microphone\": 0.3, \"codec\": 0.3,"
    " \"low_pass\": 0.15, \"eq_db\": 4}";

/* What a clip is. */
typedef struct {
    int kind; /* of sounds_at; -1: speech */
    MadeClip clip;
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

static Plan plan_clip(const MadeArguments *arguments, long i) {
    const bool speech = !arguments->no_speech && i % 2 == 0;
    const long turn = arguments->no_speech ? i : i / 2; /* among its own */
    const bool held_out = turn % 4 == 3;
    Plan plan = {.kind = -1,
                 .clip = {.dataset = "made-speech", .genre = "not-music", .held_out = held_out}};
    MadeClip *clip = &plan.clip;
    if (!speech) {
        plan.kind = kind_of(held_out, held_out ? turn / 4 : turn - turn / 4);
        clip->dataset = sounds_at(plan.kind)->group;
        snprintf(clip->by, sizeof clip->by, "%s", sounds_at(plan.kind)->name);
    }
    snprintf(clip->id, sizeof clip->id, "%s-%04ld", speech ? "speech" : clip->by, i);
    return plan;
}

static GenreStatus make_clip(const MadeArguments *arguments, const Waveform *waveform, Plan *plan,
                             long i, Mono *mono, GenreError *error) {
    GenreRng rng = genre_rng((uint64_t)arguments->seed, (uint64_t)i);
    const double seconds =
        genre_rng_between(&rng, (double)arguments->seconds / 3, (double)arguments->seconds);
    *mono = (Mono){.rate_hz = RATE_HZ, .n = (size_t)(seconds * RATE_HZ)};
    mono->samples = calloc(mono->n, sizeof *mono->samples);
    if (!mono->samples)
        return genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
    MadeClip *clip = &plan->clip;
    GenreStatus status = plan->kind < 0 ? speech_make(clip->held_out, mono, &rng, clip->by, error)
                                        : sounds_make(plan->kind, mono, &rng, error);
    if (!status)
        status = waveform_apply(waveform, clip->id, 1, mono, NULL, error);
    if (!status)
        made_draw_level(mono, &rng);
    return status;
}

static GenreStatus make_all(const MadeArguments *arguments, const Waveform *waveform,
                            MadeFolder *folder, GenreError *error) {
    GenreStatus status = GENRE_SUCCESS;
    for (long i = 0; i < arguments->n && !status; i++) {
        Plan plan = plan_clip(arguments, i);
        Mono mono;
        status = make_clip(arguments, waveform, &plan, i, &mono, error);
        if (!status)
            status = made_folder_add(folder, &plan.clip, &mono, error);
        free(mono.samples);
    }
    return status;
}

static GenreStatus run(const MadeArguments *arguments, GenreError *error) {
    Waveform waveform;
    MadeFolder folder = {0};
    json_t *json = json_loads(changes, 0, NULL);
    json_object_set_new(json, "seed", json_integer(arguments->seed));
    GenreStatus status = waveform_read(&waveform, json, error);
    if (!status && !arguments->no_speech && !speech_is_there())
        status = genre_fail(error, GENRE_ERR_OPEN, "%s", speech_is_missing);
    if (!status)
        status = made_folder_open(&folder, arguments->folder, error);
    if (!status)
        status = make_all(arguments, &waveform, &folder, error);
    status = made_folder_close(&folder, status, error);
    json_decref(json);
    return status;
}

int command_not_music(int argc, char **argv) {
    static const MadeCommand command = {.name = "not-music",
                                        .help = help,
                                        .n_low = 4,
                                        .n_high = 10000,
                                        .n = 400,
                                        .plays = false,
                                        .run = run};
    return made_run(&command, argc, argv);
}
