/* hardship WHAT: calls the library this is linked with where memory is short, or very often.
 *
 *   memory   every allocation fails once: -ENOMEM, nothing leaked, the output untouched
 *   soak N   N calls of many kinds; no descriptor and no memory stays
 */

#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
extern void __libc_free(void *);

static long countdown = -1, balance;

static int fails(void) {
        return countdown >= 0 && countdown-- == 0;
}

void *malloc(size_t n) {
        void *p = fails() ? NULL : __libc_malloc(n);
        balance += p != NULL;
        if (!p)
                errno = ENOMEM;
        return p;
}

void *calloc(size_t n, size_t size) {
        void *p = fails() ? NULL : __libc_calloc(n, size);
        balance += p != NULL;
        if (!p)
                errno = ENOMEM;
        return p;
}

void free(void *p) {
        balance -= p != NULL;
        __libc_free(p);
}

static void check(int right, const char *what, long n) {
        if (!right) {
                fprintf(stderr, "%s (%ld)\n", what, n);
                exit(1);
        }
}

static int receiver(const char *name) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        strcpy(a.sun_path + 1, name + 1);
        check(bind(fd, (struct sockaddr *) &a, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(name))) == 0,
              "a receiver", errno);
        setenv("NOTIFY_SOCKET", name, 1);
        return fd;
}

static void memory(void) {
        char pid[32], name[64], *untouched[1], **names, *text = __libc_calloc(1, 100001);
        long before, failed = 0;

        sprintf(name, "@hardship-%d", (int) getpid());
        dup2(1, 3), dup2(1, 4), dup2(1, 5);
        receiver(name);
        memset(text, 'a', 100000);
        sprintf(pid, "%d", (int) getpid());
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "3", 1);
        setenv("LISTEN_FDNAMES", "one:two:three", 1);
        for (long n = 0;; n++) {
                names = untouched;
                before = balance, countdown = n;
                int r = sd_listen_fds_with_names(0, &names);
                countdown = -1;
                if (r == 3) {
                        for (int i = 0; i < 3; i++)
                                free(names[i]);
                        free(names);
                        check(balance == before, "sd_listen_fds_with_names leaks", n);
                        check(n == 4, "sd_listen_fds_with_names has other allocations than its names and their array", n);
                        break;
                }
                check(r == -ENOMEM && names == untouched && balance == before, "sd_listen_fds_with_names out of memory", n);
                failed++;
        }
        /* The C library allocates for a long text too, and so it fails in more than one place. */
        for (long n = 0;; n++) {
                before = balance, countdown = n;
                int r = sd_notifyf(0, "%s%d", text, 1);
                countdown = -1;
                check(balance == before, "sd_notifyf leaks", n);
                if (r == 1)
                        break;
                check(r == -ENOMEM, "sd_notifyf out of memory", r);
                failed++;
        }
        check(failed >= 5, "allocations that failed", failed);
        printf("each of %ld allocations failed once\n", failed);
}

static void soak(long n) {
        char name[64], bytes[256], pid[32], *text = __libc_calloc(1, 6001);
        struct timespec start, now;
        long before, sent = 0, i;
        struct mallinfo2 used = { 0 };
        uint64_t usec;

        memset(text, 'b', 6000);
        sprintf(name, "@hardship-%d", (int) getpid());
        sprintf(pid, "%d", (int) getpid());
        int fd = receiver(name), highest = dup(0);
        close(highest);
        setenv("WATCHDOG_USEC", "1000", 1);
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "1", 1);
        clock_gettime(CLOCK_MONOTONIC, &start);
        before = balance;
        for (long round = i = 0; i < n; round++) {
                char **names = NULL;

                check(sd_watchdog_enabled(0, &usec) == 1 && usec == 1000, "sd_watchdog_enabled", i);
                check(sd_listen_fds(0) == 1, "sd_listen_fds", i);
                check(sd_is_socket(fd, AF_UNIX, SOCK_DGRAM, 0) == 1, "sd_is_socket", i);
                i += 3;
                if (round % 16)
                        continue;
                check(sd_notify(0, "WATCHDOG=1") == 1 && recv(fd, bytes, sizeof bytes, 0) == 10, "sd_notify", i);
                check(sd_notifyf(0, "%s", text) == 1 && recv(fd, bytes, sizeof bytes, 0) > 0, "sd_notifyf", i);
                check(sd_pid_notify_with_fds(0, 0, "FDSTORE=1", &fd, 1) == 1 && recv(fd, bytes, sizeof bytes, 0) == 9,
                      "sd_pid_notify_with_fds", i);
                check(sd_notify_barrier(0, 0) == -ETIMEDOUT && recv(fd, bytes, sizeof bytes, 0) == 9, "sd_notify_barrier", i);
                check(sd_listen_fds_with_names(0, &names) == 1, "sd_listen_fds_with_names", i);
                free(names[0]);
                free(names);
                i += 5, sent += 4;
                /* The C library keeps some memory for itself after its first use. */
                if (round == 0)
                        used = mallinfo2();
                clock_gettime(CLOCK_MONOTONIC, &now);
                if (now.tv_sec - start.tv_sec >= 60)
                        break;
        }
        check(balance == before, "allocations left over", balance - before);
        /* Its books vary a little; one byte a message would be a hundred times as much. */
        check(mallinfo2().uordblks <= used.uordblks + 4096, "bytes left over", (long) (mallinfo2().uordblks - used.uordblks));
        int next = dup(0);
        check(next == highest, "descriptors left over", next);
        printf("%ld calls, %ld messages, nothing left over%s\n", i, sent, i < n ? "; ended after a minute" : "");
}

int main(int argc, char **argv) {
        if (argc > 2 && !strcmp(argv[1], "soak"))
                soak(atol(argv[2]));
        else
                memory();
        return 0;
}
