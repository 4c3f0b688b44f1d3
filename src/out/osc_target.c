#include "out/osc_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "status.h"

/* What a TCP receiver may lag behind, bytes: a few seconds of everything we send. */
enum { QUEUE_BYTES = 1 << 16 };

static const double retry_s = 1;
static const double connect_timeout_s = 5;

struct GenreOscTarget {
    char url[300];
    bool tcp, owns_fd;
    int ttl; /* multicast; 0: not a group */
    struct sockaddr_storage address;
    socklen_t address_size;
    int fd;               /* TCP: -1 = not connected */
    bool connecting;      /* TCP: connect() under way */
    bool lost;            /* and has been told */
    double deadline_s;    /* of the connecting, or of the next attempt */
    unsigned char *queue; /* TCP: (QUEUE_BYTES) not yet taken by the kernel */
    size_t n_queued;
};

typedef struct {
    bool tcp;
    char host[256];
    char port[8];
    int ttl;
} Url;

static bool parse_whole(const char *text, long low, long high, long *value) {
    char *end;
    *value = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *value >= low && *value <= high;
}

/* Splits `text`; false where it is not of the form described in the header. */
static bool parse_url(const char *text, Url *url) {
    *url = (Url){.ttl = 1};
    const char *rest = text;
    if (strncmp(text, "osc.udp://", 10) == 0) {
        rest += 10;
    } else if (strncmp(text, "osc.tcp://", 10) == 0) {
        rest += 10;
        url->tcp = true;
    } else if (strstr(text, "://")) {
        return false;
    }
    char copy[300];
    if (strlen(rest) >= sizeof copy)
        return false;
    strcpy(copy, rest);
    char *ttl = strstr(copy, "?ttl=");
    long number;
    if (ttl) {
        if (url->tcp || !parse_whole(ttl + 5, 1, 255, &number))
            return false;
        url->ttl = (int)number;
        *ttl = '\0';
    }
    if (*copy && copy[strlen(copy) - 1] == '/')
        copy[strlen(copy) - 1] = '\0';
    char *colon = strrchr(copy, ':');
    if (!colon || !parse_whole(colon + 1, 1, 65535, &number))
        return false;
    snprintf(url->port, sizeof url->port, "%ld", number);
    *colon = '\0';
    char *host = copy;
    if (*host == '[') {
        if (colon[-1] != ']')
            return false;
        colon[-1] = '\0';
        host++;
    } else if (strchr(host, ':')) {
        return false;
    }
    if (!*host || strlen(host) >= sizeof url->host || strpbrk(host, "/ []?#"))
        return false;
    strcpy(url->host, host);
    return true;
}

/* Looks the host up, IPv4 first: that is what receivers listen on. */
static GenreStatus resolve(GenreOscTarget *target, const Url *url, bool numeric,
                           GenreError *error) {
    const bool local = strcmp(url->host, "localhost") == 0;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = url->tcp ? SOCK_STREAM : SOCK_DGRAM,
        .ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : 0),
    };
    struct addrinfo *found = NULL;
    const int failed = getaddrinfo(local ? "127.0.0.1" : url->host, url->port, &hints, &found);
    if (failed || !found)
        return genre_fail(error, GENRE_ERR_OPEN, "the OSC host \"%s\" is not known (%s)", url->host,
                          gai_strerror(failed));
    const struct addrinfo *best = found;
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        if (a->ai_family == AF_INET) {
            best = a;
            break;
        }
    memcpy(&target->address, best->ai_addr, best->ai_addrlen);
    target->address_size = best->ai_addrlen;
    freeaddrinfo(found);
    return GENRE_SUCCESS;
}

static bool is_multicast(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET)
        return IN_MULTICAST(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int open_udp(const GenreOscTarget *target) {
    const int family = target->address.ss_family, yes = 1;
    const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (family == AF_INET)
        setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    if (target->ttl && family == AF_INET)
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &target->ttl, sizeof target->ttl);
    if (target->ttl && family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &target->ttl, sizeof target->ttl);
    return fd;
}

GenreOscTarget *genre_osc_target_new(const char *text, bool numeric, GenreError *error) {
    Url url;
    if (!parse_url(text, &url)) {
        genre_fail(error, GENRE_ERR_BAD_ARG,
                   "\"%.100s\" is not an OSC address such as osc.udp://192.168.1.7:9000", text);
        return NULL;
    }
    GenreOscTarget *target = calloc(1, sizeof *target);
    if (!target) {
        genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    target->fd = -1;
    target->tcp = url.tcp;
    target->owns_fd = true;
    const bool v6 = strchr(url.host, ':');
    snprintf(target->url, sizeof target->url, "osc.%s://%s%s%s:%s", url.tcp ? "tcp" : "udp",
             v6 ? "[" : "", url.host, v6 ? "]" : "", url.port);
    if (resolve(target, &url, numeric, error) != GENRE_SUCCESS)
        goto failed;
    if (target->tcp) {
        target->queue = malloc(QUEUE_BYTES);
        if (!target->queue) {
            genre_fail(error, GENRE_ERR_NO_MEMORY, "out of memory");
            goto failed;
        }
        return target;
    }
    if (is_multicast(&target->address))
        target->ttl = url.ttl;
    target->fd = open_udp(target);
    if (target->fd < 0) {
        genre_fail(error, GENRE_ERR_OPEN, "%s: %s", target->url, strerror(errno));
        goto failed;
    }
    return target;

failed:
    genre_osc_target_free(target);
    return NULL;
}

/* The address; as one of IPv4 where it is that, which a socket for both gives as ::ffff:a.b.c.d. */
static struct sockaddr_storage unmapped(const struct sockaddr_storage *address) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        return *address;
    struct sockaddr_storage plain = {.ss_family = AF_INET};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&plain;
    v4->sin_port = v6->sin6_port;
    memcpy(&v4->sin_addr, v6->sin6_addr.s6_addr + 12, 4);
    return plain;
}

