/* Sound for tests, made from nothing. All write n samples at rate_hz to out, full scale +-1. */
#ifndef GENRE_TESTS_SOUND_H
#define GENRE_TESTS_SOUND_H

#include <stddef.h>
#include <stdint.h>

void sound_silence(float *out, size_t n);
void sound_tone(float *out, size_t n, double rate_hz, double hz, double amplitude);

/* Uniform noise; equal seeds give equal noise. */
void sound_noise(float *out, size_t n, double amplitude, uint64_t seed);

/* Naive square wave, aliases and all: as hard on a filter bank as sound gets. */
void sound_square(float *out, size_t n, double rate_hz, double hz, double amplitude);

/* One sample of full scale every period_s seconds. */
void sound_clicks(float *out, size_t n, double rate_hz, double period_s);

/* Something like music: chords that change, a bass line, a beat. A sum of sines under 7 kHz with
 * smooth envelopes, so that it is the same sound at every rate from 16 kHz on. */
void sound_music(float *out, size_t n, double rate_hz);

#endif
