#include "made/song.h"

#include <math.h>
#include <stdlib.h>

static void add(Song *song, SongEvent event) {
    if (song->n == song->room) {
        const size_t room = song->room ? 2 * song->room : 1024;
        SongEvent *events = realloc(song->events, room * sizeof *events);
        if (!events) {
            song->failed = true;
            return;
        }
        song->events = events;
        song->room = room;
    }
    song->events[song->n++] = event;
}

void song_note(Song *song, int channel, double at_s, double length_s, int key, double velocity) {
    if (key < 0 || key > 127)
        return;
    const double start_s = fmax(0, at_s), end_s = fmax(start_s + 0.01, at_s + length_s);
    const int loud = (int)fmin(127, fmax(1, velocity));
    add(song, (SongEvent){start_s, channel, key, loud});
    add(song, (SongEvent){end_s, channel, key, 0});
}

static int compare(const void *a, const void *b) {
    const SongEvent *x = a, *y = b;
    if (x->at_s != y->at_s)
        return x->at_s < y->at_s ? -1 : 1;
    if ((x->velocity > 0) != (y->velocity > 0))
        return x->velocity > 0 ? 1 : -1;
    if (x->channel != y->channel) /* so that the order does not hang on the sort */
        return x->channel - y->channel;
    return x->key != y->key ? x->key - y->key : x->velocity - y->velocity;
}

void song_sort(Song *song) {
    qsort(song->events, song->n, sizeof *song->events, compare);
}

void song_free(Song *song) {
    free(song->events);
    song->events = NULL;
    song->n = song->room = 0;
}
