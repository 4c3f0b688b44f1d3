/* Runs one test program's tests. Each runs in a process of its own, so that a crash, or a leak that
 * a sanitizer reports at exit, is that test's failure and the others still run. */
#include "run.h"

#include <stdlib.h>

int main(int argc, char **argv) {
    (void)argc;
    Suite *suite = suite_create(argv[0]);
    TCase *tests = tcase_create("tests");
    tcase_set_timeout(tests, 0); /* meson stops what hangs */
    add_tests(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
