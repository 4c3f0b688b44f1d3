/* The OSC control port: what others may ask of a running program. Whatever arrives is checked
 * here; what makes no sense is counted and dropped. */
#ifndef GENRE_OUT_OSC_CONTROL_H
#define GENRE_OUT_OSC_CONTROL_H

#include <sys/socket.h>

#include "genrecast.h"

typedef struct GenreOscControl GenreOscControl;

/* One message: its address below the prefix ("reset", "interval" ...) and its first argument. */
typedef struct {
    char name[32];
    enum { GENRE_OSC_NOTHING, GENRE_OSC_NUMBER, GENRE_OSC_TEXT } kind;
    double number;   /* any of OSC's number types, true and false included; always finite */
    char text[1024]; /* string or symbol */
    struct sockaddr_storage sender;
    socklen_t sender_size;
} GenreOscRequest;

/* Listens on UDP for addresses under `prefix`. `where`: PORT (all of this machine's addresses) or
 * HOST:PORT. NULL on failure, `error` says why. [set-up] */
GenreOscControl *genre_osc_control_new(const char *where, const char *prefix, GenreError *error);
void genre_osc_control_free(GenreOscControl *control); /* NULL is fine */

int genre_osc_control_fd(const GenreOscControl *control);   /* to poll for input */
int genre_osc_control_port(const GenreOscControl *control); /* the one in use (0 was asked: any) */

/* The next request; false where there is none now. Looks at a bounded number of packets. */
bool genre_osc_control_next(GenreOscControl *control, GenreOscRequest *request);

/* Counts a request that its reader could not make sense of either. */
void genre_osc_control_ignore(GenreOscControl *control);
uint64_t genre_osc_control_n_ignored(const GenreOscControl *control);

#endif
