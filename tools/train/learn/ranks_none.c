/* Without MPI: this process is the only rank. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/ranks.h"
#include "machine.h"
#include "status.h"

GenreStatus ranks_begin(GenreError *error) {
    const char *n = getenv("OMPI_COMM_WORLD_SIZE"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    if (!n || strtol(n, NULL, 10) <= 1)
        return GENRE_SUCCESS;
    /* Each would train the whole and write the same files. One of them says so. */
    if (rank && strcmp(rank, "0") != 0 && !freopen("/dev/null", "w", stderr))
        exit(EXIT_FAILURE);
    return genre_fail(error, GENRE_ERR_UNSUPPORTED,
                      "this genrecast-train was built without MPI: start it without mpirun");
}

int ranks_end(int code) {
    return code;
}

int ranks_count(void) {
    return 1;
}

int ranks_index(void) {
    return 0;
}

int ranks_processors(void) {
    return genre_n_processors();
}

void ranks_share(void *data, size_t size) {
    (void)data;
    (void)size;
}

void ranks_send(int to, const void *data, size_t size) {
    (void)to;
    (void)data;
    (void)size;
}

void ranks_receive(int from, void *data, size_t size) {
    (void)from;
    (void)data;
    (void)size;
}

bool ranks_any(bool here) {
    return here;
}

GenreStatus ranks_agree(GenreStatus status, GenreError *error) {
    (void)error;
    return status;
}
