#include "guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
enum { DISPATCH_ON = 1, LET_PASS = 0, CATCH = 1 };

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static _Thread_local volatile bool armed;
static _Thread_local volatile char selector; /* the kernel reads it at each system call */
static _Thread_local char caught[64];

/* Notes the system call, then does it after all, and lets further ones pass: a process that can do
 * none at all could not even return from this handler. */
static void on_sigsys(int number, siginfo_t *info, void *context) {
    (void)number;
    const int saved = errno;
    selector = LET_PASS;
    if (armed && !*caught)
        snprintf(caught, sizeof caught, "system call %d", info->si_syscall);
#if defined(__x86_64__)
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    const long result = syscall(info->si_syscall, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10],
                                r[REG_R8], r[REG_R9]);
    r[REG_RAX] = result == -1 ? -errno : result;
#else
    (void)context;
#endif
    errno = saved;
}

bool guard_works(void) {
#ifdef SANITIZED
    return false;
#else
    return true;
#endif
}

/* A fork switches it off in the child. */
static _Thread_local bool ready, seen;

static void forget(void) {
    ready = false;
}

static void get_ready(void) {
    static bool told;
    const struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    if (!told)
        pthread_atfork(NULL, NULL, forget);
    told = ready = true;
    selector = LET_PASS;
    seen = prctl(PR_SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, 0, 0, &selector) == 0;
}

bool guard_sees_system_calls(void) {
    if (!ready)
        get_ready();
    return seen;
}

void guard_arm(void) {
    if (!ready)
        get_ready();
    *caught = '\0';
    armed = true;
    selector = seen ? CATCH : LET_PASS;
}

const char *guard_disarm(void) {
    selector = LET_PASS;
    armed = false;
    return *caught ? caught : NULL;
}

/* ---- In place of libc's -------------------------------------------------------------------- */

#ifndef SANITIZED
static void catch_call(const char *name) {
    if (!armed || *caught)
        return;
    size_t i = 0;
    for (; i < sizeof caught - 1 && name[i]; i++)
        caught[i] = name[i];
    caught[i] = '\0';
}

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) {
    catch_call("malloc");
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    catch_call("calloc");
    return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size) {
    catch_call("realloc");
    return __libc_realloc(memory, size);
}

void free(void *memory) {
    catch_call("free");
    __libc_free(memory);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size) {
    catch_call("memalign");
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    catch_call("aligned_alloc");
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    catch_call("posix_memalign");
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

/* A function with the name and type of libc's that notes the call and passes it on. */
#define WATCH(name, parameters, arguments)                                                         \
    int name parameters {                                                                          \
        static int(*real) parameters;                                                              \
        catch_call(#name);                                                                         \
        if (!real)                                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return real arguments;                                                                     \
    }

WATCH(pthread_mutex_lock, (pthread_mutex_t * lock), (lock))
WATCH(pthread_mutex_trylock, (pthread_mutex_t * lock), (lock))
WATCH(pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
WATCH(pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
WATCH(pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
WATCH(pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *lock), (condition, lock))
WATCH(pthread_cond_signal, (pthread_cond_t * condition), (condition))
WATCH(pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
WATCH(sem_wait, (sem_t * semaphore), (semaphore))
WATCH(sem_post, (sem_t * semaphore), (semaphore))
#endif
