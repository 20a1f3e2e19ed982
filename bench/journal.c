/* journal LIBRARY [floor]: times entries for the journal as told on standard input, "CASE COUNT" a line; the answer is two
 * numbers, the nanoseconds that an entry took to send, and to send and to receive. "floor": a sendmsg() written by hand, of
 * the bytes that LIBRARY has sent, in two pieces a field.
 *
 * It is journald itself: /run is its own. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The shortest queue a kernel is configured with takes 10 and one more. */
#define BATCH 8
#define LONG 4000

static const struct sockaddr_un journal = { AF_UNIX, "/run/systemd/journal/socket" };
static char long_text[LONG + 1];
static int receiver, own;

static int (*print)(int, const char *, const char *, const char *, const char *, ...);
static int (*print_plain)(int, const char *, ...);
static int (*send_fields)(const char *, ...);
static int (*sendv)(const struct iovec *, int);

#define PIECE(text) { (char *) (text), sizeof(text) - 1 }
static struct iovec three[] = { PIECE("MESSAGE=A text of some length"), PIECE("PRIORITY=6"), PIECE("UNIT_NUMBER=12345") };

/* What was received last, and the pieces of it. */
static char wire[2 * LONG];
static struct iovec pieces[64];
static size_t n_pieces;

static void divide(size_t length) {
        char *line = wire, *end = wire + length;

        for (n_pieces = 0; line < end && n_pieces + 2 <= sizeof pieces / sizeof *pieces; n_pieces += 2) {
                size_t n = (size_t) ((char *) memchr(line, '\n', (size_t) (end - line)) - line);

                pieces[n_pieces] = (struct iovec) { line, n };
                pieces[n_pieces + 1] = (struct iovec) { line + n, 1 };
                line += n + 1;
        }
}

static int by_hand(void) {
        struct msghdr m = { (void *) &journal, sizeof journal, pieces, n_pieces, NULL, 0, 0 };
        return sendmsg(own, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send3(void) {
        return send_fields("MESSAGE=%s", "A text of some length", "PRIORITY=%d", 6, "UNIT_NUMBER=%d", 12345, NULL);
}

static int send10(void) {
        return send_fields("MESSAGE=%s", "A text of some length", "PRIORITY=%d", 6, "A=%d", 1, "B=%s", "two", "C=%u", 3u,
                           "D=%ld", 4L, "E=%x", 5, "F=%s", "six", "G=%d", 7, "H=%s", "eight", NULL);
}

static int print1(void) {
        return print(6, "CODE_FILE=bench/journal.c", "CODE_LINE=100", "print1", "A text of %s and %d", "some length", 12345);
}

static int print_long(void) {
        return print_plain(6, "%s", long_text);
}

static int sendv3(void) {
        return sendv(three, 3);
}

static const struct { const char *name; int (*call)(void); } cases[] = {
        { "sendv3", sendv3 }, { "print", print1 }, { "send3", send3 }, { "send10", send10 }, { "long", print_long },
};

static uint64_t now(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}

static void die(const char *what) {
        perror(what);
        exit(1);
}

/* callgrind counts in here alone. */
__attribute__((noinline)) int batch(int (*call)(void));
int batch(int (*call)(void)) {
        int failed = 0;
        for (int i = 0; i < BATCH; i++)
                failed |= call();
        return failed;
}

static size_t receive(char *buffer) {
        ssize_t n = recv(receiver, buffer, sizeof wire, 0);
        if (n < 0)
                die("recv");
        return (size_t) n;
}

static void measure(int (*call)(void), unsigned long count) {
        double entries = (double) ((count + BATCH - 1) / BATCH * BATCH);
        uint64_t sending = 0, all = 0;
        char buffer[sizeof wire];

        for (unsigned long done = 0; done < count; done += BATCH) {
                uint64_t start = now();
                int failed = batch(call);
                sending += now() - start;
                if (failed)
                        die("send");
                for (int i = 0; i < BATCH; i++)
                        receive(buffer);
                all += now() - start;
        }
        printf("%.1f %.1f\n", (double) sending / entries, (double) all / entries);
}

int main(int argc, char **argv) {
        int is_floor = argc > 2 && !strcmp(argv[2], "floor");
        void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);
        char name[16];
        unsigned long count;

        if (!library) {
                fprintf(stderr, "journal: %s\n", dlerror());
                return 1;
        }
        *(void **) &print = dlsym(library, "sd_journal_print_with_location");
        *(void **) &print_plain = dlsym(library, "sd_journal_print");
        *(void **) &send_fields = dlsym(library, "sd_journal_send");
        *(void **) &sendv = dlsym(library, "sd_journal_sendv");
        memset(long_text, 'x', LONG);
        /* Whatever the library's program is called. */
        program_invocation_short_name = (char *) "journal";
        receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (bind(receiver, (const struct sockaddr *) &journal, sizeof journal) < 0)
                die("bind");
        setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, &(int) { 1 }, sizeof(int));
        while (scanf("%15s %lu", name, &count) == 2) {
                int (*call)(void) = NULL;
                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                        if (!strcmp(name, cases[i].name))
                                call = cases[i].call;
                if (!call)
                        return 1;
                if (is_floor) {
                        if (call() < 0)
                                die("send");
                        divide(receive(wire));
                        call = by_hand;
                }
                measure(call, count);
                fflush(stdout);
        }
        return 0;
}
