/* Decodes a sound file block by block: WAV, AIFF, AU, FLAC, Ogg, Opus, MP3. Never part of a
 * plugin. */
#ifndef GENRE_AUDIO_FILE_H
#define GENRE_AUDIO_FILE_H

#include "genrecast.h"

typedef struct GenreAudioFile GenreAudioFile;

/* Opens `path`. NULL on failure, with a sentence that names the file. [set-up] */
GenreAudioFile *genre_audio_file_open(const char *path, GenreError *error);
void genre_audio_file_close(GenreAudioFile *file);

double genre_audio_file_rate_hz(const GenreAudioFile *file);
int genre_audio_file_n_channels(const GenreAudioFile *file);

/* Its length as the header states it, in frames; 0 = not known. What can be read may differ. */
uint64_t genre_audio_file_n_frames(const GenreAudioFile *file);

/* Reads up to `n_frames` interleaved frames, (n_frames, n_channels); returns how many, 0 at the
 * end. Where decoding breaks off, also 0: then genre_audio_file_error says why. [set-up] */
size_t genre_audio_file_read(GenreAudioFile *file, float *samples, size_t n_frames);

/* GENRE_SUCCESS unless the file broke off before the end that its header promised, or its data is
 * damaged; `error` gets a sentence that names it. */
GenreStatus genre_audio_file_error(const GenreAudioFile *file, GenreError *error);

#endif
