/* A piece of music as notes: what styles.h writes and play.h plays. */
#ifndef GENRE_TRAIN_SONG_H
#define GENRE_TRAIN_SONG_H

#include <stdbool.h>
#include <stddef.h>

enum { SONG_CHANNELS = 16, SONG_DRUMS = 9 }; /* as General MIDI counts them, from 0 */

typedef struct {
    double at_s;
    int channel, key, velocity; /* 0 to 127; velocity 0: the note ends */
} SongEvent;

typedef struct {
    int program; /* of General MIDI, from 0; a kit, of the drums */
    int volume, pan, reverb;
} SongChannel;

typedef struct {
    const char *genre;
    SongChannel channels[SONG_CHANNELS];
    int n_channels;
    double room_size, room_level; /* of the reverberation that all share, 0 to 1 */
    double drive;                 /* 0: as it is; 1: loud enough to be distorted */
    bool speech;                  /* someone speaks to it */
    SongEvent *events;            /* (n) by time, once sorted */
    size_t n, room;
    bool failed; /* there was no memory for a note */
} Song;

/* A note from `at_s` for `length_s` seconds. Keys outside 0 to 127 are left out. */
void song_note(Song *song, int channel, double at_s, double length_s, int key, double velocity);

/* Puts the events in order; of those at the same time, ends of notes come first. */
void song_sort(Song *song);

void song_free(Song *song);

#endif
