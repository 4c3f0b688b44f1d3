#include "out/osc_control.h"

#include <errno.h>
#include <lo/lo.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"

enum {
    MAX_PACKET = 65536,
    MAX_MESSAGES = 256, /* in one bundle */
    MAX_DEPTH = 4,      /* of bundles in bundles */
    MAX_LOOKED_AT = 64, /* packets in one call */
};

struct GenreOscControl {
    char prefix[64];
    int fd;
    int port;
    uint64_t n_ignored;
    /* The packet that is being taken apart: its messages, and which one comes next. */
    _Alignas(8) unsigned char packet[MAX_PACKET];
    struct {
        size_t at, size;
    } messages[MAX_MESSAGES];
    int n_messages, next;
    struct sockaddr_storage sender;
    socklen_t sender_size;
};

/* A socket on `host` (NULL: all addresses, IPv6 and IPv4 where there is both) and `port`. */
static int open_socket(const char *host, const char *port, int *why) {
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    *why = EADDRNOTAVAIL;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = -1;
    for (int pass = 0; pass < 2 && fd < 0; pass++)
        for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
            /* The IPv6 wildcard hears IPv4 as well, so it comes first. */
            if ((a->ai_family == AF_INET6) != (pass == 0))
                continue;
            const int no = 0;
            fd = socket(a->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            if (fd < 0)
                continue;
            if (a->ai_family == AF_INET6)
                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
            if (bind(fd, a->ai_addr, a->ai_addrlen) == 0)
                continue;
            *why = errno;
            close(fd);
            fd = -1;
            if (*why == EADDRINUSE) { /* and not "on IPv6 only" */
                freeaddrinfo(found);
                return -1;
            }
        }
    freeaddrinfo(found);
    return fd;
}

static int bound_port(int fd) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

GenreOscControl *genre_osc_control_new(const char *where, const char *prefix, GenreError *error) {
    char host[256] = "";
    const char *port = where, *colon = strrchr(where, ':');
    if (colon) {
        const size_t n = (size_t)(colon - where);
        const bool brackets = n >= 2 && where[0] == '[' && colon[-1] == ']';
        snprintf(host, sizeof host, "%.*s", (int)(brackets ? n - 2 : n), where + brackets);
        port = colon + 1;
    }
    char *end;
    const long number = strtol(port, &end, 10);
    if (*port < '0' || *port > '9' || *end || number > 65535 || (colon && !*host)) {
        genre_fail(error, GENRE_ERR_BAD_ARG,
                   "\"%.100s\" is not a port to listen on, such as 9001 or 127.0.0.1:9001", where);
        return NULL;
    }
    GenreOscControl *control = calloc(1, sizeof *control);
    if (!control) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    snprintf(control->prefix, sizeof control->prefix, "%s", prefix);
    int why;
    control->fd = open_socket(*host ? host : NULL, port, &why);
    if (control->fd < 0) {
        if (why == EADDRINUSE)
            genre_fail(error, GENRE_ERR_OPEN, "port %s is in use by another program", port);
        else
            genre_fail(error, GENRE_ERR_OPEN, "cannot listen on %s (%s)", where, strerror(why));
        genre_osc_control_free(control);
        return NULL;
    }
    control->port = bound_port(control->fd);
    return control;
}

void genre_osc_control_free(GenreOscControl *control) {
    if (!control)
        return;
    if (control->fd >= 0)
        close(control->fd);
    free(control);
}

int genre_osc_control_fd(const GenreOscControl *control) {
    return control->fd;
}

int genre_osc_control_port(const GenreOscControl *control) {
    return control->port;
}

void genre_osc_control_ignore(GenreOscControl *control) {
    control->n_ignored++;
}

uint64_t genre_osc_control_n_ignored(const GenreOscControl *control) {
    return control->n_ignored;
}

