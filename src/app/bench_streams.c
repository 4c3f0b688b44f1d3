/* Many streams on one core: classifiers apart, and as a group. */
#include <math.h>
#include <stdlib.h>

#include "app/bench.h"
#include "feature/feature.h"
#include "model/model.h"

/* As hosts hand them over. */
enum { BLOCK = 512 };

typedef struct {
    int n_streams;
    GenreClassifier **classifiers; /* (n_streams) */
    GenreGroup *group;
    const float *sound; /* as long as a run, and n_streams samples: each begins elsewhere */
    size_t n;           /* samples that a run takes of each stream */
} Bench;

static size_t block_at(const Bench *bench, size_t at) {
    return bench->n - at < BLOCK ? bench->n - at : BLOCK;
}

static void run_apart(void *context) {
    const Bench *bench = context;
    for (size_t at = 0; at < bench->n; at += BLOCK)
        for (int i = 0; i < bench->n_streams; i++)
            genre_classifier_push(bench->classifiers[i], bench->sound + i + at,
                                  block_at(bench, at));
}

/* A block of each stream; where one's frames have waited long enough, all that wait are taken. */
static void run_together(void *context) {
    const Bench *bench = context;
    for (size_t at = 0; at < bench->n; at += BLOCK)
        for (int i = 0; i < bench->n_streams; i++) {
            const float *block = bench->sound + i + at;
            size_t left = block_at(bench, at);
            while (left > 0) {
                const size_t taken = genre_group_push(bench->group, i, block, left);
                block += taken;
                left -= taken;
                while (left > 0 && genre_group_step(bench->group)) {
                }
            }
        }
}

/* False: out of memory. */
static bool make_classifiers(Bench *bench, const GenreModel *model, double rate_hz) {
    bench->classifiers = calloc((size_t)bench->n_streams, sizeof(GenreClassifier *));
    for (int i = 0; bench->classifiers && i < bench->n_streams; i++)
        if (!(bench->classifiers[i] = genre_classifier_new(model, rate_hz, 1, NULL, NULL)))
            return false;
    return bench->classifiers;
}

static void free_classifiers(Bench *bench) {
    for (int i = 0; bench->classifiers && i < bench->n_streams; i++)
        genre_classifier_free(bench->classifiers[i]);
    free(bench->classifiers);
}

enum { TURNS = 3 };

static int ascending(const void *a, const void *b) {
    const double x = ((const GenreTiming *)a)->median_s, y = ((const GenreTiming *)b)->median_s;
    return (x > y) - (x < y);
}

/* The median of the turns' medians, and the least of all. */
static GenreTiming middle(GenreTiming turns[TURNS]) {
    double minimum_s = turns[0].minimum_s;
    for (int i = 1; i < TURNS; i++)
        minimum_s = fmin(minimum_s, turns[i].minimum_s);
    qsort(turns, TURNS, sizeof *turns, ascending);
    return (GenreTiming){turns[TURNS / 2].median_s, minimum_s};
}

/* Both by turns, as what else the machine does changes. */
static void measure(Bench *bench, double budget_s, GenreTiming *apart, GenreTiming *together) {
    GenreTiming turns[2][TURNS];
    for (int i = 0; i < TURNS; i++) {
        turns[0][i] = genre_bench_time(run_apart, bench, budget_s / TURNS);
        turns[1][i] = genre_bench_time(run_together, bench, budget_s / TURNS);
    }
    *apart = middle(turns[0]);
    *together = middle(turns[1]);
}

static GenreTiming per_stream(GenreTiming timing, int n_streams, double seconds) {
    return (GenreTiming){timing.median_s / n_streams / seconds,
                         timing.minimum_s / n_streams / seconds};
}

bool genre_bench_streams(const GenreModel *model, int n_streams, double budget_s,
                         GenreStreamsTiming *timing) {
    const double rate_hz = genre_feature_spec(model->tables)->rate_hz;
    /* Of whole blocks of frames, so that each run has as much to do; and a window is looked at once
     * in two seconds. */
    const double block_s = genre_feature_period_s(model->tables) * model->net->frames_per_step;
    const double run_s = ceil((model->window_frames ? 2 : 0.5) / block_s) * block_s;
    Bench bench = {.n_streams = n_streams, .n = (size_t)lround(run_s * rate_hz)};
    float *sound = genre_bench_sound(rate_hz, 1, run_s + (n_streams + 1) / rate_hz);
    bench.sound = sound;
    const size_t before = genre_heap_bytes();
    const bool ok = sound && make_classifiers(&bench, model, rate_hz);
    const size_t between = genre_heap_bytes();
    bench.group = ok ? genre_group_new(model, n_streams, rate_hz, 1, NULL, NULL) : NULL;
    if (bench.group) {
        timing->apart_bytes = (between - before) / (size_t)n_streams;
        timing->together_bytes = (genre_heap_bytes() - between) / (size_t)n_streams;
        measure(&bench, budget_s, &timing->apart, &timing->together);
        timing->apart = per_stream(timing->apart, n_streams, run_s);
        timing->together = per_stream(timing->together, n_streams, run_s);
    }
    const bool done = bench.group;
    free_classifiers(&bench);
    genre_group_free(bench.group);
    free(sound);
    return done;
}
