/* The part of probe that makes file descriptors of every kind, and asks the predicates about them.
 *
 *   open FD closed | null | dir PATH | file PATH | fifo PATH | pipe | epoll | mq NAME | pidfd
 *   open FD unix TYPE LISTEN TEXT        TEXT: x (not bound), a path, or a name that begins with 00
 *   open FD inet TYPE LISTEN PORT | inet6 TYPE LISTEN PORT       port 0: not bound
 */

#define _GNU_SOURCE
#include "probe.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int number(struct words *w) {
        return (int) strtoll(next_word(w), NULL, 0);
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
                in_port_t port = htons((uint16_t) number(w));
                bound = port != 0;
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

void open_fd(struct words *w) {
        int want = number(w), fd = -1, pipe_fds[2];
        const char *kind = next_word(w);

        close(want);
        if (!strcmp(kind, "closed")) {
                puts("ok");
                return;
        }
        if (!strcmp(kind, "null"))
                fd = open("/dev/null", O_RDWR);
        else if (!strcmp(kind, "dir"))
                fd = open(next_word(w), O_RDONLY | O_DIRECTORY);
        else if (!strcmp(kind, "file"))
                fd = open(next_word(w), O_RDWR | O_CREAT, 0600);
        else if (!strcmp(kind, "fifo")) {
                const char *path = next_word(w);
                mkfifo(path, 0600);
                fd = open(path, O_RDWR);
        } else if (!strcmp(kind, "pipe")) {
                if (pipe(pipe_fds) == 0) {
                        fd = pipe_fds[0];
                        close(pipe_fds[1]);
                }
        } else if (!strcmp(kind, "epoll"))
                fd = epoll_create1(0);
        else if (!strcmp(kind, "mq"))
                fd = mq_open(next_word(w), O_RDWR | O_CREAT, 0600, NULL);
        else if (!strcmp(kind, "pidfd"))
                fd = (int) syscall(SYS_pidfd_open, getpid(), 0);
        else if (!strcmp(kind, "unix"))
                fd = open_socket(AF_UNIX, w);
        else if (!strcmp(kind, "inet"))
                fd = open_socket(AF_INET, w);
        else if (!strcmp(kind, "inet6"))
                fd = open_socket(AF_INET6, w);
        if (fd < 0) {
                printf("failed: %m\n");
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
                char *path = decode_text(next_word(w), &n);
                int (*ask)(int, const char *) = (int (*)(int, const char *)) dlsym(library, f);
                if (!ask) {
                        printf("missing\n");
                        return;
                }
                r = ask(fd, path);
                free(path);
        }
        printf("ret=%d\n", r);
}
