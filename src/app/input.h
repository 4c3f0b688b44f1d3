/* The audio inputs of this machine, as PortAudio lists them. To be called in a process of its own:
 * PortAudio prints on standard error and may hang (see stream.h). */
#ifndef GENRE_APP_INPUT_H
#define GENRE_APP_INPUT_H

#include <portaudio.h>

#include "genrecast.h"

/* Starts PortAudio. Never stopped again: the process ends. */
GenreStatus genre_input_init(GenreError *error);

/* The device `wanted`: an index, or a part of a name in any case; NULL: the default one. Negative
 * on failure: `error` says why, and what there is. */
int genre_input_find(const char *wanted, GenreError *error);

/* The name of a device and of what it belongs to ("ALSA", "JACK ..."); never NULL. */
const char *genre_input_name(int index);
const char *genre_input_host(int index);

/* Its number of channels; 0: it is no input. */
int genre_input_n_channels(int index);

/* The index of the default input; negative: there is none. */
int genre_input_default(void);

#endif