GenreOscTarget *genre_osc_target_reply(int fd, const struct sockaddr_storage *address,
                                       socklen_t size) {
    GenreOscTarget *target = calloc(1, sizeof *target);
    if (!target)
        return NULL;
    char host[100] = "?", port[8] = "?";
    const struct sockaddr_storage plain = unmapped(address);
    getnameinfo((const struct sockaddr *)&plain,
                plain.ss_family == AF_INET ? sizeof(struct sockaddr_in) : size, host, sizeof host,
                port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    const bool v6 = strchr(host, ':');
    snprintf(target->url, sizeof target->url, "osc.udp://%s%s%s:%s", v6 ? "[" : "", host,
             v6 ? "]" : "", port);
    target->fd = fd;
    target->address = *address;
    target->address_size = size;
    return target;
}

void genre_osc_target_free(GenreOscTarget *target) {
    if (!target)
        return;
    if (target->owns_fd && target->fd >= 0)
        close(target->fd);
    free(target->queue);
    free(target);
}

const char *genre_osc_target_url(const GenreOscTarget *target) {
    return target->url;
}

bool genre_osc_target_is_same(const GenreOscTarget *target, const GenreOscTarget *other) {
    const struct sockaddr_storage a = unmapped(&target->address), b = unmapped(&other->address);
    if (target->tcp != other->tcp || a.ss_family != b.ss_family)
        return false;
    if (a.ss_family == AF_INET) {
        const struct sockaddr_in *x = (const void *)&a, *y = (const void *)&b;
        return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *x = (const void *)&a, *y = (const void *)&b;
    return x->sin6_port == y->sin6_port && x->sin6_scope_id == y->sin6_scope_id &&
           IN6_ARE_ADDR_EQUAL(&x->sin6_addr, &y->sin6_addr);
}

bool genre_osc_target_is_up(const GenreOscTarget *target) {
    return !target->tcp || (target->fd >= 0 && !target->connecting);
}

static GenreOscTargetEvent disconnect(GenreOscTarget *target) {
    if (target->fd >= 0)
        close(target->fd);
    target->fd = -1;
    target->connecting = false;
    target->n_queued = 0;
    target->deadline_s = genre_now_s() + retry_s;
    const bool told = target->lost;
    target->lost = true;
    return told ? GENRE_OSC_TARGET_SAME : GENRE_OSC_TARGET_LOST;
}

static GenreOscTargetEvent opened(GenreOscTarget *target) {
    target->connecting = false;
    target->lost = false;
    return GENRE_OSC_TARGET_OPENED;
}

static GenreOscTargetEvent start_connecting(GenreOscTarget *target) {
    const double now = genre_now_s();
    if (now < target->deadline_s)
        return GENRE_OSC_TARGET_SAME;
    const int yes = 1;
    target->fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (target->fd < 0)
        return disconnect(target);
    setsockopt(target->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    target->deadline_s = now + connect_timeout_s;
    if (connect(target->fd, (struct sockaddr *)&target->address, target->address_size) == 0)
        return opened(target);
    if (errno != EINPROGRESS)
        return disconnect(target);
    target->connecting = true;
    return GENRE_OSC_TARGET_SAME;
}

static GenreOscTargetEvent finish_connecting(GenreOscTarget *target) {
    struct pollfd p = {.fd = target->fd, .events = POLLOUT};
    if (poll(&p, 1, 0) <= 0)
        return genre_now_s() < target->deadline_s ? GENRE_OSC_TARGET_SAME : disconnect(target);
    int failed = 0;
    socklen_t size = sizeof failed;
    getsockopt(target->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    return failed ? disconnect(target) : opened(target);
}

/* Hands the queue to the kernel as far as it takes it; false where the connection broke. */
static bool flush(GenreOscTarget *target) {
    while (target->n_queued > 0) {
        const ssize_t n = send(target->fd, target->queue, target->n_queued, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        target->n_queued -= (size_t)n;
        memmove(target->queue, target->queue + n, target->n_queued);
    }
    return true;
}

GenreOscTargetEvent genre_osc_target_service(GenreOscTarget *target) {
    if (!target->tcp)
        return GENRE_OSC_TARGET_SAME;
    if (target->fd < 0)
        return start_connecting(target);
    if (target->connecting)
        return finish_connecting(target);
    /* Receivers have nothing to say to us, but reading is how one learns that they left. */
    char ignored[512];
    const ssize_t n = recv(target->fd, ignored, sizeof ignored, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        return disconnect(target);
    return flush(target) ? GENRE_OSC_TARGET_SAME : disconnect(target);
}

void genre_osc_target_send(GenreOscTarget *target, const void *packet, size_t size) {
    if (!target->tcp) {
        sendto(target->fd, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT,
               (struct sockaddr *)&target->address, target->address_size);
        return;
    }
    if (!genre_osc_target_is_up(target) || size + 4 > QUEUE_BYTES - target->n_queued)
        return;
    /* OSC 1.0 over a stream: each packet after its size. */
    const uint32_t length = htonl((uint32_t)size);
    memcpy(target->queue + target->n_queued, &length, 4);
    memcpy(target->queue + target->n_queued + 4, packet, size);
    target->n_queued += size + 4;
    flush(target); /* a broken connection is noticed by the next service */
}