static uint32_t big_endian(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Notes the messages of the packet's bytes `at` to `at + size`, those in bundles in their order and
 * whatever their time: everything here is meant for now. */
static void find_messages(GenreOscControl *c, size_t at, size_t size, int depth) {
    static const char bundle[8] = "#bundle";
    const unsigned char *p = c->packet + at;
    if (size < 8 || size % 4 != 0) {
        c->n_ignored++;
    } else if (size < 16 || memcmp(p, bundle, sizeof bundle) != 0) {
        if (c->n_messages == MAX_MESSAGES) {
            c->n_ignored++;
            return;
        }
        c->messages[c->n_messages].at = at;
        c->messages[c->n_messages++].size = size;
    } else {
        for (size_t i = 16; i < size;) {
            const uint32_t n = size - i >= 4 ? big_endian(p + i) : UINT32_MAX;
            if (n > size - i - 4 || depth == MAX_DEPTH) {
                c->n_ignored++;
                return;
            }
            find_messages(c, at + i + 4, n, depth + 1);
            i += 4 + n;
        }
    }
}

static bool receive(GenreOscControl *c) {
    c->sender_size = sizeof c->sender;
    const ssize_t n = recvfrom(c->fd, c->packet, sizeof c->packet, 0, (struct sockaddr *)&c->sender,
                               &c->sender_size);
    if (n < 0)
        return false;
    c->n_messages = c->next = 0;
    find_messages(c, 0, (size_t)n, 0);
    return true;
}

/* The part of an address after the prefix; NULL where it has another one. */
static const char *below_prefix(const GenreOscControl *c, const char *address) {
    const size_t n = strlen(c->prefix);
    if (strncmp(address, c->prefix, n) != 0 || address[n] != '/')
        return NULL;
    return address + n + 1;
}

static bool read_argument(lo_message message, GenreOscRequest *r) {
    r->kind = GENRE_OSC_NOTHING;
    if (lo_message_get_argc(message) == 0)
        return true;
    const lo_arg *arg = lo_message_get_argv(message)[0];
    const char *text = NULL;
    r->kind = GENRE_OSC_NUMBER;
    switch (lo_message_get_types(message)[0]) {
    case LO_INT32:
        r->number = arg->i;
        break;
    case LO_FLOAT:
        r->number = (double)arg->f;
        break;
    case LO_INT64: {
        int64_t wide;
        memcpy(&wide, arg, sizeof wide); /* aligned to 4 only */
        r->number = (double)wide;
        break;
    }
    case LO_DOUBLE:
        memcpy(&r->number, arg, sizeof r->number);
        break;
    case LO_TRUE:
    case LO_FALSE:
        r->number = lo_message_get_types(message)[0] == LO_TRUE;
        break;
    case LO_STRING:
    case LO_SYMBOL:
        text = &arg->s;
        r->kind = GENRE_OSC_TEXT;
        break;
    default:
        return false;
    }
    if (r->kind == GENRE_OSC_NUMBER)
        return isfinite(r->number);
    if (strlen(text) >= sizeof r->text)
        return false;
    strcpy(r->text, text);
    return true;
}

static bool read_message(GenreOscControl *c, unsigned char *bytes, size_t size,
                         GenreOscRequest *r) {
    /* liblo tells what follows the address by its length, so that has to end in this message. */
    if (bytes[0] != '/' || !memchr(bytes, '\0', size))
        return false;
    const char *name = below_prefix(c, (const char *)bytes);
    if (!name || strlen(name) >= sizeof r->name)
        return false;
    lo_message message = lo_message_deserialise(bytes, size, NULL);
    if (!message)
        return false;
    strcpy(r->name, name);
    const bool fine = read_argument(message, r);
    lo_message_free(message);
    r->sender = c->sender;
    r->sender_size = c->sender_size;
    return fine;
}

bool genre_osc_control_next(GenreOscControl *c, GenreOscRequest *request) {
    for (int packets = 0;;) {
        while (c->next < c->n_messages) {
            const int i = c->next++;
            if (read_message(c, c->packet + c->messages[i].at, c->messages[i].size, request))
                return true;
            c->n_ignored++;
        }
        if (packets++ == MAX_LOOKED_AT || !receive(c))
            return false;
    }
}
