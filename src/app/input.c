#include "app/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifdef GENRE_WITH_PA_JACK
#include <pa_jack.h>
#endif

#include "status.h"

GenreStatus genre_input_init(GenreError *error) {
#ifdef GENRE_WITH_PA_JACK
    PaJack_SetClientName("genrecast");
#endif
    const PaError failed = Pa_Initialize();
    if (failed != paNoError)
        return genre_fail(error, GENRE_ERR_DEVICE, "the sound system does not start (%s)",
                          Pa_GetErrorText(failed));
    return GENRE_SUCCESS;
}

const char *genre_input_name(int index) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    return info && info->name ? info->name : "?";
}

const char *genre_input_host(int index) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    const PaHostApiInfo *host = info ? Pa_GetHostApiInfo(info->hostApi) : NULL;
    return host && host->name ? host->name : "?";
}

int genre_input_n_channels(int index) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    return info && info->maxInputChannels > 0 ? info->maxInputChannels : 0;
}

int genre_input_default(void) {
    const int index = Pa_GetDefaultInputDevice();
    if (genre_input_n_channels(index) > 0)
        return index;
    for (int i = 0; i < Pa_GetDeviceCount(); i++)
        if (genre_input_n_channels(i) > 0)
            return i;
    return -1;
}

/* `part` within `text`, in any case. */
static bool contains(const char *text, const char *part) {
    const size_t n = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, n) == 0)
            return true;
    return n == 0;
}

/* "0 Built-in Audio, 3 Scarlett 2i2", as far as there is room. */
static void list_inputs(char *text, size_t size) {
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < Pa_GetDeviceCount() && n < size; i++)
        if (genre_input_n_channels(i) > 0)
            n += (size_t)snprintf(text + n, size - n, "%s%d %.40s", n ? ", " : "", i,
                                  genre_input_name(i));
    if (n >= size && size > 4)
        strcpy(text + size - 4, "...");
}

int genre_input_find(const char *wanted, GenreError *error) {
    const int standard = genre_input_default();
    if (standard < 0) {
        genre_fail(error, GENRE_ERR_DEVICE,
                   "there is no audio input (is the microphone plugged in, the sound server "
                   "running?)");
        return -1;
    }
    if (!wanted)
        return standard;
    char *end;
    const long index = strtol(wanted, &end, 10);
    if (*wanted >= '0' && *wanted <= '9' && !*end) {
        if (index < Pa_GetDeviceCount() && genre_input_n_channels((int)index) > 0)
            return (int)index;
    } else {
        for (int i = 0; i < Pa_GetDeviceCount(); i++)
            if (genre_input_n_channels(i) > 0 && strcasecmp(genre_input_name(i), wanted) == 0)
                return i;
        for (int i = 0; i < Pa_GetDeviceCount(); i++)
            if (genre_input_n_channels(i) > 0 && contains(genre_input_name(i), wanted))
                return i;
    }
    char inputs[130];
    list_inputs(inputs, sizeof inputs);
    genre_fail(error, GENRE_ERR_DEVICE,
               "there is no input \"%.40s\", only %s; see \"genrecast devices\"", wanted, inputs);
    return -1;
}
