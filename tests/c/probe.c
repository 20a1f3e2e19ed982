/* probe LIBRARY: calls the functions of sd-daemon.h in LIBRARY as told on standard input, one line a call, and answers
 * each with one line. The Rust tests drive it (support/probe.rs), the same way for every library.
 *
 *   set NAME TEXT | unset NAME                      the environment
 *   open FD KIND [ARG...]                           makes FD refer to something (probe_fd.c)
 *   receiver ADDRESS | received | answer MSEC       a notify socket (probe_receive.c)
 *   sd_... ARG...                                   a function with its arguments
 *   format ARG... | conversion LETTER               a printf-style function with any arguments (probe_format.c)
 *   sd_journal_... ARG...                           and more about the journal (probe_journal.c)
 *   symbol NAME                                     the file that has it
 *   limit | ids | chroot | alarm                    what kind of process this is (probe_process.c)
 *   state                                           the variables of the protocols, and all open descriptors
 *   reset                                           none of either, as at the beginning
 *
 * Several commands on a line stand between semicolons; each has its line of answer.
 *
 * TEXT: parts with | between them, each x and hexadecimal digits, = and the characters themselves, or COUNT*HH, a byte
 * many times; - is NULL; @pid, @pidfdid are this process's. FDS: numbers with commas between them; - is NULL.
 */

#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *library;

/* A function of the library, or NULL where it is too old to have it. */
#define FUNCTION(name, ...) int (*name)(__VA_ARGS__) = (int (*)(__VA_ARGS__)) dlsym(library, #name); \
        if (!name) { printf("missing\n"); return; }

static int next_int(struct words *w) {
        const char *t = next_word(w);
        return !strcmp(t, "@pid") ? getpid() : (int) strtoll(t, NULL, 0);
}

static char *next_text(struct words *w) {
        size_t length;
        return decode_text(next_word(w), &length);
}

int *decode_fds(const char *word) {
        static int fds[4096];
        size_t n = 0;

        if (!strcmp(word, "-"))
                return NULL;
        for (char *end; *word && n < 4096; word = *end ? end + 1 : end)
                fds[n++] = (int) strtol(word, &end, 10);
        return fds;
}

static void notify_call(const char *f, struct words *w) {
        int barrier = strstr(f, "barrier") != NULL, formatted = strstr(f, "notifyf") != NULL;
        int with_pid = strstr(f, "pid_") != NULL, with_fds = strstr(f, "with_fds") != NULL, r;
        int pid = with_pid ? next_int(w) : 0, unset = next_int(w);
        int *fds = NULL;
        size_t n_fds = 0;

        if (barrier) {
                unsigned long long timeout = strtoull(next_word(w), NULL, 0);
                if (with_pid) {
                        FUNCTION(sd_pid_notify_barrier, pid_t, int, uint64_t);
                        r = sd_pid_notify_barrier(pid, unset, timeout);
                } else {
                        FUNCTION(sd_notify_barrier, int, uint64_t);
                        r = sd_notify_barrier(unset, timeout);
                }
                printf("ret=%d\n", r);
                return;
        }
        char *state = next_text(w);
        const char *format = state ? "%s" : NULL;
        if (with_fds) {
                fds = decode_fds(next_word(w));
                n_fds = strtoull(next_word(w), NULL, 0);
        }
        if (with_fds && formatted) {
                FUNCTION(sd_pid_notifyf_with_fds, pid_t, int, const int *, size_t, const char *, ...);
                r = sd_pid_notifyf_with_fds(pid, unset, fds, n_fds, format, state);
        } else if (with_fds) {
                FUNCTION(sd_pid_notify_with_fds, pid_t, int, const char *, const int *, unsigned);
                r = sd_pid_notify_with_fds(pid, unset, state, fds, (unsigned) n_fds);
        } else if (with_pid && formatted) {
                FUNCTION(sd_pid_notifyf, pid_t, int, const char *, ...);
                r = sd_pid_notifyf(pid, unset, format, state);
        } else if (with_pid) {
                FUNCTION(sd_pid_notify, pid_t, int, const char *);
                r = sd_pid_notify(pid, unset, state);
        } else if (formatted) {
                FUNCTION(sd_notifyf, int, const char *, ...);
                r = sd_notifyf(unset, format, state);
        } else {
                FUNCTION(sd_notify, int, const char *);
                r = sd_notify(unset, state);
        }
        free(state);
        printf("ret=%d\n", r);
}

/* The last argument says whether a result is wanted (1) or the pointer is NULL (0). */
static void number_call(const char *f, struct words *w) {
        uint64_t value = 0xdeadbeefdeadbeef;
        int first = next_int(w), wanted = next_int(w), r;

        if (!strcmp(f, "sd_watchdog_enabled")) {
                FUNCTION(sd_watchdog_enabled, int, uint64_t *);
                r = sd_watchdog_enabled(first, wanted ? &value : NULL);
        } else {
                FUNCTION(sd_pidfd_get_inode_id, int, uint64_t *);
                r = sd_pidfd_get_inode_id(first, wanted ? &value : NULL);
        }
        printf("ret=%d value=%s", r, value == 0xdeadbeefdeadbeef ? "untouched\n" : "");
        if (value != 0xdeadbeefdeadbeef)
                printf("%llu\n", (unsigned long long) value);
}

