/* The part of probe that receives what was sent: a notify socket in the same process, out of reach of the calls.
 *
 *   receiver ADDRESS [seqpacket|stream]     listens on /path or @name; the type is that of a datagram socket else
 *   received                                the messages so far, with credentials and descriptors
 *   answer MSEC                             a child receives, and so closes, everything from MSEC milliseconds on
 */

#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int receiver = -1;
static pid_t child;
/* The kernel delivers no datagram larger than this. */
static char buffer[8 << 20];

void receiver_close(void) {
        if (receiver >= 0)
                close(receiver);
        receiver = -1;
        if (child > 0) {
                kill(child, SIGKILL);
                waitpid(child, NULL, 0);
        }
        child = 0;
}

int receiver_fd(void) {
        return receiver;
}

void receiver_open(struct words *w) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        size_t n;
        char *address = decode_text(next_word(w), &n);
        const char *type = next_word(w);
        socklen_t length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n);
        int fd, one = 1, failed;

        receiver_close();
        memcpy(a.sun_path, address, n < sizeof a.sun_path ? n : sizeof a.sun_path);
        if (*address == '@')
                a.sun_path[0] = 0;
        else
                unlink(address);
        free(address);
        fd = socket(AF_UNIX, !strcmp(type, "seqpacket") ? SOCK_SEQPACKET : !strcmp(type, "stream") ? SOCK_STREAM
                                                                       : SOCK_DGRAM, 0);
        /* Out of the way of the numbers that the calls get. */
        receiver = fcntl(fd, F_DUPFD_CLOEXEC, RECEIVER_FD);
        close(fd);
        /* A name is free a moment after its last owner's end. */
        for (int i = 0; (failed = bind(receiver, (struct sockaddr *) &a, length)) && errno == EADDRINUSE && i < 2000; i++)
                usleep(5000);
        if (failed || setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) < 0) {
                printf("failed: %m\n");
                return;
        }
        puts("ok");
}

/* A file in memory: its name, mode and seals, and what is in it. */
static void print_memory(int fd, const struct stat *st) {
        char path[64], name[256] = "", *inode;
        int seals = fcntl(fd, F_GET_SEALS);
        char *bytes;

        if (seals < 0)
                return;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, name, sizeof name - 1) < 0)
                return;
        /* One without a name is called by its inode. */
        inode = strstr(name, "/#");
        if (inode)
                strcpy(inode, "/#N");
        bytes = mmap(NULL, (size_t) st->st_size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
        printf(" %s mode=%o seals=%x bytes=", name, (unsigned) (st->st_mode & 07777), (unsigned) seals);
        if (bytes != MAP_FAILED) {
                print_bytes(bytes, (size_t) st->st_size);
                munmap(bytes, (size_t) st->st_size + 1);
        }
}

/* What a descriptor that came along refers to: its kind and access mode, and which of ours it is. */
static void print_fd(int fd) {
        struct stat st, own;

        fstat(fd, &st);
        printf("%o:%o", (unsigned) (st.st_mode & S_IFMT), (unsigned) (fcntl(fd, F_GETFL) & O_ACCMODE));
        for (int i = 0; i < 512; i++)
                if (i != fd && fstat(i, &own) == 0 && own.st_dev == st.st_dev && own.st_ino == st.st_ino) {
                        printf("=%d", i);
                        break;
                }
        print_memory(fd, &st);
        putchar(',');
}

static int receive_one(void) {
        union { struct cmsghdr header; char bytes[4096]; } control;
        struct iovec data = { buffer, sizeof buffer };
        struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                            .msg_controllen = sizeof control };
        ssize_t n = recvmsg(receiver, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        if (n < 0)
                return 0;
        putchar('[');
        print_bytes(buffer, (size_t) n);
        if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
                printf(" cut");
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
                        struct ucred u;
                        memcpy(&u, CMSG_DATA(c), sizeof u);
                        if (u.pid == getpid())
                                printf(" pid=own");
                        else
                                printf(" pid=%d", (int) u.pid);
                        printf(" uid=%u gid=%u", u.uid, u.gid);
                } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
                        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                        int *fds = malloc(count * sizeof(int));
                        memcpy(fds, CMSG_DATA(c), count * sizeof(int));
                        printf(" fds=");
                        for (size_t i = 0; i < count; i++)
                                print_fd(fds[i]);
                        for (size_t i = 0; i < count; i++)
                                close(fds[i]);
                        free(fds);
                } else
                        printf(" other=%d/%d", c->cmsg_level, c->cmsg_type);
        putchar(']');
        return 1;
}

void receiver_drain(void) {
        printf("messages=");
        while (receiver >= 0 && receive_one())
                ;
        putchar('\n');
}

void receiver_answer(struct words *w) {
        useconds_t msec = (useconds_t) strtoul(next_word(w), NULL, 0);

        pid_t parent = getpid();

        fflush(stdout);
        child = fork();
        if (child == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (getppid() != parent)
                        _exit(0);
                usleep(msec * 1000);
                for (;;) {
                        union { struct cmsghdr header; char bytes[4096]; } control;
                        struct iovec data = { buffer, sizeof buffer };
                        struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                                            .msg_controllen = sizeof control };
                        if (recvmsg(receiver, &m, 0) < 0 && errno != EINTR)
                                _exit(1);
                        for (int fd = 3; fd < RECEIVER_FD; fd++)
                                close(fd);
                }
        }
        puts(child > 0 ? "ok" : "failed");
}
