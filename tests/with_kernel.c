/* Runs a test program with one of the kernels; skipped where this machine has not got it.
 * usage: with_kernel KERNEL PROGRAM */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/math.h"

int main(int argc, char **argv) {
    GenreError error;
    if (argc != 3)
        return EXIT_FAILURE;
    setenv("GENRECAST_KERNELS", argv[1], 1);
    if (!genre_math_choose(&error)) {
        printf("skipped: %s\n", error.text);
        return 77;
    }
    execv(argv[2], argv + 2);
    perror(argv[2]);
    return EXIT_FAILURE;
}