static void listen_call(const char *f, struct words *w) {
        int unset = next_int(w);

        if (!strcmp(f, "sd_listen_fds")) {
                FUNCTION(sd_listen_fds, int);
                printf("ret=%d\n", sd_listen_fds(unset));
                return;
        }
        static char *untouched[1];
        char **names = untouched;
        int wanted = next_int(w);
        FUNCTION(sd_listen_fds_with_names, int, char ***);
        int r = sd_listen_fds_with_names(unset, wanted ? &names : NULL);
        printf("ret=%d names=", r);
        if (names == untouched)
                printf("untouched");
        else {
                for (char **n = names; *n; n++) {
                        print_bytes(*n, strlen(*n));
                        putchar(',');
                        free(*n);
                }
                free(names);
        }
        putchar('\n');
}

static void call(const char *f, struct words *w) {
        if (strstr(f, "notify"))
                notify_call(f, w);
        else if (!strcmp(f, "sd_watchdog_enabled") || !strcmp(f, "sd_pidfd_get_inode_id"))
                number_call(f, w);
        else if (!strncmp(f, "sd_listen_fds", 13))
                listen_call(f, w);
        else if (!strcmp(f, "sd_booted")) {
                FUNCTION(sd_booted, void);
                printf("ret=%d\n", sd_booted());
        } else
                predicate_call(library, f, w);
}

static const char *const variables[] = {
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS",
        "LISTEN_FDNAMES", NULL
};

enum { VARIABLES = sizeof variables / sizeof *variables - 1 };

/* The words that their values were made from. */
static char *set_from[VARIABLES];

static void set_variable(struct words *w) {
        const char *name = next_word(w), *word = next_word(w);
        size_t length;
        char *text = decode_text(word, &length);

        setenv(name, text ? text : "", 1);
        free(text);
        for (size_t i = 0; i < VARIABLES; i++)
                if (!strcmp(name, variables[i])) {
                        free(set_from[i]);
                        set_from[i] = strdup(word);
                }
        puts("ok");
}

static void state(void) {
        struct pollfd fds[RECEIVER_FD];
        struct rlimit limit;
        nfds_t n = RECEIVER_FD;

        getrlimit(RLIMIT_NOFILE, &limit);
        if (n > limit.rlim_cur)
                n = limit.rlim_cur;
        printf("env=");
        for (size_t i = 0; i < VARIABLES; i++)
                if (getenv(variables[i])) {
                        printf("%s:", variables[i]);
                        print_text(getenv(variables[i]), set_from[i] ? set_from[i] : "");
                        putchar(',');
                }
        printf(" fds=");
        for (nfds_t i = 0; i < n; i++)
                fds[i] = (struct pollfd) { .fd = (int) i };
        poll(fds, n, 0);
        for (nfds_t i = 0; i < n; i++)
                if (!(fds[i].revents & POLLNVAL))
                        printf("%d%s,", (int) i, fcntl((int) i, F_GETFD) & FD_CLOEXEC ? "c" : "");
        putchar('\n');
}

static void symbol(struct words *w) {
        Dl_info where;
        void *found = dlsym(library, next_word(w));

        if (found && dladdr(found, &where))
                printf("in=%s\n", where.dli_fname);
        else
                puts("missing");
}

static void reset(void) {
        for (const char *const *v = variables; *v; v++)
                unsetenv(*v);
        receiver_close();
        syscall(SYS_close_range, 3, ~0U, 0);
        puts("ok");
}

static void command(char *line) {
        struct words w = { line };
        const char *f = next_word(&w);

        if (!strcmp(f, "set"))
                set_variable(&w);
        else if (!strcmp(f, "unset")) {
                unsetenv(next_word(&w));
                puts("ok");
        } else if (!strcmp(f, "open"))
                open_fd(&w);
        else if (!strcmp(f, "receiver"))
                receiver_open(&w);
        else if (!strcmp(f, "received"))
                receiver_drain();
        else if (!strcmp(f, "answer"))
                receiver_answer(&w);
        else if (!strcmp(f, "format"))
                format_call(library, &w);
        else if (!strcmp(f, "conversion"))
                own_conversion(&w);
        else if (!strcmp(f, "state"))
                state();
        else if (!strcmp(f, "symbol"))
                symbol(&w);
        else if (!strcmp(f, "reset"))
                reset();
        else if (!process_call(f, &w) && !journal_call(library, f, &w))
                call(f, &w);
}

int main(int argc, char **argv) {
        char *line = NULL;
        size_t room = 0;
        ssize_t length;

        library = dlopen(argc > 1 ? argv[1] : "libsdnotify.so.0", RTLD_NOW | RTLD_LOCAL);
        if (!library) {
                fprintf(stderr, "probe: %s\n", dlerror());
                return 1;
        }
        /* What the caller's caller left open is none of ours. */
        syscall(SYS_close_range, 3, ~0U, 0);
        while ((length = getline(&line, &room, stdin)) > 0) {
                char *next = line, *one;

                if (line[length - 1] == '\n')
                        line[length - 1] = 0;
                while ((one = strsep(&next, ";")))
                        command(one);
                fflush(stdout);
        }
        free(line);
        return 0;
}
