/* run.c for an emulated machine; says which kernels were there. */
#include "net/math.h"
#include "run.h"

int main(void) {
    TCase tests = {0};
    add_tests(&tests);
    for (int i = 0; genre_math_at(i); i++)
        printf("%s ", genre_math_at(i)->name);
    printf("kernels: %d tests passed\n", tests.n_run);
    return EXIT_SUCCESS;
}
