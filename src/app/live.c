/* `genrecast live`: from the capture process's ring through the classifier to all outputs, in one
 * loop that never waits for anything but time. A network that may take long has a thread of its
 * own: see listener.h. */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app/app.h"
#include "app/cli.h"
#include "app/listener.h"
#include "app/live_options.h"
#include "app/live_output.h"
#include "app/source.h"
#include "machine.h"

enum {
    PERIOD_MS = 20,
    START_PERIOD_MS = 2, /* until sound first comes */
    MAX_CHANNELS = 64,
    BLOCK_FLOATS = 8192, /* taken from the ring at a time */
};

/* Blocks are at most this long, so that none skips an estimate. */
static const double block_s = 0.05;

typedef struct {
    GenreLiveOptions options;
    GenreModel *model;
    GenreListener *listener;
    GenreClassifier *classifier; /* the listener's; NULL: no sound yet */
    GenreSource *source;
    GenreLiveOutput *output;
    double started_s;      /* when the program was, on now_s's clock */
    double opened_s;       /* when sound first came */
    double origin_s;       /* what the classifier calls 0, counted from then */
    uint64_t n_frames;     /* that the classifier has had */
    uint64_t sequence;     /* of the last estimate published */
    double last_time_s;    /* its time by the classifier's count */
    float last_held_s;     /* how long its answer had held */
    uint64_t dropped_told; /* frames */
    uint64_t put_off_told; /* frames at which an update was due */
    double overload_due_s; /* when it may be told again */
    char input[200];
    int exit_code;
    bool done;
} Live;

static volatile sig_atomic_t stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void catch_signals(void) {
    /* Without SA_RESTART: a write that waits comes back. */
    genre_on_signal(SIGINT, on_signal, 0);
    genre_on_signal(SIGTERM, on_signal, 0);
    genre_on_signal(SIGHUP, on_signal, 0);
    signal(SIGPIPE, SIG_IGN);
}

static double time_s(const Live *live) {
    return genre_now_s() - live->opened_s;
}

static void fail(Live *live, const GenreError *error) {
    genre_live_output_free(live->output); /* the screen would swallow the sentence */
    live->output = NULL;
    genre_complain("%s", error->text);
    live->exit_code = GENRE_EXIT_FAILED;
    live->done = true;
}

/* ---- Estimates ----------------------------------------------------------------------------- */

/* Of a file, each line tells whether it is the `final` one. */
static void tell(Live *live, const GenreEstimate *estimate, bool final) {
    genre_live_output_estimate(live->output, estimate, genre_source_dropped(live->source),
                               live->options.source.file ? final : -1);
}

static void publish(Live *live, bool final) {
    GenreEstimate estimate = *genre_classifier_estimate(live->classifier);
    live->sequence = estimate.sequence;
    live->last_time_s = estimate.time_s;
    live->last_held_s = estimate.held_s;
    estimate.time_s += live->origin_s;
    tell(live, &estimate, final);
}

/* Nothing is known while no sound comes: an old answer must not stay. */
static void publish_nothing(Live *live, bool final) {
    const int n = genre_model_n_labels(live->model);
    GenreEstimate estimate = {.sequence = 1,
                              .time_s = time_s(live),
                              .state = GENRE_STATE_UNKNOWN,
                              .genre = -1,
                              .level_db = -120,
                              .n_labels = n};
    for (int i = 0; i < n; i++)
        estimate.scores[i] = 1.0f / (float)n;
    live->last_held_s = 0;
    tell(live, &estimate, final);
}

static void tell_start(const Live *live) {
    char steps[200];
    genre_source_tell_start(live->source, live->started_s, steps);
    genre_complain("first sound %.3f s after the start%s%s", genre_now_s() - live->started_s,
                   *steps ? ": " : "", steps);
}

static void push(Live *live, const float *samples, size_t n_frames) {
    if (live->options.source.verbose && live->n_frames == 0)
        tell_start(live);
    genre_classifier_push(live->classifier, samples, n_frames);
    live->n_frames += n_frames;
    if (genre_classifier_estimate(live->classifier)->sequence != live->sequence)
        publish(live, false);
}

/* Takes what has come in. */
static void listen(Live *live) {
    static float block[BLOCK_FLOATS];
    const double rate_hz = genre_source_rate_hz(live->source);
    const size_t room = BLOCK_FLOATS / (size_t)genre_source_n_channels(live->source);
    const size_t most = rate_hz * block_s < (double)room ? (size_t)(rate_hz * block_s) : room;
    for (size_t n; !stop && (n = genre_source_read(live->source, block, most)) > 0;)
        push(live, block, n);
}

