#include "app/live_options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>

#include "app/app.h"
#include "app/cli.h"

static void help(void) {
    puts("Listens to an audio input and says which genre it hears.\n\n"
         "usage: genrecast live [OPTION]...\n\n"
         "  --device NAME|INDEX   the input: a part of its name, or its number as \"genrecast\n"
         "                        devices\" lists them; the system's default without\n"
         "  --rate HZ             ask the device for this rate; its own without\n"
         "  --channels N          listen to its first N channels; at most 2 without\n"
         "  --input FILE          play this sound file in real time instead of listening\n"
         "  --loop                ... over and over\n"
         "  --model FILE          another model than the one built in\n"
         "  --interval S          time between updates, 0.1 to 3600 s; 2 without\n"
         "  --smoothing S         time over which scores are averaged; 5 s without\n"
         "  --hold S              how long another genre must lead before it is named; 1 s\n"
         "  --unknown-below P     say \"unknown\" under this confidence, 0 to 1; 0.3\n"
         "  --silence DB          what counts as silence, -120 to 0 dBFS; -70");
#ifdef GENRE_WITH_OSC
    puts("  --osc URL             send OSC to osc.udp://HOST:PORT or osc.tcp://HOST:PORT; may be\n"
         "                        repeated; a multicast group may end in ?ttl=N\n"
         "  --osc-prefix PREFIX   what the addresses begin with; /genre\n"
         "  --osc-listen PORT     take requests (reset, interval, model, subscribe ...) by OSC\n"
         "                        over UDP; HOST:PORT to listen on one address only");
#endif
    puts("  --json                one JSON object per update\n"
         "  --plain               one line per update, on a terminal too\n"
         "  --duration S          end after this time\n"
         "  --verbose             let the audio libraries' own messages through\n"
         "  --help                this text\n\n"
         "On a terminal: q ends the program, r makes it forget what it has heard.\n"
         "Exit status: 0 ended as asked, 1 something failed, 2 wrong usage.\n\n"
         "examples:\n"
         "  genrecast live --osc osc.udp://192.168.1.7:9000\n"
         "  genrecast live --device scarlett --json | jq -r .genre");
}

enum {
    DEVICE = 1,
    RATE,
    CHANNELS,
    INPUT,
    LOOP,
    MODEL,
    INTERVAL,
    SMOOTHING,
    HOLD,
    UNKNOWN_BELOW,
    SILENCE,
    OSC,
    OSC_PREFIX,
    OSC_LISTEN,
    JSON,
    PLAIN,
    DURATION,
    VERBOSE,
    HELP,
};

static const struct option names[] = {
    {"device", required_argument, NULL, DEVICE},
    {"rate", required_argument, NULL, RATE},
    {"channels", required_argument, NULL, CHANNELS},
    {"input", required_argument, NULL, INPUT},
    {"loop", no_argument, NULL, LOOP},
    {"model", required_argument, NULL, MODEL},
    {"interval", required_argument, NULL, INTERVAL},
    {"smoothing", required_argument, NULL, SMOOTHING},
    {"hold", required_argument, NULL, HOLD},
    {"unknown-below", required_argument, NULL, UNKNOWN_BELOW},
    {"silence", required_argument, NULL, SILENCE},
    {"osc", required_argument, NULL, OSC},
    {"osc-prefix", required_argument, NULL, OSC_PREFIX},
    {"osc-listen", required_argument, NULL, OSC_LISTEN},
    {"json", no_argument, NULL, JSON},
    {"plain", no_argument, NULL, PLAIN},
    {"duration", required_argument, NULL, DURATION},
    {"verbose", no_argument, NULL, VERBOSE},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* Reads a number into a setting. */
static bool read_setting(const char *name, double low, double high, float *setting) {
    double number;
    if (!genre_read_number(name, optarg, low, high, &number))
        return false;
    *setting = (float)number;
    return true;
}

static bool add_osc(GenreLiveOptions *o, const char *url) {
    if (o->n_osc == GENRE_MAX_OSC_OPTIONS) {
        genre_complain("more than %d --osc", GENRE_MAX_OSC_OPTIONS);
        return false;
    }
    o->osc[o->n_osc++] = url;
    return true;
}

static bool read_channels(GenreSourceSpec *source) {
    long number;
    if (!genre_read_count("--channels", optarg, 1, 64, &number))
        return false;
    source->n_channels = (int)number;
    return true;
}

static bool take(GenreLiveOptions *o, int option) {
    switch (option) {
    case DEVICE:
        o->source.device = optarg;
        return true;
    case RATE:
        return genre_read_number("--rate", optarg, 8000, 192000, &o->source.rate_hz);
    case CHANNELS:
        return read_channels(&o->source);
    case INPUT:
        o->source.file = optarg;
        return true;
    case LOOP:
        return o->source.loop = true;
    case MODEL:
        o->model = optarg;
        return true;
    case INTERVAL:
        return read_setting("--interval", 0.1, 3600, &o->settings.interval_s);
    case SMOOTHING:
        return read_setting("--smoothing", 0, INFINITY, &o->settings.smoothing_s);
    case HOLD:
        return read_setting("--hold", 0, 60, &o->settings.hold_s);
    case UNKNOWN_BELOW:
        return read_setting("--unknown-below", 0, 1, &o->settings.unknown_below);
    case SILENCE:
        return read_setting("--silence", -120, 0, &o->settings.silence_db);
    case OSC:
        return add_osc(o, optarg);
    case OSC_PREFIX:
        o->osc_prefix = optarg;
        return true;
    case OSC_LISTEN:
        o->osc_listen = optarg;
        return true;
    case JSON:
        return o->json = true;
    case PLAIN:
        return o->plain = true;
    case DURATION:
        return genre_read_number("--duration", optarg, 0, INFINITY, &o->duration_s);
    case VERBOSE:
        return o->source.verbose = true;
    default: /* getopt has told what is wrong */
        return false;
    }
}

/* Combinations that cannot be meant. */
static bool is_sensible(const GenreLiveOptions *o) {
    const GenreSourceSpec *s = &o->source;
    if (s->file && (s->device || s->rate_hz > 0 || s->n_channels > 0)) {
        genre_complain("--input takes the place of --device, --rate and --channels");
        return false;
    }
    if (s->loop && !s->file) {
        genre_complain("--loop is for --input");
        return false;
    }
    if (o->osc_prefix && o->n_osc == 0 && !o->osc_listen) {
        genre_complain("--osc-prefix is for --osc and --osc-listen");
        return false;
    }
    return true;
}

bool genre_live_options_read(GenreLiveOptions *options, int argc, char **argv, int *exit_code) {
    *options = (GenreLiveOptions){.settings = genre_settings_default(), .duration_s = INFINITY};
    optind = 1;
    int option;
    while ((option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        if (option == HELP || option == 'h') {
            help();
            *exit_code = GENRE_EXIT_OK;
            return false;
        }
        if (!take(options, option)) {
            *exit_code = genre_usage_error("live");
            return false;
        }
    }
    if (optind < argc) {
        genre_complain("live takes no \"%s\"; for sound files there is \"genrecast file\"",
                       argv[optind]);
        *exit_code = genre_usage_error("live");
        return false;
    }
    if (!is_sensible(options)) {
        *exit_code = genre_usage_error("live");
        return false;
    }
    return true;
}
