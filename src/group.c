#include <stdlib.h>
#include <string.h>

#include "denormal.h"
#include "genrecast.h"
#include "hearing.h"
#include "judge.h"
#include "runner.h"
#include "status.h"

/* Streams that the network is run for at a time: with more of them little is gained, as weights are
 * no longer what takes the time, and what lies between the layers outgrows the caches. */
enum { MOST_AT_ONCE = 16 };

/* Values between the layers, of all streams that are run at a time: 4 MB. */
enum { MOST_TAPE = 1 << 20 };

/* What goes with a frame that waits. */
typedef struct {
    double time_s;
    float level_db;
} Waiting;

typedef struct {
    GenreHearing hearing;
    GenreJudge judge;
    float *frames; /* (room, n_bands) that wait for the network, a ring */
    Waiting *waiting;
    int room, first, n; /* of the ring; its oldest frame; how many there are */
    int n_bands;
    uint64_t sequence; /* of the last estimate before the step that is going on */
} Stream;

struct GenreGroup {
    const GenreModel *model;
    int n_streams;
    Stream *streams; /* (n_streams) */
    GenreRunner runner;
    GenreJudge **wanting; /* (n_streams) those that the network is to be run for */
};

static GenreStatus init_stream(Stream *stream, const GenreModel *model, double rate_hz,
                               int n_channels, const GenreSettings *settings, const Stream *beside,
                               GenreError *error) {
    GenreStatus status;
    if ((status = genre_hearing_init(&stream->hearing, model, rate_hz, n_channels,
                                     beside ? &beside->hearing : NULL, error)) ||
        (status =
             genre_judge_init(&stream->judge, model,
                              genre_feature_period_s(stream->hearing.feature), settings, error)))
        return status;
    stream->n_bands = model->n_bands;
    stream->room = model->net->frames_per_step - 1 + genre_hearing_most_frames(&stream->hearing);
    stream->frames = calloc((size_t)stream->room * model->n_bands, sizeof *stream->frames);
    stream->waiting = calloc((size_t)stream->room, sizeof *stream->waiting);
    return stream->frames && stream->waiting
               ? GENRE_SUCCESS
               : genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
}

static void clear_stream(Stream *stream) {
    genre_hearing_clear(&stream->hearing);
    genre_judge_clear(&stream->judge);
    free(stream->frames);
    free(stream->waiting);
}

/* How many streams the network is to be run for at a time. */
static int at_once(const GenreModel *model, int n_streams) {
    const int n_frames = model->window_frames ? model->window_frames : model->net->frames_per_step;
    int n = n_streams < MOST_AT_ONCE ? n_streams : MOST_AT_ONCE;
    while (n > 1 && genre_tape_size_forward(model->net, n_frames, n) > MOST_TAPE)
        n--;
    return n;
}

GenreGroup *genre_group_new(const GenreModel *model, int n_streams, double rate_hz, int n_channels,
                            const GenreSettings *settings, GenreError *error) {
    if (n_streams < 1 || n_streams > GENRE_MAX_STREAMS) {
        genre_fail(error, GENRE_ERR_BAD_ARG, "%d streams are outside of 1 to %d", n_streams,
                   GENRE_MAX_STREAMS);
        return NULL;
    }
    GenreGroup *group = calloc(1, sizeof *group);
    if (!group)
        goto no_memory;
    group->model = model;
    group->streams = calloc((size_t)n_streams, sizeof *group->streams);
    group->wanting = calloc((size_t)n_streams, sizeof *group->wanting);
    if (!group->streams || !group->wanting)
        goto no_memory;
    if (genre_runner_init(&group->runner, model, at_once(model, n_streams), error))
        goto failed;
    for (int i = 0; i < n_streams; i++) {
        group->n_streams = i + 1; /* it is there, if in part */
        if (init_stream(&group->streams[i], model, rate_hz, n_channels, settings,
                        i ? group->streams : NULL, error))
            goto failed;
    }
    return group;

no_memory:
    genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
failed:
    genre_group_free(group);
    return NULL;
}

void genre_group_free(GenreGroup *group) {
    if (!group)
        return;
    for (int i = group->n_streams - 1; i >= 0; i--) /* the first last: the others share with it */
        clear_stream(&group->streams[i]);
    genre_runner_clear(&group->runner);
    free(group->streams);
    free(group->wanting);
    free(group);
}

static void collect_frame(void *context, const float *frame) {
    Stream *stream = context;
    const int at = (stream->first + stream->n++) % stream->room;
    const size_t n = (size_t)stream->n_bands;
    memcpy(stream->frames + (size_t)at * n, frame, n * sizeof *frame);
    stream->waiting[at] =
        (Waiting){genre_hearing_time_s(&stream->hearing), stream->hearing.level_db};
}

