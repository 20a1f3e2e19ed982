/* channel: calls the functions of sdnotify.h as told on standard input, one line a call, and answers each with one line,
 * as probe does for those of sd-daemon.h. It is compiled against the header and linked with the library.
 *
 *   set NAME TEXT                                   the environment
 *   sdn_... ARG...                                  a function with its arguments
 *   child CHANNEL TEXT                              sdn_send() in a forked child: its result and process id
 *   exec CHANNEL                                    whether the descriptor is open in a program executed by a child
 *   nonblock CHANNEL | room CHANNEL                 O_NONBLOCK; whether poll() says that there is room
 *   alarm MSEC                                      a signal, once or (when it is early) again
 *   confine HOW ARGUMENT                            see confine.h
 *   open FD | close FD                              /dev/null under a number; nothing
 *   state                                           $NOTIFY_SOCKET and $WATCHDOG_USEC, and all open descriptors
 *
 * TEXT: x and hexadecimal digits; COUNT*HH, a byte many times; - is NULL.
 */

#define _GNU_SOURCE
#include "confine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sdnotify.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NONE 4242

static char *rest;

static const char *word(void) {
        char *w = rest + strspn(rest, " ");
        size_t n = strcspn(w, " ");

        rest = w[n] ? w + n + 1 : w + n;
        w[n] = 0;
        return w;
}

static int number(void) {
        return (int) strtoll(word(), NULL, 0);
}

/* Not freed: this program does not run for long. */
static char *text(void) {
        const char *w = word(), *star = strchr(w, '*');
        size_t n = star ? strtoull(w, NULL, 10) : (strlen(w) - 1) / 2;
        char *t = malloc(n + 1);

        if (!strcmp(w, "-"))
                return NULL;
        for (size_t i = 0; i < n; i++) {
                const char digits[3] = { star ? star[1] : w[1 + 2 * i], star ? star[2] : w[2 + 2 * i], 0 };
                t[i] = (char) strtoul(digits, NULL, 16);
        }
        t[n] = 0;
        return t;
}

static int call(const char *f) {
        int first = number();

        if (!strcmp(f, "sdn_reloading"))
                return sdn_reloading(first);
        if (!strcmp(f, "sdn_barrier"))
                return sdn_barrier(first, strtoull(word(), NULL, 0));

        char *t = text();
        if (!strcmp(f, "sdn_send"))
                return sdn_send(first, t);
        if (!strcmp(f, "sdn_status"))
                return sdn_status(first, t);
        if (!strcmp(f, "sdn_sendf"))
                return t ? sdn_sendf(first, "%s%c%d", t, '\n', 42) : sdn_sendf(first, t);
        if (!strcmp(f, "sdn_statusf"))
                return t ? sdn_statusf(first, "%d%% %s", 42, t) : sdn_statusf(first, t);

        char *list = (char *) word();
        int fds[300], n_fds = 0, none = !strcmp(list, "-");
        for (char *fd = strtok(list, ","); fd && n_fds < 300; fd = strtok(NULL, ","))
                fds[n_fds++] = atoi(fd);
        return sdn_send_with_fds(first, t, none ? NULL : fds, (size_t) number());
}

/* The last argument says whether a result is wanted (1) or the pointer is NULL (0). */
static void call_for_a_number(const char *f) {
        int unset = number(), wanted = number(), channel = NONE, r;
        uint64_t usec = NONE;

        if (!strcmp(f, "sdn_connect")) {
                r = sdn_connect(unset, wanted ? &channel : NULL);
                printf("ret=%d channel=%d\n", r, channel);
        } else {
                r = sdn_heartbeat_interval(unset, wanted ? &usec : NULL);
                printf("ret=%d usec=%" PRIu64 "\n", r, usec);
        }
}

static void in_child(void) {
        int channel = number(), status, r;
        const char *t = text();
        pid_t pid = fork();

        if (pid == 0)
                _exit((r = sdn_send(channel, t)) < 0 ? 128 - r : r);
        waitpid(pid, &status, 0);
        r = WEXITSTATUS(status);
        printf("ret=%d pid=%d\n", r >= 128 ? 128 - r : r, (int) pid);
}

static void in_program(void) {
        char script[64];

        snprintf(script, sizeof script, "test ! -e /proc/self/fd/%d", number());
        printf("ret=%d\n", system(script));
}

static void nothing(int signal) {
        (void) signal;
}

static void state(void) {
        printf("env=%s%s fds=", getenv("NOTIFY_SOCKET") ? "NOTIFY_SOCKET," : "",
               getenv("WATCHDOG_USEC") ? "WATCHDOG_USEC," : "");
        for (int fd = 0; fd < 1024; fd++) {
                int flags = fcntl(fd, F_GETFD);
                if (flags >= 0)
                        printf("%d%s,", fd, flags & FD_CLOEXEC ? "c" : "");
        }
        putchar('\n');
}

static int act(const char *f) {
        if (!strcmp(f, "set")) {
                const char *name = word(), *value = text();
                return setenv(name, value ? value : "", 1);
        }
        if (!strcmp(f, "nonblock"))
                return fcntl(number(), F_SETFL, O_NONBLOCK);
        if (!strcmp(f, "room")) {
                struct pollfd p = { .fd = number(), .events = POLLOUT };
                return poll(&p, 1, 0);
        }
        if (!strcmp(f, "alarm")) {
                int msec = number();
                struct itimerval t = { { 0, msec * 1000 }, { 0, msec * 1000 } };
                struct sigaction a = { .sa_handler = nothing };
                sigaction(SIGALRM, &a, NULL);
                return setitimer(ITIMER_REAL, &t, NULL);
        }
        if (!strcmp(f, "confine")) {
                const char *how = word();
                return confine(how, word());
        }
        if (!strcmp(f, "open")) {
                int want = number(), fd = open("/dev/null", O_RDWR);
                return fd == want ? 0 : dup2(fd, want) < 0 ? -1 : close(fd);
        }
        if (!strcmp(f, "close"))
                return close(number());
        return call(f);
}

int main(void) {
        char *line = NULL;
        size_t room = 0;
        ssize_t length;

        while ((length = getline(&line, &room, stdin)) > 0) {
                const char *f;

                if (line[length - 1] == '\n')
                        line[length - 1] = 0;
                rest = line;
                f = word();
                if (!strcmp(f, "sdn_connect") || !strcmp(f, "sdn_heartbeat_interval"))
                        call_for_a_number(f);
                else if (!strcmp(f, "child"))
                        in_child();
                else if (!strcmp(f, "exec"))
                        in_program();
                else if (!strcmp(f, "state"))
                        state();
                else
                        printf("ret=%d\n", act(f));
                fflush(stdout);
        }
        return 0;
}
