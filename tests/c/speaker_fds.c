/* The part of speaker that gives descriptors to the manager, and takes them. */

#define _GNU_SOURCE
#include "speaker.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

static void store(const char *name) {
        int fd = memfd_create(name, MFD_CLOEXEC);
        expect(write(fd, name, strlen(name)), (long) strlen(name), "write");
        expect(sd_pid_notifyf_with_fds(0, 0, &fd, 1, "FDSTORE=1\nFDNAME=%s", name), 1, "sd_pid_notifyf_with_fds");
        close(fd);
}

static void drop(const char *name) {
        expect(sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name), 1, "sd_notifyf");
}

static void fds(const char *count) {
        int array[253], n = atoi(count);
        for (int i = 0; i < n; i++)
                array[i] = memfd_create("some", MFD_CLOEXEC);
        expect(sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=some", array, (unsigned) n), 1, "with_fds");
        for (int i = 0; i < n; i++)
                close(array[i]);
}

static void same(const char *count) {
        int array[253], n = atoi(count), fd = memfd_create("same", MFD_CLOEXEC), r;
        for (int i = 0; i < n; i++)
                array[i] = fd;
        /* The kernel lets an ordinary user have no more descriptors on their way than its limit of open ones. */
        while ((r = sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=same", array, (unsigned) n)) == -ETOOMANYREFS)
                pause_for(1);
        expect(r, 1, "with_fds");
        while ((r = sd_notify_barrier(0, UINT64_MAX)) == -ETOOMANYREFS)
                pause_for(1);
        expect(r, 1, "barrier");
        close(fd);
}

/* A connection whose other end takes nothing, and that waits for that when it is closed. */
static int lingering(void) {
        static const char data[65536];
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof to;
        int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        expect(bind(listening, (struct sockaddr *) &to, length) | listen(listening, 1), 0, "listen");
        expect(getsockname(listening, (struct sockaddr *) &to, &length), 0, "getsockname");
        expect(connect(fd, (struct sockaddr *) &to, length), 0, "connect");
        while (send(fd, data, sizeof data, MSG_DONTWAIT) > 0)
                ;
        expect(setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger) { 1, 30 }, sizeof(struct linger)), 0, "linger");
        return fd;
}

static void stored(const char *kind) {
        int fd = strcmp(kind, "path") ? lingering() : open("/", O_PATH | O_CLOEXEC);
        expect(sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=trouble", &fd, 1), 1, "with_fds");
        wait_for_manager();
        /* The manager's is the last one now. */
        expect(dup2(STDERR_FILENO, fd), fd, "dup2");
        drop("trouble");
        wait_for_manager();
}

static void given(const char *path) {
        FILE *file = fopen(path, "ae");
        struct stat st;
        fprintf(file, "%s", getenv("LISTEN_FDS") ? getenv("LISTEN_FDS") : "-");
        for (int fd = 0; fd < 1024; fd++)
                if (fd != fileno(file) && fstat(fd, &st) == 0)
                        fprintf(file, " %d:%o", fd, (unsigned) st.st_mode & S_IFMT);
        fprintf(file, "\n");
        fclose(file);
}

static const char *kind(int fd, char *content, size_t room) {
        ssize_t length;
        if (sd_is_fifo(fd, NULL) > 0)
                return "fifo";
        if (sd_is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) > 0)
                return "listening-inet";
        if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0)
                return "listening-unix";
        if (sd_is_socket_unix(fd, SOCK_DGRAM, -1, NULL, 0) > 0)
                return "datagram-unix";
        length = pread(fd, content, room - 1, 0);
        content[length < 0 ? 0 : length] = 0;
        return content;
}

static void passed(const char *path) {
        char **names = NULL, content[64];
        int n = sd_listen_fds_with_names(0, &names);
        FILE *file = fopen(path, "we");
        for (int i = 0; i < n; i++) {
                int fd = SD_LISTEN_FDS_START + i;
                fprintf(file, "%d %s %s\n", fd, names[i], kind(fd, content, sizeof content));
                free(names[i]);
        }
        free(names);
        fprintf(file, "total %d\n", n);
        fclose(file);
}

static void answer(const char *count) {
        char **names = NULL;
        int n = sd_listen_fds_with_names(0, &names);
        struct pollfd sockets[8];
        expect(n > 0 && n <= 8, 1, "sd_listen_fds_with_names");
        for (int i = 0; i < n; i++)
                sockets[i] = (struct pollfd) { .fd = SD_LISTEN_FDS_START + i, .events = POLLIN };
        for (long left = strtol(count, NULL, 10); left > 0;) {
                poll(sockets, (nfds_t) n, -1);
                for (int i = 0; i < n; i++)
                        if (sockets[i].revents & POLLIN) {
                                int fd = accept(sockets[i].fd, NULL, NULL);
                                dprintf(fd, "%s\n", names[i]);
                                close(fd);
                                left--;
                        }
        }
}

const struct verb fds_verbs[] = {
        { "store", store }, { "drop", drop }, { "fds", fds }, { "same", same }, { "stored", stored }, { "given", given },
        { "passed", passed }, { "answer", answer }, { NULL, NULL },
};
