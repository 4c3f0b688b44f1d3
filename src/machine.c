#include "machine.h"

#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

double genre_now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int genre_n_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

void genre_expect_writes(void *memory, size_t n_bytes) {
#ifdef MADV_POPULATE_WRITE
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t skip = (page - (uintptr_t)memory % page) % page; /* to the first whole page */
    if (n_bytes >= skip + page)
        madvise((char *)memory + skip, (n_bytes - skip) / page * page, MADV_POPULATE_WRITE);
#else
    (void)memory, (void)n_bytes;
#endif
}
