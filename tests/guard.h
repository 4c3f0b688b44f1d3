/* Holds real-time code to its word: while armed, an allocation, a lock or a system call on this
 * thread is caught.
 *
 * The memory and lock functions of this file take the place of libc's for the whole program and its
 * shared libraries; a program that loads plugins with dlopen must be linked with export_dynamic, so
 * that these find them too. System calls are caught by the kernel (Linux 5.11, x86-64: syscall user
 * dispatch), wherever they come from. */
#ifndef GENRE_TESTS_GUARD_H
#define GENRE_TESTS_GUARD_H

#include <stdbool.h>

/* False in a build with a sanitizer, which has its own memory functions: skip the test there. */
bool guard_works(void);

/* False where the kernel cannot tell of system calls. */
bool guard_sees_system_calls(void);

/* From here on nothing of the kind may happen on this thread ... */
void guard_arm(void);

/* ... until here. What was caught first since guard_arm, in words; NULL: nothing. */
const char *guard_disarm(void);

/* Runs `call` armed; what is caught fails the Check test. */
#define GUARDED(call)                                                                              \
    do {                                                                                           \
        guard_arm();                                                                               \
        call;                                                                                      \
        const char *caught = guard_disarm();                                                       \
        if (caught)                                                                                \
            ck_abort_msg("%s: %s", #call, caught);                                                 \
    } while (0)

#endif
