/* limits CALL COUNT: makes one call of the library so many times, and prints how much memory was allocated meanwhile: the
 * number of allocations. Its own malloc() counts; the library's calls come here too. */

#define _GNU_SOURCE
#include <sdnotify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static unsigned allocations;

void *malloc(size_t size) {
        allocations++;
        return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
        allocations++;
        return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size) {
        allocations++;
        return __libc_realloc(old, size);
}

static int channel = -1;
static char text[5001];

static int make(const char *what) {
        const int in = STDIN_FILENO;
        uint64_t usec;

        if (!strcmp(what, "sd_notify"))
                return sd_notify(0, text);
        if (!strcmp(what, "sd_notifyf"))
                return sd_notifyf(0, "%s", text);
        if (!strcmp(what, "sd_pid_notify_with_fds"))
                return sd_pid_notify_with_fds(0, 0, text, &in, 1);
        if (!strcmp(what, "sd_pid_notifyf_with_fds"))
                return sd_pid_notifyf_with_fds(0, 0, &in, 1, "%s", text);
        if (!strcmp(what, "sdn_connect")) {
                int fd, r = sdn_connect(0, &fd);
                close(fd);
                return r;
        }
        if (!strcmp(what, "sdn_send"))
                return sdn_send(channel, text);
        if (!strcmp(what, "sdn_sendf"))
                return sdn_sendf(channel, "%s", text);
        if (!strcmp(what, "sdn_send_with_fds"))
                return sdn_send_with_fds(channel, text, &in, 1);
        if (!strcmp(what, "sdn_status"))
                return sdn_status(channel, text);
        if (!strcmp(what, "sdn_statusf"))
                return sdn_statusf(channel, "%s", text);
        if (!strcmp(what, "sdn_reloading"))
                return sdn_reloading(channel);
        if (!strcmp(what, "sdn_barrier"))
                return sdn_barrier(channel, 0) < 0;
        if (!strcmp(what, "sdn_heartbeat_interval"))
                return sdn_heartbeat_interval(0, &usec) + 1;
        return -1;
}

/* CALL may have a length behind a colon: of the text, which is 7 bytes otherwise. */
int main(int argc, char **argv) {
        char *length = argc > 2 ? strchr(argv[1], ':') : NULL;

        if (argc < 3)
                return 2;
        if (length)
                *length++ = 0;
        memset(text, 'x', length ? strtoul(length, NULL, 10) : 7);
        if (!strncmp(argv[1], "sdn_", 4) && sdn_connect(0, &channel) != 1)
                return 3;
        allocations = 0;
        for (int n = atoi(argv[2]); n > 0; n--)
                if (make(argv[1]) != 1)
                        return 4;
        unsigned made = allocations;
        printf("%u\n", made);
        return 0;
}
