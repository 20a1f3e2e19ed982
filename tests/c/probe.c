/* probe LIBRARY: calls the functions of sd-daemon.h in LIBRARY as told on standard input, one line a call, and answers
 * each with one line. The Rust tests drive it (support/probe.rs), the same way for every library.
 *
 *   set NAME TEXT | unset NAME                      the environment
 *   open FD KIND [ARG...]                           makes FD refer to something (probe_fd.c)
 *   sd_... ARG...                                   a function with its arguments
 *   state                                           the variables of the protocols, and all open descriptors
 *
 * TEXT: x and hexadecimal digits; COUNT*HH, a byte many times; - is NULL; @pid, @pidfdid are this process's.
 * FDS: numbers with commas between them; - is NULL.
 */

#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* A length and its text; NULL for "-". The caller frees. */
char *decode_text(const char *word, size_t *length) {
        char *star = strchr(word, '*'), *text;
        size_t n;

        *length = 0;
        if (!strcmp(word, "-"))
                return NULL;
        if (!strcmp(word, "@pid")) {
                *length = (size_t) asprintf(&text, "%d", (int) getpid());
                return text;
        }
        if (!strcmp(word, "@pidfdid")) {
                struct stat st;
                int fd = (int) syscall(SYS_pidfd_open, getpid(), 0);
                fstat(fd, &st);
                close(fd);
                *length = (size_t) asprintf(&text, "%llu", (unsigned long long) st.st_ino);
                return text;
        }
        if (star) {
                n = strtoull(word, NULL, 10);
                text = malloc(n + 1);
                memset(text, (int) strtol(star + 1, NULL, 16), n);
        } else {
                n = (strlen(word) - 1) / 2;
                text = malloc(n + 1);
                for (size_t i = 0; i < n; i++) {
                        unsigned byte;
                        sscanf(word + 1 + 2 * i, "%2x", &byte);
                        text[i] = (char) byte;
                }
        }
        text[n] = 0;
        *length = n;
        return text;
}

static char *next_text(struct words *w) {
        size_t length;
        return decode_text(next_word(w), &length);
}

static void print_hex(const char *text) {
        for (putchar('x'); *text; text++)
                printf("%02x", (unsigned char) *text);
}

static int *next_fds(struct words *w) {
        static int fds[4096];
        const char *t = next_word(w);
        size_t n = 0;

        if (!strcmp(t, "-"))
                return NULL;
        for (char *end; *t && n < 4096; t = *end ? end + 1 : end)
                fds[n++] = (int) strtol(t, &end, 10);
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
                fds = next_fds(w);
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
                        print_hex(*n);
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

static void state(void) {
        static const char *const names[] = {
                "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS",
                "LISTEN_FDNAMES", NULL
        };

        printf("env=");
        for (const char *const *n = names; *n; n++)
                if (getenv(*n)) {
                        printf("%s:", *n);
                        print_hex(getenv(*n));
                        putchar(',');
                }
        printf(" fds=");
        for (int fd = 0; fd < 1024; fd++) {
                int flags = fcntl(fd, F_GETFD);
                if (flags >= 0)
                        printf("%d%s,", fd, flags & FD_CLOEXEC ? "c" : "");
        }
        putchar('\n');
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
                struct words w = { line };
                char *f;

                if (line[length - 1] == '\n')
                        line[length - 1] = 0;
                f = (char *) next_word(&w);
                if (!strcmp(f, "set")) {
                        const char *name = next_word(&w);
                        char *text = next_text(&w);
                        setenv(name, text ? text : "", 1);
                        free(text);
                        puts("ok");
                } else if (!strcmp(f, "unset")) {
                        unsetenv(next_word(&w));
                        puts("ok");
                } else if (!strcmp(f, "open"))
                        open_fd(&w);
                else if (!strcmp(f, "state"))
                        state();
                else
                        call(f, &w);
                fflush(stdout);
        }
        free(line);
        return 0;
}
