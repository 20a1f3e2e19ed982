/* The part of probe that makes file descriptors of every kind, and asks the predicates about them.
 *
 *   open FD closed | dir PATH | file PATH | fifo PATH | device PATH | path PATH (O_PATH) | pipe | pipe-write | epoll
 *           | event | timer | memory | inotify | netlink | pty | mq NAME | pidfd | pidfd-child | null
 *           | copy FD | mq-kept NAME (the queue stays)
 *   open FD unix TYPE LISTEN TEXT        TEXT: x (not bound), a path, or a name that begins with 00
 *   open FD inet TYPE LISTEN PORT | inet6 TYPE LISTEN PORT       port 0: not bound; -1: any
 *   open FD pair TYPE
 *
 * Numbers may be @port:FD, the port that FD is bound to; a TEXT may be @name:FD, the address it is bound to.
 */

#define _GNU_SOURCE
#include "probe.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

socklen_t socket_name(int fd, void *name, socklen_t room) {
        return getsockname(fd, name, &room) == 0 ? room : 0;
}

static int number(struct words *w) {
        const char *word = next_word(w);
        struct sockaddr_in6 a = { 0 };

        if (strncmp(word, "@port:", 6))
                return (int) strtoll(word, NULL, 0);
        socket_name(atoi(word + 6), &a, sizeof a);
        /* At the same place in both families. */
        return ntohs(a.sin6_port);
}

static int open_socket(int family, struct words *w) {
        int type = number(w), listening = number(w), fd = socket(family, type, 0), bound = 1;
        union { struct sockaddr sa; struct sockaddr_un un; struct sockaddr_in in; struct sockaddr_in6 in6; } a;
        socklen_t length = 0;

        memset(&a, 0, sizeof a);
        a.sa.sa_family = (sa_family_t) family;
        if (family == AF_UNIX) {
                size_t n;
                char *name = decode_text(next_word(w), &n);
                memcpy(a.un.sun_path, name, n);
                if (name[0])
                        unlink(name);
                free(name);
                length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n);
                bound = n > 0;
        } else {
                int wanted = number(w);
                in_port_t port = wanted < 0 ? 0 : htons((uint16_t) wanted);
                bound = wanted != 0;
                if (family == AF_INET) {
                        a.in.sin_port = port;
                        a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                        length = sizeof a.in;
                } else {
                        a.in6.sin6_port = port;
                        a.in6.sin6_addr = in6addr_loopback;
                        length = sizeof a.in6;
                }
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int) { 1 }, sizeof(int));
        }
        if (fd >= 0 && bound && bind(fd, &a.sa, length) < 0) {
                close(fd);
                return -1;
        }
        if (fd >= 0 && listening)
                listen(fd, 5);
        return fd;
}

static int open_pair(int type) {
        int fds[2];

        if (socketpair(AF_UNIX, type, 0, fds) < 0)
                return -1;
        close(fds[1]);
        return fds[0];
}

/* end 0: to read, 1: to write; the other is closed. */
static int open_pipe(int end) {
        int fds[2];

        if (pipe(fds) < 0)
                return -1;
        close(fds[!end]);
        return fds[end];
}

static int open_fifo(const char *path) {
        mkfifo(path, 0600);
        return open(path, O_RDWR);
}

/* As small as they come: all queues of a user together may have 819,200 bytes, which are ten of the default size. */
static int open_mq(const char *name) {
        struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 1 };

        return mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
}

static int open_unlinked_mq(const char *name) {
        int fd = open_mq(name), error = errno;

        mq_unlink(name);
        errno = error;
        return fd;
}

/* Of a child that has ended but was not waited for yet, so that its id is still its own. */
static int open_child_pidfd(void) {
        pid_t child = fork();
        int fd;

        if (child == 0)
                _exit(0);
        fd = (int) syscall(SYS_pidfd_open, child, 0);
        waitpid(child, NULL, 0);
        return fd;
}

