/* service [VERB ARG]...: a service that does as its arguments say, one after the other; the unit files of the tests script
 * it. A call that does not return what it should ends it with status 1 and a line on standard error.
 *
 *   notify TEXT       sends TEXT
 *   child TEXT        a child sends TEXT and is reaped
 *   child-waits TEXT  the same, but the child ends only after the barrier
 *   for-parent TEXT   a child sends TEXT in the name of this process
 *   hand-over TEXT    a child goes on in its place; it says so to the manager, sends TEXT, and ends
 *   store NAME        puts a new anonymous file with NAME in it into the manager's store, as NAME
 *   drop NAME         takes it out
 *   given FILE        writes to FILE a line "NUMBER NAME KIND" for each descriptor that was passed
 *   answer COUNT      answers that many connections to the sockets passed, each with the socket's name
 *   write FILE        writes "done" to FILE
 *   reloading 1       sends RELOADING=1 with MONOTONIC_USEC
 *   await SIGNAL      waits for TERM, HUP or USR1, which is blocked from the start
 *   sleep SECONDS     hangs: it beats no more
 *   beat SECONDS      sends WATCHDOG=1 every half WATCHDOG_USEC for so long
 *
 * With the functions of sdnotify.h (service_channel.c):
 *
 *   connect UNSET     opens the channel; 1: without $NOTIFY_SOCKET afterwards
 *   chroot DIR        another root directory
 *   user UID          another user
 *   channel TEXT      sends TEXT
 *   channel-status LINE, channel-long-status LENGTH, channel-reloading 1, channel-store NAME, channel-barrier 1
 */

#define _GNU_SOURCE
#include "service.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

void expect(int result, int wanted, const char *what) {
        if (result == wanted)
                return;
        fprintf(stderr, "service: %s: %d\n", what, result);
        exit(1);
}

static void pause_for(uint64_t usec) {
        struct timespec t = { (time_t) (usec / 1000000), (long) (usec % 1000000) * 1000 };
        while (nanosleep(&t, &t) < 0)
                ;
}

static uint64_t now(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static uint64_t seconds(const char *text) {
        return (uint64_t) (strtod(text, NULL) * 1e6);
}

static void notify(const char *text) {
        expect(sd_notify(0, text), 1, "sd_notify");
}

static void beat(const char *text) {
        uint64_t period, end = now() + seconds(text);
        expect(sd_watchdog_enabled(0, &period), 1, "sd_watchdog_enabled");
        while (now() < end) {
                notify("WATCHDOG=1");
                pause_for(period / 2);
        }
}

/* The child's part is over when this returns 0 to the caller; the parent has waited for the child then. */
static int in_child(void) {
        int status;
        pid_t child = fork();
        if (child == 0)
                return 1;
        expect(waitpid(child, &status, 0) == child && status == 0, 1, "the child");
        return 0;
}

static void child(const char *text) {
        if (in_child()) {
                notify(text);
                _exit(0);
        }
}

static void child_waits(const char *text) {
        if (in_child()) {
                notify(text);
                expect(sd_notify_barrier(0, UINT64_MAX), 1, "sd_notify_barrier");
                _exit(0);
        }
}

static void for_parent(const char *text) {
        if (in_child()) {
                expect(sd_pid_notify(getppid(), 0, text), 1, "sd_pid_notify");
                _exit(0);
        }
}

static void hand_over(const char *text) {
        pid_t child = fork();
        if (child == 0)
                return;
        expect(sd_notifyf(0, "MAINPID=%ld\n%s", (long) child, text), 1, "sd_notifyf");
        expect(sd_notify_barrier(0, UINT64_MAX), 1, "sd_notify_barrier");
        exit(0);
}

static void store(const char *name) {
        int fd = memfd_create(name, MFD_CLOEXEC);
        expect((int) write(fd, name, strlen(name)), (int) strlen(name), "write");
        expect(sd_pid_notifyf_with_fds(0, 0, &fd, 1, "FDSTORE=1\nFDNAME=%s", name), 1, "sd_pid_notifyf_with_fds");
        close(fd);
}

static void drop(const char *name) {
        expect(sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name), 1, "sd_notifyf");
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

static void given(const char *path) {
        char **names = NULL, content[64];
        int n = sd_listen_fds_with_names(0, &names);
        FILE *file = fopen(path, "w");
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

static void write_done(const char *path) {
        FILE *file = fopen(path, "w");
        fputs("done\n", file);
        fclose(file);
}

static void reloading(const char *unused) {
        (void) unused;
        expect(sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now()), 1, "sd_notifyf");
}

static int signal_number(const char *name) {
        return !strcmp(name, "TERM") ? SIGTERM : !strcmp(name, "HUP") ? SIGHUP : SIGUSR1;
}

static void nothing(int number) {
        (void) number;
}

static void await(const char *name) {
        sigset_t set;
        int number;
        sigemptyset(&set);
        sigaddset(&set, signal_number(name));
        sigwait(&set, &number);
}

static void sleep_for(const char *text) {
        pause_for(seconds(text));
}

static const struct verb verbs[] = {
        { "notify", notify }, { "child", child }, { "child-waits", child_waits }, { "for-parent", for_parent },
        { "hand-over", hand_over }, { "store", store }, { "drop", drop }, { "given", given }, { "answer", answer },
        { "write", write_done }, { "reloading", reloading }, { "await", await }, { "sleep", sleep_for }, { "beat", beat },
        { NULL, NULL },
};

static int act(const struct verb *v, const char *name, const char *argument) {
        while (v->name && strcmp(v->name, name))
                v++;
        if (!v->name)
                return 0;
        v->act(argument);
        return 1;
}

int main(int argc, char **argv) {
        sigset_t awaited;
        sigemptyset(&awaited);
        for (int i = 1; i + 1 < argc; i += 2)
                if (!strcmp(argv[i], "await")) {
                        sigaddset(&awaited, signal_number(argv[i + 1]));
                        /* Never called; but systemd looks whether a service could take a signal before it sends it. */
                        signal(signal_number(argv[i + 1]), nothing);
                }
        sigprocmask(SIG_BLOCK, &awaited, NULL);
        for (int i = 1; i + 1 < argc; i += 2)
                expect(act(verbs, argv[i], argv[i + 1]) || act(channel_verbs, argv[i], argv[i + 1]), 1, argv[i]);
        return 0;
}
