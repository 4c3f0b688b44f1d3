/* By MPI, where mpirun has started this process; else it is the only rank, and MPI is not begun:
 * that takes time, and says things. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "learn/ranks.h"
#include "machine.h"
#include "status.h"

/* Bytes in a message: MPI counts in int. */
enum { MOST = 1 << 30 };

static bool begun;
static int count = 1, index_here, neighbours = 1; /* ranks on this machine, this one included */

/* What launchers tell those that they start: Open MPI's, other MPIs', and Slurm's and the like. */
static bool started_by_mpirun(void) {
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_RANK") || getenv("PMIX_RANK");
}

static void fall_silent(void) {
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

GenreStatus ranks_begin(GenreError *error) {
    int threads;
    MPI_Comm here;
    if (!started_by_mpirun())
        return GENRE_SUCCESS;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads) != MPI_SUCCESS)
        return genre_fail(error, GENRE_ERR_UNSUPPORTED, "MPI cannot be begun");
    begun = true;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_rank(MPI_COMM_WORLD, &index_here);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &neighbours);
    MPI_Comm_free(&here);
    if (index_here > 0)
        fall_silent();
    return threads < MPI_THREAD_FUNNELED && count > 1
               ? genre_fail(error, GENRE_ERR_UNSUPPORTED, "this MPI does not go with threads")
               : GENRE_SUCCESS;
}

int ranks_end(int code) {
    if (begun)
        MPI_Finalize();
    begun = false;
    return index_here == 0 ? code : EXIT_SUCCESS;
}

int ranks_count(void) {
    return count;
}

int ranks_index(void) {
    return index_here;
}

int ranks_processors(void) {
    const int bound = genre_n_processors();
    const int share = (int)(sysconf(_SC_NPROCESSORS_ONLN) / neighbours);
    const int n = count == 1 || bound < share ? bound : share;
    return n > 1 ? n : 1;
}

static int next_part(size_t left) {
    return (int)(left < MOST ? left : MOST);
}

void ranks_share(void *data, size_t size) {
    char *at = data;
    for (int part; count > 1 && size > 0; at += part, size -= (size_t)part) {
        part = next_part(size);
        MPI_Bcast(at, part, MPI_BYTE, 0, MPI_COMM_WORLD);
    }
}

void ranks_send(int to, const void *data, size_t size) {
    const char *at = data;
    for (int part; size > 0; at += part, size -= (size_t)part) {
        part = next_part(size);
        MPI_Send(at, part, MPI_BYTE, to, 0, MPI_COMM_WORLD);
    }
}

void ranks_receive(int from, void *data, size_t size) {
    char *at = data;
    for (int part; size > 0; at += part, size -= (size_t)part) {
        part = next_part(size);
        MPI_Recv(at, part, MPI_BYTE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

/* The least of what all ranks say. It may take minutes until all do, in which MPI_Allreduce would
 * keep a processor busy. */
static int least(int here) {
    const struct timespec pause = {.tv_nsec = 200000};
    int all, done = 0;
    MPI_Request request;
    MPI_Iallreduce(&here, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    while (MPI_Test(&request, &done, MPI_STATUS_IGNORE), !done)
        nanosleep(&pause, NULL);
    return all;
}

bool ranks_any(bool here) {
    return count > 1 ? least(!here) == 0 : here;
}

GenreStatus ranks_agree(GenreStatus status, GenreError *error) {
    if (count == 1)
        return status;
    const int first = least(status ? index_here : count); /* that failed */
    if (first == count)
        return GENRE_SUCCESS;
    error->status = first == index_here ? status : error->status;
    MPI_Bcast(error, sizeof *error, MPI_BYTE, first, MPI_COMM_WORLD);
    return error->status;
}
