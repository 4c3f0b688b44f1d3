/* The live screen: level, scores and genre on a terminal, drawn with ncurses. */
#ifndef GENRE_OUT_SCREEN_H
#define GENRE_OUT_SCREEN_H

#include "genrecast.h"

typedef struct GenreScreen GenreScreen;

typedef struct {
    const GenreModel *model;
    const GenreEstimate *estimate; /* sequence 0: none yet */
    double held_s;                 /* how long its answer has held up to now */
    double time_s;                 /* since the start */
    float level_db;
    const char *input;    /* what is listened to */
    const char *osc;      /* where OSC goes; "": nowhere */
    const char *status;   /* the last thing worth telling; "": nothing */
    bool lost;            /* no sound comes at present */
    uint64_t dropped;     /* frames */
    uint64_t n_overflows; /* of the sound system */
} GenreScreenView;

/* Takes over the terminal on standard output. NULL where that is none that can be drawn on: print
 * lines instead. */
GenreScreen *genre_screen_new(void);

/* Gives the terminal back as it was. NULL is fine. */
void genre_screen_free(GenreScreen *screen);

void genre_screen_draw(GenreScreen *screen, const GenreScreenView *view);

/* The next key that was pressed; 0: none. */
int genre_screen_key(GenreScreen *screen);

#endif
