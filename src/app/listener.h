/* A classifier for `live`, and where its model looks at windows the thread that runs the network: a
 * run may take longer than sound, keys and OSC can wait. */
#ifndef GENRE_APP_LISTENER_H
#define GENRE_APP_LISTENER_H

#include "genrecast.h"

typedef struct GenreListener GenreListener;

/* Takes what genre_classifier_new does. NULL on failure, `error` says why. */
GenreListener *genre_listener_new(const GenreModel *model, double rate_hz, int n_channels,
                                  const GenreSettings *settings, GenreError *error);

/* May wait for one run of the network. NULL is fine. */
void genre_listener_free(GenreListener *listener);

/* To push into and to read from; it is the listener's. */
GenreClassifier *genre_listener_classifier(GenreListener *listener);

/* Before genre_classifier_finish: ends the thread and takes what it has left. */
void genre_listener_settle(GenreListener *listener);

#endif
