/* As much of Check as test_math.c takes, for machines that are emulated and have no libraries:
 * tests run one after the other, and the first failure ends the program. */
#ifndef GENRE_TESTS_CROSS_CHECK_H
#define GENRE_TESTS_CROSS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int n_run;
} TCase;

#define START_TEST(name) static void name(int _i __attribute__((unused)))
#define END_TEST
#define tcase_add_test(tests, test) tcase_add_loop_test(tests, test, 0, 1)
#define tcase_add_loop_test(tests, test, first, end)                                               \
    for (int i_ = first; i_ < (end); i_++, (tests)->n_run++) {                                     \
        test(i_);                                                                                  \
    }

#define ck_abort_msg(...) (printf(__VA_ARGS__), puts(""), exit(EXIT_FAILURE))
#define ck_assert(condition)                                                                       \
    ((condition) ? (void)0 : (void)ck_abort_msg("line %d: %s", __LINE__, #condition))
#define ck_assert_float_eq(a, b) ck_assert((a) == (b))
#define ck_assert_float_ge(a, b) ck_assert((a) >= (b))
#define ck_assert_float_lt(a, b) ck_assert((a) < (b))
#define ck_assert_int_eq(a, b) ck_assert((a) == (b))
#define ck_assert_mem_eq(a, b, n) ck_assert(memcmp(a, b, n) == 0)
#define ck_assert_ptr_eq(a, b) ck_assert((a) == (b))
#define ck_assert_ptr_null(a) ck_assert(!(a))
#define ck_assert_ptr_nonnull(a) ck_assert(a)

#endif