static void forget(Live *live) {
    live->origin_s = time_s(live);
    live->n_frames = 0;
    live->sequence = 0;
    live->last_time_s = 0;
    live->last_held_s = 0;
}

/* Goes on with another listener, or with none. */
static void set_listener(Live *live, GenreListener *listener) {
    genre_listener_free(live->listener);
    live->listener = listener;
    live->classifier = listener ? genre_listener_classifier(listener) : NULL;
    live->put_off_told = 0;
}

/* ---- The source ---------------------------------------------------------------------------- */

static void begin(Live *live, bool again) {
    GenreError error;
    set_listener(live, genre_listener_new(live->model, genre_source_rate_hz(live->source),
                                          genre_source_n_channels(live->source),
                                          &live->options.settings, &error));
    if (!live->classifier) {
        fail(live, &error);
        return;
    }
    if (!again)
        live->opened_s = genre_now_s();
    forget(live);
    const int n_channels = genre_source_n_channels(live->source);
    snprintf(live->input, sizeof live->input, "%s, %g Hz, %d channel%s",
             genre_source_name(live->source), genre_source_rate_hz(live->source), n_channels,
             n_channels == 1 ? "" : "s");
    char sentence[300];
    snprintf(sentence, sizeof sentence, "%s%s", again ? "the device is back: " : "listening to ",
             live->input);
    genre_live_output_status(live->output, again ? "device back" : "listening", sentence);
    if (*genre_source_note(live->source))
        genre_live_output_status(live->output, "other rate", genre_source_note(live->source));
}

static void lose(Live *live) {
    const GenreError *error = genre_source_error(live->source);
    if (!live->classifier) { /* there never was any sound */
        fail(live, error);
        return;
    }
    char sentence[300];
    snprintf(sentence, sizeof sentence, "device lost, trying again every second: %.200s",
             error->text);
    genre_live_output_status(live->output, "device lost", sentence);
    publish_nothing(live, false);
}

/* The last answer about a file, of which nothing more will be heard. */
static void conclude(Live *live) {
    genre_listener_settle(live->listener);
    /* A last estimate repeats the music before a silence: right for a file as a whole, but live a
     * genre that is no longer playing must not come back. Before the first estimate the state is
     * silence, too, whatever was heard. */
    const GenreEstimate *latest = genre_classifier_estimate(live->classifier);
    if (latest->sequence == 0 || latest->state != GENRE_STATE_SILENCE)
        genre_classifier_finish(live->classifier);
    publish(live, true);
}

static void end(Live *live) {
    const GenreError *error = genre_source_error(live->source);
    conclude(live);
    live->done = true;
    if (error->status != GENRE_SUCCESS)
        fail(live, error);
}

/* --duration is over. */
static void end_in_time(Live *live, bool sounds) {
    if (live->options.source.file && sounds)
        conclude(live);
    else if (live->options.source.file)
        publish_nothing(live, true);
}

static void look_after_source(Live *live, bool *sounds) {
    switch (genre_source_service(live->source)) {
    case GENRE_SOURCE_STARTED:
        begin(live, live->classifier != NULL);
        *sounds = !live->done;
        if (*sounds)
            listen(live);
        break;
    case GENRE_SOURCE_LOST:
        lose(live);
        *sounds = false;
        break;
    case GENRE_SOURCE_ENDED:
        end(live);
        break;
    case GENRE_SOURCE_SAME:
        break;
    }
}

static void look_for_overload(Live *live) {
    const uint64_t dropped = genre_source_dropped(live->source);
    const uint64_t put_off = live->classifier ? genre_classifier_n_put_off(live->classifier) : 0;
    if ((dropped == live->dropped_told && put_off == live->put_off_told) ||
        genre_now_s() < live->overload_due_s)
        return;
    char sentence[100] = "overload: the model takes longer than the interval, so updates are fewer";
    if (dropped != live->dropped_told)
        snprintf(sentence, sizeof sentence, "overload: %llu frames dropped so far",
                 (unsigned long long)dropped);
    genre_live_output_status(live->output, "overload", sentence);
    live->dropped_told = dropped;
    live->put_off_told = put_off;
    live->overload_due_s = genre_now_s() + 5;
}

/* ---- Commands ------------------------------------------------------------------------------ */

static void reset(Live *live) {
    if (live->classifier)
        genre_classifier_reset(live->classifier);
    forget(live);
    publish_nothing(live, false);
    genre_live_output_forget(live->output);
    genre_live_output_status(live->output, "reset", "all forgotten, listening afresh");
}

