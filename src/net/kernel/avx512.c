/* AVX-512 as Skylake has it. */
#if defined(__x86_64__)

#define KERNEL avx512
#define TARGET __attribute__((target(TARGET_512)))
#include "net/kernel/avx512.h"

static bool runs_here(void) {
    return has_avx512();
}

/* Wider ones were no faster here. */
#include "net/kernel/avx2_eight.h"
#include "net/kernel/vector.h"

#else
typedef int GenreNoKernelHere; /* ISO C wants something in every file */
#endif
