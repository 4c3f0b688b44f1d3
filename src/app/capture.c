/* The capture process: `genrecast capture`, started by source.c, never by a user. Its arguments:
 *
 *   FD PARENT input DEVICE|"" RATE N_CHANNELS    (0: as the device likes)
 *   FD PARENT file PATH once|loop
 */
#include <math.h>
#include <portaudio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/input.h"
#include "app/player.h"
#include "app/stream.h"
#include "machine.h"
#include "status.h"

static int callback(const void *input, void *output, unsigned long n_frames,
                    const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *user) {
    (void)output, (void)time;
    genre_stream_take(user, input, n_frames, flags & paInputOverflow);
    return paContinue;
}

/* Enough to ride out a busy machine; an answer every other second is in no hurry. Some host APIs
 * give nonsense for their own idea of it. */
static double latency_s(const PaDeviceInfo *info) {
    const double suggested = info->defaultHighInputLatency;
    return suggested >= 0.02 && suggested <= 0.2 ? suggested : 0.1;
}

/* Opens `index` at `rate_hz`, or at its own rate where it refuses (or 0 is asked). */
static GenreStatus open_input(GenreStream *stream, int index, double rate_hz, int n_channels,
                              PaStream **pa, GenreError *error) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    const int n_inputs = genre_input_n_channels(index);
    if (n_channels > n_inputs)
        return genre_fail(error, GENRE_ERR_DEVICE, "%.80s has %d input channel%s, not %d",
                          info->name, n_inputs, n_inputs == 1 ? "" : "s", n_channels);
    const PaStreamParameters parameters = {
        .device = index,
        .channelCount = n_channels     ? n_channels
                        : n_inputs < 2 ? n_inputs
                                       : 2,
        .sampleFormat = paFloat32,
        .suggestedLatency = latency_s(info),
    };
    char note[200] = "";
    double rate = rate_hz > 0 ? rate_hz : info->defaultSampleRate;
    for (;;) {
        /* Before the callback can come, which needs the ring. */
        genre_stream_prepare(stream, rate, parameters.channelCount, info->name, note);
        const PaError failed =
            Pa_OpenStream(pa, &parameters, NULL, rate, paFramesPerBufferUnspecified,
                          paClipOff | paDitherOff, callback, stream);
        if (failed == paNoError)
            return GENRE_SUCCESS;
        if (failed != paInvalidSampleRate || rate == info->defaultSampleRate)
            return genre_fail(error, GENRE_ERR_DEVICE, "%.80s cannot be opened (%s)", info->name,
                              Pa_GetErrorText(failed));
        snprintf(note, sizeof note, "%.80s does not run at %g Hz; using its own %g Hz", info->name,
                 rate, info->defaultSampleRate);
        rate = info->defaultSampleRate;
    }
}

/* A device's first callback is awaited to tell when it came; where none comes, the program's watch
 * over us finds out. */
static void await_callback(GenreStream *stream) {
    for (int ms = 0; ms < 1000 && !atomic_load(&stream->n_calls) && !atomic_load(&stream->stop);
         ms++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (atomic_load(&stream->n_calls))
        atomic_store(&stream->called_s, genre_now_s());
}

static GenreStatus capture(GenreStream *stream, const char *device, double rate_hz, int n_channels,
                           GenreError *error) {
    const GenreStatus status = genre_input_init(error);
    if (status != GENRE_SUCCESS)
        return status;
    stream->times.found_s = genre_now_s();
    const int index = genre_input_find(*device ? device : NULL, error);
    PaStream *pa;
    if (index < 0 || open_input(stream, index, rate_hz, n_channels, &pa, error) != GENRE_SUCCESS)
        return error->status;
    stream->times.opened_s = genre_now_s();
    const PaError failed = Pa_StartStream(pa);
    if (failed != paNoError)
        return genre_fail(error, GENRE_ERR_DEVICE, "%.80s does not start (%s)", stream->device,
                          Pa_GetErrorText(failed));
    stream->times.started_s = genre_now_s();
    genre_stream_run(stream);
    await_callback(stream);
    while (!atomic_load(&stream->stop)) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        if (Pa_IsStreamActive(pa) != 1)
            return genre_fail(error, GENRE_ERR_DEVICE, "%.80s went away", stream->device);
    }
    /* Leave politely: a JACK server waits for clients that just vanish. Should this hang, the
     * program kills us. */
    Pa_AbortStream(pa);
    Pa_CloseStream(pa);
    Pa_Terminate();
    return GENRE_SUCCESS;
}

int genre_app_capture(int argc, char **argv) {
    /* Ctrl-C reaches us too, or a SIGTERM to the whole group, but it is the program's to end us. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_NAME, "genrecast-input");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 6 || getppid() != atoi(argv[2]))
        return GENRE_EXIT_FAILED;
    GenreStream *stream = genre_stream_open(atoi(argv[1]));
    if (!stream)
        return GENRE_EXIT_FAILED;
    GenreError error = {.status = GENRE_SUCCESS};
    stream->times.begun_s = genre_now_s();
    if (strcmp(argv[3], "file") == 0)
        genre_player_run(stream, argv[4], strcmp(argv[5], "loop") == 0, &error);
    else if (argc == 7)
        capture(stream, argv[4], atof(argv[5]), atoi(argv[6]), &error);
    genre_stream_end(stream, &error);
    /* Not exit(): handlers that the audio libraries left behind may hang. */
    _exit(GENRE_EXIT_OK);
}
