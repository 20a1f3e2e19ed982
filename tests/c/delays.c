/* Preloaded into every process by tests/support/with-delays: it makes a process late where a busy machine would, at
 * random: before it begins, on both sides of a fork, and around calls that another process may be waiting for or racing
 * with. A test that relies on who comes first fails. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t state;
/* A flood of calls does not take for ever. */
static int left;

/* splitmix64; threads may lose a step to each other, which is random too. */
static uint64_t next(void) {
        uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
}

static void seed(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        state = (uint64_t) t.tv_nsec * 1000003 + (uint64_t) getpid();
        left = 40;
}

/* Async-signal-safe. */
static void late(unsigned percent, unsigned most_ms) {
        int saved = errno;
        if (left > 0 && next() % 100 < percent) {
                uint64_t ms = next() % most_ms;
                struct timespec t = { (time_t) (ms / 1000), (long) (ms % 1000) * 1000000 };
                __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED);
                nanosleep(&t, NULL);
        }
        errno = saved;
}

__attribute__((constructor)) static void begin(void) {
        seed();
        late(20, 200);
}

#define NEXT(name) ((__typeof__(name) *) dlsym(RTLD_NEXT, #name))

pid_t fork(void) {
        pid_t pid = NEXT(fork)();
        if (pid == 0)
                seed();
        late(25, 100);
        return pid;
}

#define LATE(type, name, parameters, arguments) \
        type name parameters { \
                static __typeof__(name) *real; \
                if (real == NULL) \
                        real = NEXT(name); \
                late(4, 50); \
                type result = real arguments; \
                late(4, 50); \
                return result; \
        }

LATE(int, bind, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length))
LATE(int, listen, (int fd, int backlog), (fd, backlog))
LATE(int, connect, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length))
LATE(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
LATE(ssize_t, send, (int fd, const void *buffer, size_t length, int flags), (fd, buffer, length, flags))
LATE(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
LATE(int, kill, (pid_t pid, int number), (pid, number))
LATE(int, sigaction, (int number, const struct sigaction *new, struct sigaction *old), (number, new, old))
LATE(int, sigprocmask, (int how, const sigset_t *new, sigset_t *old), (how, new, old))
LATE(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
LATE(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options), (type, id, info, options))
LATE(int, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout))
LATE(int, ppoll, (struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
     (fds, count, timeout, mask))
LATE(int, epoll_wait, (int fd, struct epoll_event *events, int most, int timeout), (fd, events, most, timeout))
LATE(int, rename, (const char *from, const char *to), (from, to))
LATE(int, unlink, (const char *path), (path))
