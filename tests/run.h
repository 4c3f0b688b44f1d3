/* What every test program shares: run.c holds main(), each test file the tests. */
#ifndef GENRE_TESTS_RUN_H
#define GENRE_TESTS_RUN_H

#include <check.h>

/* ck_assert for inner loops. (The one of Check notes its place in a file each time it passes.) */
#define REQUIRE(condition, ...)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(__VA_ARGS__);                                                             \
    } while (0)

/* Written by each test file: adds its tests with tcase_add_test or tcase_add_loop_test. */
void add_tests(TCase *tests);

#endif