static int open_kind(const char *kind, struct words *w) {
        if (!strcmp(kind, "null"))
                return open("/dev/null", O_RDWR);
        if (!strcmp(kind, "device"))
                return open(next_word(w), O_RDWR | O_NOCTTY);
        if (!strcmp(kind, "path"))
                return open(next_word(w), O_PATH);
        if (!strcmp(kind, "dir"))
                return open(next_word(w), O_RDONLY | O_DIRECTORY);
        if (!strcmp(kind, "file"))
                return open(next_word(w), O_RDWR | O_CREAT, 0600);
        if (!strcmp(kind, "fifo"))
                return open_fifo(next_word(w));
        if (!strcmp(kind, "pipe"))
                return open_pipe(0);
        if (!strcmp(kind, "pipe-write"))
                return open_pipe(1);
        if (!strcmp(kind, "epoll"))
                return epoll_create1(0);
        if (!strcmp(kind, "event"))
                return eventfd(0, 0);
        if (!strcmp(kind, "timer"))
                return timerfd_create(CLOCK_MONOTONIC, 0);
        if (!strcmp(kind, "memory"))
                return memfd_create("probe", 0);
        if (!strcmp(kind, "inotify"))
                return inotify_init1(0);
        if (!strcmp(kind, "netlink"))
                return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
        if (!strcmp(kind, "pty"))
                return posix_openpt(O_RDWR | O_NOCTTY);
        if (!strcmp(kind, "mq"))
                return open_unlinked_mq(next_word(w));
        if (!strcmp(kind, "mq-kept"))
                return open_mq(next_word(w));
        if (!strcmp(kind, "pidfd"))
                return (int) syscall(SYS_pidfd_open, getpid(), 0);
        if (!strcmp(kind, "pidfd-child"))
                return open_child_pidfd();
        if (!strcmp(kind, "copy"))
                return dup(number(w));
        if (!strcmp(kind, "pair"))
                return open_pair(number(w));
        if (!strcmp(kind, "unix"))
                return open_socket(AF_UNIX, w);
        if (!strcmp(kind, "inet"))
                return open_socket(AF_INET, w);
        if (!strcmp(kind, "inet6"))
                return open_socket(AF_INET6, w);
        return -1;
}

void open_fd(struct words *w) {
        int want = number(w), fd;
        const char *kind = next_word(w);

        close(want);
        if (!strcmp(kind, "closed")) {
                puts("ok");
                return;
        }
        if ((fd = open_kind(kind, w)) < 0) {
                printf("failed: %s: %m\n", kind);
                return;
        }
        /* As a service manager hands it over: without FD_CLOEXEC. */
        if (fd != want) {
                dup2(fd, want);
                close(fd);
        } else
                fcntl(fd, F_SETFD, 0);
        puts("ok");
}

#define FUNCTION(name, ...) int (*name)(__VA_ARGS__) = (int (*)(__VA_ARGS__)) dlsym(library, #name); \
        if (!name) { printf("missing\n"); return; }

/* Texts as for notify: sd_is_fifo FD TEXT; sd_is_socket FD FAMILY TYPE LISTEN; sd_is_socket_inet FD FAMILY TYPE LISTEN
 * PORT; sd_is_socket_sockaddr FD TYPE TEXT LENGTH LISTEN; sd_is_socket_unix FD TYPE LISTEN TEXT LENGTH. */
void predicate_call(void *library, const char *f, struct words *w) {
        int fd = number(w), r;
        size_t n;

        if (!strcmp(f, "sd_is_socket")) {
                int family = number(w), type = number(w), listening = number(w);
                FUNCTION(sd_is_socket, int, int, int, int);
                r = sd_is_socket(fd, family, type, listening);
        } else if (!strcmp(f, "sd_is_socket_inet")) {
                int family = number(w), type = number(w), listening = number(w);
                uint16_t port = (uint16_t) number(w);
                FUNCTION(sd_is_socket_inet, int, int, int, int, uint16_t);
                r = sd_is_socket_inet(fd, family, type, listening, port);
        } else if (!strcmp(f, "sd_is_socket_sockaddr")) {
                int type = number(w);
                char *address = decode_text(next_word(w), &n);
                unsigned length = (unsigned) number(w);
                int listening = number(w);
                FUNCTION(sd_is_socket_sockaddr, int, int, const struct sockaddr *, unsigned, int);
                r = sd_is_socket_sockaddr(fd, type, (struct sockaddr *) (void *) address, length, listening);
                free(address);
        } else if (!strcmp(f, "sd_is_socket_unix")) {
                int type = number(w), listening = number(w);
                char *path = decode_text(next_word(w), &n);
                size_t length = strtoull(next_word(w), NULL, 0);
                FUNCTION(sd_is_socket_unix, int, int, int, const char *, size_t);
                r = sd_is_socket_unix(fd, type, listening, path, length);
                free(path);
        } else {
                int (*ask)(int, const char *) = (int (*)(int, const char *)) dlsym(library, f);
                if (!ask) {
                        printf("missing\n");
                        return;
                }
                char *path = decode_text(next_word(w), &n);
                r = ask(fd, path);
                free(path);
        }
        printf("ret=%d\n", r);
}