/* Goes on with the frames that wait, until it wants the network run (true) or, unless `all` are
 * asked for, has a new estimate. */
static bool go_on(Stream *stream, bool all) {
    const GenreEstimate *latest = &stream->judge.estimator.latest;
    while (stream->n > 0 && (all || latest->sequence == stream->sequence)) {
        const int at = stream->first;
        const Waiting *its = &stream->waiting[at];
        stream->first = (at + 1) % stream->room;
        stream->n--;
        if (genre_judge_take(&stream->judge, stream->frames + (size_t)at * stream->n_bands,
                             its->level_db, its->time_s))
            return true;
    }
    return false;
}

static void run(GenreRunner *runner, GenreJudge *const *judges, int n) {
    const GenreReal *logits = genre_runner_run(runner, judges, n);
    for (int i = 0; i < n; i++)
        genre_judge_settle(judges[i], logits + (size_t)i * runner->model->net->n_out);
}

/* `channels` (n_channels) of samples `stride` apart; moves the pointers on. */
static size_t push(Stream *stream, const float **channels, size_t stride, size_t n_frames) {
    const GenreFpState fp = genre_denormals_flush();
    const int most = stream->room - genre_hearing_most_frames(&stream->hearing);
    size_t n = 0;
    while (n < n_frames && stream->n <= most)
        n += genre_hearing_push(&stream->hearing, channels, stride, n_frames - n, collect_frame,
                                stream);
    genre_denormals_restore(fp);
    return n;
}

size_t genre_group_push(GenreGroup *group, int index, const float *samples, size_t n_frames) {
    Stream *stream = &group->streams[index];
    const float *channels[GENRE_MAX_CHANNELS];
    genre_hearing_part(&stream->hearing, samples, channels);
    return push(stream, channels, (size_t)stream->hearing.n_channels, n_frames);
}

size_t genre_group_push_planar(GenreGroup *group, int index, const float *const *planes,
                               size_t n_frames) {
    Stream *stream = &group->streams[index];
    const float *channels[GENRE_MAX_CHANNELS];
    memcpy(channels, planes, (size_t)stream->hearing.n_channels * sizeof *channels);
    return push(stream, channels, 1, n_frames);
}

bool genre_group_step(GenreGroup *group) {
    const GenreFpState fp = genre_denormals_flush();
    int n_wanting, n_waiting;
    for (int i = 0; i < group->n_streams; i++)
        group->streams[i].sequence = group->streams[i].judge.estimator.latest.sequence;
    do {
        n_wanting = n_waiting = 0;
        for (int i = 0; i < group->n_streams; i++) {
            Stream *stream = &group->streams[i];
            if (go_on(stream, false))
                group->wanting[n_wanting++] = &stream->judge;
            n_waiting += stream->n;
        }
        for (int i = 0; i < n_wanting; i += group->runner.n_streams) {
            const int left = n_wanting - i, most = group->runner.n_streams;
            run(&group->runner, group->wanting + i, left < most ? left : most);
        }
    } while (n_wanting > 0);
    genre_denormals_restore(fp);
    return n_waiting > 0;
}

void genre_group_finish(GenreGroup *group, int index) {
    const GenreFpState fp = genre_denormals_flush();
    Stream *stream = &group->streams[index];
    GenreJudge *const judge = &stream->judge;
    do {
        while (go_on(stream, true))
            run(&group->runner, &judge, 1);
    } while (genre_hearing_finish(&stream->hearing, collect_frame, stream));
    genre_runner_finish(&group->runner, judge, stream->hearing.level_db,
                        genre_hearing_time_s(&stream->hearing));
    genre_denormals_restore(fp);
}

const GenreEstimate *genre_group_estimate(const GenreGroup *group, int index) {
    return &group->streams[index].judge.estimator.latest;
}

float genre_group_level_db(const GenreGroup *group, int index) {
    return group->streams[index].hearing.level_db;
}

void genre_group_configure(GenreGroup *group, int index, const GenreSettings *settings) {
    genre_estimator_configure(&group->streams[index].judge.estimator, settings);
}

void genre_group_reset(GenreGroup *group, int index) {
    Stream *stream = &group->streams[index];
    genre_hearing_reset(&stream->hearing);
    genre_judge_reset(&stream->judge);
    stream->n = 0;
}

int genre_group_n_streams(const GenreGroup *group) {
    return group->n_streams;
}

const GenreModel *genre_group_model(const GenreGroup *group) {
    return group->model;
}
