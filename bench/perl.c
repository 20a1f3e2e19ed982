/* The C calls that the Perl bindings are measured against: ns a message, and ns a call without a service manager; or an entry,
 * and a call without a journal. Arguments: batches of messages, calls, a library that is not used, and "journal" or "".
 * $NOTIFY_SOCKET, or the journal's socket, is standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static int journal;

static int send_one(void) {
        if (journal)
                return sd_journal_send("MESSAGE=%s", "A text of some length", "PRIORITY=%d", 6, "UNIT_NUMBER=%d", 12345, NULL) == 0;
        return sd_notify(0, "WATCHDOG=1\n") == 1;
}

int main(int argc, char **argv) {
        long batches = argc > 2 ? atol(argv[1]) : 0, calls = argc > 2 ? atol(argv[2]) : 0;
        double time = 0, start;
        char buffer[4096];

        journal = argc > 4 && *argv[4];

        for (long batch = 0; batch < batches; batch++) {
                start = now();
                for (int i = 0; i < 8; i++)
                        if (!send_one())
                                return 1;
                time += now() - start;
                for (int i = 0; i < 8; i++)
                        if (recv(0, buffer, sizeof buffer, 0) < 11)
                                return 1;
        }
        unsetenv("NOTIFY_SOCKET");
        if (journal)
                unlink("/run/systemd/journal/socket");
        start = now();
        for (long call = 0; call < calls; call++)
                send_one();
        printf("%f %f\n", time / (double) batches / 8, (now() - start) / (double) calls);
        return 0;
}