/* Anything but a regular file could make the reader wait, and we must not. */
static GenreModel *load_model(const char *path, GenreError *error) {
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        snprintf(error->text, sizeof error->text, "%.200s: is not a file", path);
        return NULL;
    }
    return genre_model_load(path, error);
}

static void change_model(Live *live, const char *path) {
    GenreError error;
    char sentence[400];
    GenreModel *model = load_model(path, &error);
    GenreListener *listener = NULL;
    if (model && live->listener)
        listener = genre_listener_new(model, genre_source_rate_hz(live->source),
                                      genre_source_n_channels(live->source),
                                      &live->options.settings, &error);
    if (!model || (live->listener && !listener) ||
        genre_live_output_set_model(live->output, model, &error) != GENRE_SUCCESS) {
        genre_listener_free(listener);
        genre_model_free(model);
        snprintf(sentence, sizeof sentence, "model refused: %s", error.text);
        genre_live_output_status(live->output, sentence, sentence);
        return;
    }
    set_listener(live, listener);
    genre_model_free(live->model);
    live->model = model;
    forget(live);
    snprintf(sentence, sizeof sentence, "model changed: %.300s", path);
    genre_live_output_status(live->output, "model changed", sentence);
}

static void obey(Live *live, const GenreOscCommand *command) {
    GenreSettings *s = &live->options.settings;
    const float number = (float)command->number;
    switch (command->what) {
    case GENRE_OSC_RESET:
        reset(live);
        return;
    case GENRE_OSC_MODEL:
        change_model(live, command->text);
        return;
    case GENRE_OSC_INTERVAL:
        s->interval_s = number;
        break;
    case GENRE_OSC_SMOOTHING:
        s->smoothing_s = number;
        break;
    case GENRE_OSC_HOLD:
        s->hold_s = number;
        break;
    }
    if (live->classifier)
        genre_classifier_configure(live->classifier, s);
}

static void take_commands(Live *live) {
    GenreOscCommand command;
    for (int i = 0; i < 100; i++)
        switch (genre_live_output_input(live->output, &command)) {
        case GENRE_LIVE_GO_ON:
            return;
        case GENRE_LIVE_QUIT:
            live->done = true;
            return;
        case GENRE_LIVE_COMMAND:
            obey(live, &command);
            break;
        }
}

/* ---- The loop ------------------------------------------------------------------------------ */

static void show_moment(Live *live, bool sounds) {
    const double heard_s = sounds && live->n_frames
                               ? (double)live->n_frames / genre_source_rate_hz(live->source)
                               : live->last_time_s;
    genre_live_output_moment(
        live->output,
        &(GenreLiveMoment){.time_s = time_s(live),
                           .held_s = (double)live->last_held_s + heard_s - live->last_time_s,
                           .level_db = sounds ? genre_classifier_level_db(live->classifier) : NAN,
                           .input = live->input,
                           .dropped = genre_source_dropped(live->source),
                           .n_overflows = genre_source_n_overflows(live->source)});
}

static void run(Live *live) {
    bool sounds = false;
    live->opened_s = live->started_s;
    while (!stop && !live->done) {
        poll(NULL, 0, live->classifier ? PERIOD_MS : START_PERIOD_MS);
        if (sounds)
            listen(live);
        look_after_source(live, &sounds);
        if (live->done)
            break;
        look_for_overload(live);
        take_commands(live);
        show_moment(live, sounds);
        if (genre_live_output_closed(live->output))
            break;
        if (live->classifier && time_s(live) >= live->options.duration_s) {
            end_in_time(live, sounds);
            break;
        }
    }
}

int genre_app_live(int argc, char **argv) {
    Live live = {.exit_code = GENRE_EXIT_OK, .started_s = genre_now_s()};
    GenreError error;
    int exit_code;
    if (!genre_live_options_read(&live.options, argc, argv, &exit_code))
        return exit_code;
    snprintf(live.input, sizeof live.input, "%s",
             live.options.source.file ? live.options.source.file : "looking for the input ...");
    catch_signals();
    /* Before the model: the sound system takes longer to come up than that to be read. */
    live.source = genre_source_new(&live.options.source, &error);
    live.model = genre_open_model(live.options.model);
    if (!live.model) {
        genre_source_free(live.source);
        return GENRE_EXIT_FAILED;
    }
    if (live.source)
        live.output = genre_live_output_new(&live.options, live.model, &stop, &error);
    if (live.output)
        run(&live);
    else
        fail(&live, &error);
    if (live.output && genre_live_output_failed(live.output))
        live.exit_code = GENRE_EXIT_FAILED;
    genre_live_output_free(live.output);
    genre_source_free(live.source);
    set_listener(&live, NULL);
    genre_model_free(live.model);
    return live.exit_code;
}
