/* In place of screen.c where there is no ncurses: lines are printed instead. */
#include "out/screen.h"

GenreScreen *genre_screen_new(void) {
    return NULL;
}

void genre_screen_free(GenreScreen *screen) {
    (void)screen;
}

void genre_screen_draw(GenreScreen *screen, const GenreScreenView *view) {
    (void)screen, (void)view;
}

int genre_screen_key(GenreScreen *screen) {
    (void)screen;
    return 0;
}
