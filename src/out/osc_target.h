/* One receiver of OSC packets: UDP (unicast, broadcast, multicast) or TCP. Sending never blocks.
 *
 * liblo could send by itself, but its lo_send waits in connect() and resolves names again, so that
 * one TCP receiver which is switched off would stop everything else. */
#ifndef GENRE_OUT_OSC_TARGET_H
#define GENRE_OUT_OSC_TARGET_H

#include <sys/socket.h>

#include "genrecast.h"

typedef struct GenreOscTarget GenreOscTarget;

/* `url`: osc.udp://HOST:PORT, osc.tcp://HOST:PORT or HOST:PORT (UDP); an IPv6 address in brackets;
 * a multicast group may be followed by ?ttl=N (1 to 255 networks; default 1). With `numeric`, HOST
 * must be an address or "localhost": no name server is asked, so this returns at once. NULL on
 * failure, `error` says why. [set-up] */
GenreOscTarget *genre_osc_target_new(const char *url, bool numeric, GenreError *error);

/* The sender of a packet, answered over UDP from the socket `fd`, which stays the caller's. */
GenreOscTarget *genre_osc_target_reply(int fd, const struct sockaddr_storage *address,
                                       socklen_t size);

void genre_osc_target_free(GenreOscTarget *target); /* NULL is fine */

/* The URL in full. */
const char *genre_osc_target_url(const GenreOscTarget *target);

/* Whether packets for both arrive at one receiver: by transport, address and port, not by name. */
bool genre_osc_target_is_same(const GenreOscTarget *target, const GenreOscTarget *other);

/* False for a TCP receiver that is not there at present. */
bool genre_osc_target_is_up(const GenreOscTarget *target);

/* Sends a packet, or drops it where that would mean to wait. */
void genre_osc_target_send(GenreOscTarget *target, const void *packet, size_t size);

typedef enum {
    GENRE_OSC_TARGET_SAME,
    GENRE_OSC_TARGET_OPENED, /* TCP: the receiver is there (again) */
    GENRE_OSC_TARGET_LOST,   /* the receiver went away or cannot be reached; told once */
} GenreOscTargetEvent;

/* Keeps a TCP connection going, tries again once a second where there is none; call it often. */
GenreOscTargetEvent genre_osc_target_service(GenreOscTarget *target);

#endif
