/* genrecast-synth: plays short made-up pieces into a sound file. They stand in for music in the
 * tests, and for a microphone in the demonstration where there is none: nothing to download and no
 * one's copyright. The same arguments give the same samples. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sndfile.h>
#include <speex/speex_resampler.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "styles.h"

typedef struct {
    long rate_hz, n_channels, seed;
    double seconds;
    int format;
} Options;

static void help(void) {
    puts("Synthesises a short piece of music-like sound.\n\n"
         "usage: genrecast-synth STYLE OUT.wav [OPTION]...\n\n"
         "styles:");
    for (size_t i = 0; synth_style(i); i++)
        printf("  %-10s %s\n", synth_style(i)->name, synth_style(i)->summary);
    puts("\n"
         "  --rate HZ        sample rate, 8000 to 192000 (48000)\n"
         "  --channels N     1 to 64 (2)\n"
         "  --seconds S      length, 0.01 to 600 (30)\n"
         "  --seed N         another piece in the same style (1)\n"
         "  --format NAME    pcm8, pcm16, pcm24 or float (pcm16)\n"
         "  --list           the styles' names only\n"
         "  --help           this text");
}

static int complain(const char *what, const char *why) {
    fprintf(stderr, "genrecast-synth: %s: %s\n", what, why);
    return 1;
}

static int usage_error(const char *what, const char *why) {
    complain(what, why);
    fputs("Try \"genrecast-synth --help\".\n", stderr);
    return 2;
}

static bool read_long(const char *text, long low, long high, long *value) {
    char *end;
    *value = strtol(text, &end, 10);
    return end != text && !*end && *value >= low && *value <= high;
}

/* The loudest sample becomes -1 dBFS; silence stays what it is. */
static void normalise(SynthMix *mix) {
    float top = 1e-9f;
    for (size_t i = 0; i < mix->n_frames; i++)
        top = fmaxf(top, fmaxf(fabsf(mix->left[i]), fabsf(mix->right[i])));
    for (size_t i = 0; i < mix->n_frames; i++) {
        mix->left[i] *= 0.891f / top;
        mix->right[i] *= 0.891f / top;
    }
}

/* One side at `rate_hz`, of n_out samples. NULL: out of memory. */
static float *resample(const float *in, size_t n_in, long rate_hz, size_t n_out) {
    float *out = calloc(n_out + 1, sizeof *out);
    if (rate_hz == SYNTH_RATE_HZ) {
        if (out)
            memcpy(out, in, (n_in < n_out ? n_in : n_out) * sizeof *out);
        return out;
    }
    int error = 0;
    SpeexResamplerState *speex =
        speex_resampler_init(1, SYNTH_RATE_HZ, (spx_uint32_t)rate_hz, 10, &error);
    if (!out || !speex) {
        free(out);
        return NULL;
    }
    static const float silence[256];
    speex_resampler_skip_zeros(speex);
    for (size_t i = 0, k = 0; k < n_out;) {
        spx_uint32_t used = i < n_in ? (spx_uint32_t)fmin((double)(n_in - i), 4096) : 256;
        spx_uint32_t made = (spx_uint32_t)fmin((double)(n_out - k), 65536);
        speex_resampler_process_float(speex, 0, i < n_in ? in + i : silence, &used, out + k, &made);
        i += used;
        k += made;
    }
    speex_resampler_destroy(speex);
    return out;
}

/* Stereo spread over n channels: even ones left, odd ones right, a single one their mean. */
static int write_wav(const char *path, const Options *options, const float *left,
                     const float *right, size_t n) {
    SF_INFO info = {.samplerate = (int)options->rate_hz,
                    .channels = (int)options->n_channels,
                    .format = SF_FORMAT_WAV | options->format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        return complain(path, sf_strerror(NULL));
    enum { BLOCK = 256 };
    bool ok = true;
    for (size_t start = 0; ok && start < n; start += BLOCK) {
        const size_t n_block = n - start < BLOCK ? n - start : BLOCK;
        float block[BLOCK * 64], *next = block;
        for (size_t i = start; i < start + n_block; i++)
            for (int c = 0; c < info.channels; c++)
                *next++ = info.channels == 1 ? (left[i] + right[i]) / 2
                          : c % 2            ? right[i]
                                             : left[i];
        ok = sf_writef_float(file, block, (sf_count_t)n_block) == (sf_count_t)n_block;
    }
    ok = sf_close(file) == 0 && ok;
    return ok ? 0 : complain(path, "cannot be written");
}

static int run(const SynthStyle *style, const char *path, const Options *options) {
    GenreRng rng = genre_rng((uint64_t)options->seed, 7);
    SynthMix mix;
    float *left = NULL, *right = NULL;
    const size_t n = (size_t)(options->seconds * (double)options->rate_hz + 0.5);
    int status = 1;
    if (synth_mix_init(&mix, options->seconds, &rng) && style->render(&mix)) {
        normalise(&mix);
        left = resample(mix.left, mix.n_frames, options->rate_hz, n);
        right = resample(mix.right, mix.n_frames, options->rate_hz, n);
    }
    if (left && right)
        status = write_wav(path, options, left, right, n);
    else
        complain(path, "out of memory");
    free(left);
    free(right);
    synth_mix_clear(&mix);
    return status;
}

static int find_format(const char *name) {
    static const struct {
        const char *name;
        int format;
    } formats[] = {{"pcm8", SF_FORMAT_PCM_U8},
                   {"pcm16", SF_FORMAT_PCM_16},
                   {"pcm24", SF_FORMAT_PCM_24},
                   {"float", SF_FORMAT_FLOAT}};
    for (int i = 0; i < 4; i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].format;
    return 0;
}

int main(int argc, char **argv) {
    static const struct option known[] = {
        {"rate", required_argument, NULL, 'r'},    {"channels", required_argument, NULL, 'c'},
        {"seconds", required_argument, NULL, 's'}, {"seed", required_argument, NULL, 'n'},
        {"format", required_argument, NULL, 'f'},  {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    Options options = {48000, 2, 1, 30, SF_FORMAT_PCM_16};
    char *end;
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;)
        switch (option) {
        case 'r':
            if (!read_long(optarg, 8000, 192000, &options.rate_hz))
                return usage_error("--rate", "not a whole number from 8000 to 192000");
            break;
        case 'c':
            if (!read_long(optarg, 1, 64, &options.n_channels))
                return usage_error("--channels", "not a whole number from 1 to 64");
            break;
        case 's':
            options.seconds = strtod(optarg, &end);
            if (*end || !(options.seconds >= 0.01 && options.seconds <= 600))
                return usage_error("--seconds", "not a number from 0.01 to 600");
            break;
        case 'n':
            if (!read_long(optarg, 0, 2147483647, &options.seed))
                return usage_error("--seed", "not a whole number from 0");
            break;
        case 'f':
            if (!(options.format = find_format(optarg)))
                return usage_error("--format", "not pcm8, pcm16, pcm24 or float");
            break;
        case 'l':
            for (size_t i = 0; synth_style(i); i++)
                puts(synth_style(i)->name);
            return 0;
        case 'h':
            help();
            return 0;
        default:
            fputs("Try \"genrecast-synth --help\".\n", stderr);
            return 2;
        }
    if (argc - optind != 2)
        return usage_error("arguments", "a style and a file to write are needed");
    const SynthStyle *style = synth_find_style(argv[optind]);
    if (!style)
        return usage_error(argv[optind], "there is no such style");
    return run(style, argv[optind + 1], &options);
}
