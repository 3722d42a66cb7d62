/* What libfaketime lacks for a clock that is lent: where to begin, and two waits of glibc.

   HYPERSIM_LENT says "SPEED MONOTONIC_NS EXCHANGE_NS": the exchange's time when the machine's
   monotonic clock said so. The first program under libfaketime, which is only to start the real
   one, hands on from there the exact offset: FAKETIME is read once, when a program starts, and with
   FAKETIME_DONT_RESET=1 all programs count from when the first one did. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static double speed = 1;

static long long in_ns(const struct timespec *at) { return at->tv_sec * SECOND + at->tv_nsec; }

static long long real_ns(clockid_t clock) {
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return in_ns(&now);
}

static long long lent_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return in_ns(&now);
}

__attribute__((constructor)) static void begin(void) {
    const char *lent = getenv("HYPERSIM_LENT");
    long long monotonic, exchange;
    char text[64];
    int known = lent ? sscanf(lent, "%lf %lld %lld", &speed, &monotonic, &exchange) : 0;
    if (known < 3 || !getenv("FAKETIME")) return; /* the wrapper, or not the first */
    exchange += (long long)((real_ns(CLOCK_MONOTONIC) - monotonic) * speed);
    long long ahead = exchange - lent_ns(CLOCK_REALTIME), size = ahead < 0 ? -ahead : ahead;
    snprintf(text, sizeof text, "%c%lld.%09lld x%g", ahead < 0 ? '-' : '+', size / SECOND,
             size % SECOND, speed);
    setenv("FAKETIME", text, 1);
    snprintf(text, sizeof text, "%g", speed);
    setenv("HYPERSIM_LENT", text, 1);
}

/* glibc waits by the machine's clock, and the moment is one of the lent clock. */
static struct timespec real_moment(clockid_t clock, const struct timespec *until) {
    long long left = in_ns(until) - lent_ns(clock);
    long long at = real_ns(clock) + (left > 0 ? (long long)(left / speed) : 0);
    return (struct timespec){at / SECOND, at % SECOND};
}

int sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until) {
    int (*next)(sem_t *, clockid_t, const struct timespec *) = dlsym(RTLD_NEXT, "sem_clockwait");
    struct timespec at = real_moment(clock, until);
    return next(sem, clock, &at);
}

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until) {
    int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *) =
        dlsym(RTLD_NEXT, "pthread_cond_clockwait");
    struct timespec at = real_moment(clock, until);
    return next(cond, mutex, clock, &at);
}
